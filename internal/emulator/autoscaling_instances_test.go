package emulator

import (
	"strings"
	"testing"
	"time"
)

// ids are the ids of the first so many instances.
func (f *fleet) ids(count int) []string {
	f.t.Helper()
	var out []string
	for _, m := range f.members()[:count] {
		out = append(out, m.str("InstanceId"))
	}
	return out
}

func TestTerminateInstanceInGroup(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	id := f.ids(1)[0]
	a := f.must("TerminateInstanceInAutoScalingGroup", values{"InstanceId": id, "ShouldDecrementDesiredCapacity": false}).sub("Activity")
	check(t, "activity", a.str("Description"), "Terminating EC2 instance: "+id)
	check(t, "state", f.members()[0].str("LifecycleState"), "Terminating")
	f.pass(time.Minute)
	check(t, "replaced", len(f.members()) == 2 && f.ids(1)[0] != id, true)
	f.must("TerminateInstanceInAutoScalingGroup", values{"InstanceId": f.ids(1)[0], "ShouldDecrementDesiredCapacity": true})
	f.pass(time.Minute)
	check(t, "not replaced", len(f.members()), 1)
	check(t, "capacity", f.group().integer("DesiredCapacity"), 1)
	f.must("UpdateAutoScalingGroup", named(values{"MinSize": 1}))
	f.refused("ValidationError", "TerminateInstanceInAutoScalingGroup", values{"InstanceId": f.ids(1)[0], "ShouldDecrementDesiredCapacity": true})
	f.refused("ValidationError", "TerminateInstanceInAutoScalingGroup", values{"InstanceId": id, "ShouldDecrementDesiredCapacity": true})
}

func TestSetInstanceHealth(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2, group: values{"HealthCheckGracePeriod": 300}})
	id := f.ids(1)[0]
	f.must("SetInstanceHealth", values{"InstanceId": id, "HealthStatus": "Unhealthy"})
	check(t, "within the grace period", f.members()[0].str("HealthStatus"), "Healthy")
	f.must("SetInstanceHealth", values{"InstanceId": id, "HealthStatus": "Unhealthy", "ShouldRespectGracePeriod": false})
	f.pass(time.Minute)
	check(t, "replaced", len(f.members()) == 2 && f.ids(1)[0] != id, true)
	causes := ""
	for _, a := range f.activities() {
		causes += a.str("Cause")
	}
	check(t, "cause of the end", strings.Contains(causes, "taken out of service in response to a user health-check."), true)
	check(t, "cause of the launch", strings.Contains(causes, "launched in response to an unhealthy instance needing to be replaced."), true)
	f.refused("ValidationError", "SetInstanceHealth", values{"InstanceId": f.ids(1)[0], "HealthStatus": "Ill"})
	f.refused("ValidationError", "SetInstanceHealth", values{"InstanceId": "i-0", "HealthStatus": "Healthy"})
}

// An instance that somebody terminates by hand is found and replaced.
func TestTerminatedByHand(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	id := f.ids(1)[0]
	f.ec2("TerminateInstances", values{"InstanceIds": []string{id}})
	f.pass(time.Minute)
	check(t, "replaced", len(f.members()) == 2 && f.ids(1)[0] != id, true)
	causes := ""
	for _, a := range f.activities() {
		causes += a.str("Cause")
	}
	check(t, "cause", strings.Contains(causes, "in response to an EC2 health check indicating it has been terminated or stopped."), true)
}

func TestSuspendedHealthChecks(t *testing.T) {
	for _, process := range []string{"HealthCheck", "ReplaceUnhealthy", "Terminate"} {
		t.Run(process, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 2})
			f.must("SuspendProcesses", named(values{"ScalingProcesses": []string{process}}))
			check(t, "described", f.group().structs("SuspendedProcesses")[0].str("ProcessName"), process)
			id := f.ids(1)[0]
			f.ec2("TerminateInstances", values{"InstanceIds": []string{id}})
			f.pass(10 * time.Minute)
			check(t, "not replaced", f.ids(1)[0], id)
			check(t, "marked", f.members()[0].str("HealthStatus") == "Unhealthy", process != "HealthCheck")
			f.must("ResumeProcesses", named(values{"ScalingProcesses": []string{process}}))
			f.pass(time.Minute)
			check(t, "replaced", len(f.members()) == 2 && f.ids(1)[0] != id, true)
		})
	}
	f := newFleet(t, fleetOptions{size: 1})
	f.refused("ValidationError", "SuspendProcesses", named(values{"ScalingProcesses": []string{"Sleep"}}))
	f.must("SuspendProcesses", named(nil))
	check(t, "all of them", len(f.group().structs("SuspendedProcesses")), len(processes()))
}

func TestStandby(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 3, max: 3})
	a := f.must("EnterStandby", named(values{"InstanceIds": f.ids(1), "ShouldDecrementDesiredCapacity": true})).structs("Activities")[0]
	check(t, "activity", a.str("Description"), "Moving EC2 instance to Standby: "+f.ids(1)[0])
	check(t, "state", f.members()[0].str("LifecycleState"), "Standby")
	check(t, "capacity", f.group().integer("DesiredCapacity"), 2)
	f.pass(time.Minute)
	check(t, "not replaced", len(f.members()), 3)
	f.refused("ValidationError", "EnterStandby", named(values{"InstanceIds": f.ids(1), "ShouldDecrementDesiredCapacity": true}))
	f.must("ExitStandby", named(values{"InstanceIds": f.ids(1)}))
	check(t, "on its way back", f.members()[0].str("LifecycleState"), "Pending")
	f.pass(time.Minute)
	check(t, "back", f.members()[0].str("LifecycleState"), "InService")
	check(t, "capacity", f.group().integer("DesiredCapacity"), 3)
	f.must("EnterStandby", named(values{"InstanceIds": f.ids(1), "ShouldDecrementDesiredCapacity": false}))
	f.pass(time.Minute)
	check(t, "replaced", len(f.members()), 4)
	f.refused("ValidationError", "ExitStandby", named(values{"InstanceIds": f.ids(1)}))
	many := make([]string, 21)
	for i := range many {
		many[i] = f.ids(1)[0]
	}
	f.refused("ValidationError", "EnterStandby", named(values{"InstanceIds": many, "ShouldDecrementDesiredCapacity": false}))
}

func TestAttachAndDetach(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2, max: 3})
	id := f.ec2("RunInstances", values{"ImageId": ami(1), "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}).
		structs("Instances")[0].str("InstanceId")
	f.refused("ValidationError", "AttachInstances", named(values{"InstanceIds": []string{id}})) // still pending
	f.pass(time.Minute)
	f.must("AttachInstances", named(values{"InstanceIds": []string{id}}))
	check(t, "capacity", f.group().integer("DesiredCapacity"), 3)
	check(t, "no template", f.members()[2].has("LaunchTemplate"), false)
	f.refused("ValidationError", "AttachInstances", named(values{"InstanceIds": []string{id}}))
	f.must("DetachInstances", named(values{"InstanceIds": []string{id}, "ShouldDecrementDesiredCapacity": true}))
	check(t, "members", len(f.members()), 2)
	check(t, "capacity", f.group().integer("DesiredCapacity"), 2)
	check(t, "still runs", f.Group(testRegion, fleetName).Desired, 2)
	kept := f.ec2("DescribeInstances", values{"InstanceIds": []string{id}}).structs("Reservations")[0].structs("Instances")[0]
	check(t, "still runs", kept.sub("State").str("Name"), "running")
	f.must("DetachInstances", named(values{"InstanceIds": f.ids(1), "ShouldDecrementDesiredCapacity": false}))
	f.pass(time.Minute)
	check(t, "replaced", len(f.members()), 2)
}

func TestDescribeAutoScalingInstances(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 3})
	page := f.must("DescribeAutoScalingInstances", values{"MaxRecords": 2})
	check(t, "page", len(page.structs("AutoScalingInstances")), 2)
	one := page.structs("AutoScalingInstances")[0]
	check(t, "group", one.str("AutoScalingGroupName"), fleetName)
	check(t, "health", one.str("HealthStatus"), "HEALTHY")
	rest := f.must("DescribeAutoScalingInstances", values{"MaxRecords": 2, "NextToken": page.str("NextToken")})
	check(t, "rest", len(rest.structs("AutoScalingInstances")), 1)
	named := f.must("DescribeAutoScalingInstances", values{"InstanceIds": []string{one.str("InstanceId"), "i-unknown"}})
	check(t, "named", len(named.structs("AutoScalingInstances")), 1)
	f.refused("ValidationError", "DescribeAutoScalingInstances", values{"MaxRecords": 51})
}
