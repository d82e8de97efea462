package emulator

import (
	"maps"
	"strings"
	"testing"
	"time"
)

func TestCreateAutoScalingGroupRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		code string
		in   values
	}{
		"the name of another":            {"AlreadyExists", values{"AutoScalingGroupName": fleetName}},
		"a colon in the name":            {"ValidationError", values{"AutoScalingGroupName": "a:b"}},
		"no configuration":               {"ValidationError", values{"LaunchTemplate": nil}},
		"two configurations":             {"ValidationError", values{"MixedInstancesPolicy": values{"LaunchTemplate": values{}}}},
		"a launch configuration":         {"NotSupportedByEmulator", values{"LaunchTemplate": nil, "LaunchConfigurationName": "old"}},
		"a maximum below the minimum":    {"ValidationError", values{"MinSize": 3}},
		"too much capacity":              {"ValidationError", values{"DesiredCapacity": 3}},
		"too little capacity":            {"ValidationError", values{"MinSize": 1, "DesiredCapacity": 0}},
		"no zone":                        {"ValidationError", values{"AvailabilityZones": nil}},
		"a zone of elsewhere":            {"ValidationError", values{"AvailabilityZones": []string{"us-east-1a"}}},
		"a subnet that does not exist":   {"ValidationError", values{"AvailabilityZones": nil, "VPCZoneIdentifier": "subnet-1"}},
		"a target group that is none":    {"ValidationError", values{"TargetGroupARNs": []string{"arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/none/1"}}},
		"an unknown check":               {"ValidationError", values{"HealthCheckType": "TCP"}},
		"a check of volumes":             {"NotSupportedByEmulator", values{"HealthCheckType": "EC2,EBS"}},
		"half a maintenance policy":      {"ValidationError", values{"InstanceMaintenancePolicy": values{"MinHealthyPercentage": 90}}},
		"a maintenance policy too wide":  {"ValidationError", values{"InstanceMaintenancePolicy": values{"MinHealthyPercentage": 0, "MaxHealthyPercentage": 101}}},
		"a lifetime below a day":         {"ValidationError", values{"MaxInstanceLifetime": 3600}},
		"a version that does not exist":  {"ValidationError", values{"LaunchTemplate": values{"LaunchTemplateName": "web", "Version": "9"}}},
		"a template that does not exist": {"ValidationError", values{"LaunchTemplate": values{"LaunchTemplateName": "none"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, fleetOptions{})
			in := values{
				"AutoScalingGroupName": "other", "MinSize": 0, "MaxSize": 2,
				"AvailabilityZones": []string{testRegion + "a"}, "LaunchTemplate": f.version(1),
			}
			maps.Copy(in, test.in)
			f.refused(test.code, "CreateAutoScalingGroup", in)
			all := f.must("DescribeAutoScalingGroups", values{}).structs("AutoScalingGroups")
			check(t, "groups", len(all), 1)
		})
	}
}

func TestDescribedGroup(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2, group: values{
		"Tags": []values{{"Key": "env", "Value": "test", "PropagateAtLaunch": true}, {"Key": "own", "Value": "x", "PropagateAtLaunch": false}},
	}})
	g := f.group()
	check(t, "health check", g.str("HealthCheckType"), "EC2")
	check(t, "grace period", g.integer("HealthCheckGracePeriod"), 0)
	check(t, "cooldown", g.integer("DefaultCooldown"), 300)
	check(t, "termination policy", g.strings("TerminationPolicies")[0], "Default")
	check(t, "warm-up is unset", g.has("DefaultInstanceWarmup"), false)
	check(t, "template name", g.sub("LaunchTemplate").str("LaunchTemplateName"), "web")
	check(t, "arn", strings.HasSuffix(g.str("AutoScalingGroupARN"), ":autoScalingGroupName/web"), true)
	check(t, "tag of the group", g.structs("Tags")[0].str("ResourceType"), "auto-scaling-group")
	zones := map[string]int{}
	for _, i := range g.structs("Instances") {
		check(t, "state", i.str("LifecycleState"), "InService")
		check(t, "health", i.str("HealthStatus"), "Healthy")
		check(t, "version", i.sub("LaunchTemplate").str("Version"), "1")
		zones[i.str("AvailabilityZone")]++
		one := f.ec2("DescribeInstances", values{"InstanceIds": []string{i.str("InstanceId")}}).structs("Reservations")[0].structs("Instances")[0]
		tags := map[string]string{}
		for _, tag := range one.structs("Tags") {
			tags[tag.str("Key")] = tag.str("Value")
		}
		want := map[string]string{"env": "test", "aws:autoscaling:groupName": "web", "aws:ec2launchtemplate:id": f.template, "aws:ec2launchtemplate:version": "1"}
		check(t, "tags", maps.Equal(tags, want), true)
	}
	check(t, "zones in balance", len(zones), 2)
	without := f.must("DescribeAutoScalingGroups", values{"IncludeInstances": false}).structs("AutoScalingGroups")[0]
	check(t, "instances left out", len(without.structs("Instances")), 0)
	check(t, "an unknown name", len(f.must("DescribeAutoScalingGroups", values{"AutoScalingGroupNames": []string{"none"}}).structs("AutoScalingGroups")), 0)
	tagged := f.must("DescribeAutoScalingGroups", values{"Filters": []values{{"Name": "tag:env", "Values": []string{"prod"}}}})
	check(t, "filtered", len(tagged.structs("AutoScalingGroups")), 0)
	f.refused("ValidationError", "DescribeAutoScalingGroups", values{"Filters": []values{{"Name": "colour", "Values": []string{"red"}}}})
}

func TestUpdateAutoScalingGroup(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2, max: 4, group: values{
		"DefaultInstanceWarmup": 30, "HealthCheckGracePeriod": 50,
		"InstanceMaintenancePolicy": values{"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120},
	}})
	f.must("UpdateAutoScalingGroup", named(values{"HealthCheckType": "ELB"}))
	g := f.group()
	check(t, "changed", g.str("HealthCheckType"), "ELB")
	check(t, "not given, not changed", g.integer("HealthCheckGracePeriod"), 50)
	check(t, "warm-up", g.integer("DefaultInstanceWarmup"), 30)
	check(t, "policy", g.sub("InstanceMaintenancePolicy").integer("MaxHealthyPercentage"), 120)
	f.must("UpdateAutoScalingGroup", named(values{
		"DefaultInstanceWarmup": -1, "InstanceMaintenancePolicy": values{"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1},
	}))
	g = f.group()
	check(t, "warm-up reset", g.has("DefaultInstanceWarmup"), false)
	check(t, "policy reset", g.has("InstanceMaintenancePolicy"), false)
	f.must("UpdateAutoScalingGroup", named(values{"MinSize": 3}))
	check(t, "a higher minimum raises the capacity", f.group().integer("DesiredCapacity"), 3)
	f.must("UpdateAutoScalingGroup", named(values{"MinSize": 0, "MaxSize": 1}))
	check(t, "a lower maximum lowers it", f.group().integer("DesiredCapacity"), 1)
	f.pass(time.Minute)
	check(t, "instances", len(f.members()), 1)
	f.refused("ValidationError", "UpdateAutoScalingGroup", named(values{"DesiredCapacity": 2}))
	f.refused("ValidationError", "UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(9)}))
	f.refused("ValidationError", "UpdateAutoScalingGroup", values{"AutoScalingGroupName": "none"})
	f.must("UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(2), "MaxSize": 4, "DesiredCapacity": 2}))
	f.pass(time.Minute)
	check(t, "running instances stay as they are", f.versions()[1], 1)
	check(t, "new ones are new", f.versions()[2], 1)
}

func TestScaling(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 1, max: 6})
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 4}))
	f.pass(time.Second)
	states := map[string]int{}
	for _, m := range f.members() {
		states[m.str("LifecycleState")]++
	}
	check(t, "pending", states["Pending"], 3)
	a := f.activities()[0]
	check(t, "activity", a.str("StatusCode"), "PreInService")
	check(t, "under way", a.has("EndTime"), false)
	cause := "At 2026-03-01T12:01:00Z a user request explicitly set group desired capacity changing the desired capacity from 1 to 4.  " +
		"At 2026-03-01T12:01:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 4."
	check(t, "cause", a.str("Cause"), cause)
	f.pass(time.Minute)
	a = f.activities()[0]
	check(t, "finished", a.str("StatusCode"), "Successful")
	check(t, "progress", a.integer("Progress"), 100)
	check(t, "ended", a.has("EndTime"), true)
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 2}))
	f.pass(time.Minute)
	zones := map[string]int{}
	for _, m := range f.members() {
		zones[m.str("AvailabilityZone")]++
	}
	check(t, "left, one in each zone", len(zones) == 2 && len(f.members()) == 2, true)
	check(t, "description", strings.HasPrefix(f.activities()[0].str("Description"), "Terminating EC2 instance: i-"), true)
	check(t, "cause", strings.Contains(f.activities()[0].str("Cause"), "shrinking the capacity from 4 to 2"), true)
	f.refused("ValidationError", "SetDesiredCapacity", named(values{"DesiredCapacity": 7}))
	f.refused("ValidationError", "SetDesiredCapacity", named(values{"DesiredCapacity": -1}))
	f.protect(1, true)
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 0}))
	f.pass(time.Minute)
	check(t, "the protected one stays", len(f.members()), 1)
}

func TestScalingInTakesOldVersionsFirst(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2, max: 4, group: values{"AvailabilityZones": []string{testRegion + "a"}}})
	f.must("UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(2), "DesiredCapacity": 4}))
	f.pass(time.Minute)
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 2}))
	f.pass(time.Minute)
	check(t, "of version 2", f.versions()[2], 2)
}

func TestDeleteAutoScalingGroup(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	f.refused("ResourceInUse", "DeleteAutoScalingGroup", named(nil))
	f.must("UpdateAutoScalingGroup", named(values{"DeletionProtection": "prevent-force-deletion"}))
	f.refused("ValidationError", "DeleteAutoScalingGroup", named(values{"ForceDelete": true}))
	f.must("UpdateAutoScalingGroup", named(values{"DeletionProtection": "none"}))
	f.must("DeleteAutoScalingGroup", named(values{"ForceDelete": true}))
	f.refused("ValidationError", "SetDesiredCapacity", named(values{"DesiredCapacity": 1}))
	f.pass(time.Minute)
	for _, r := range f.ec2("DescribeInstances", values{}).structs("Reservations") {
		check(t, "instance", r.structs("Instances")[0].sub("State").str("Name"), "terminated")
	}
	left := f.must("DescribeScalingActivities", values{"AutoScalingGroupName": fleetName, "IncludeDeletedGroups": true}).structs("Activities")
	check(t, "activities are kept", len(left), 4)
	check(t, "and say so", left[0].str("AutoScalingGroupState"), "Deleted")
}

// Two thousand instances must not make the emulator slow.
func TestLargeGroup(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2000, max: 4000})
	check(t, "instances", f.versions()[1], 2000)
	f.start(f.to(2, values{"MinHealthyPercentage": 90, "MaxHealthyPercentage": 110, "InstanceWarmup": 60}))
	f.pass(6 * time.Hour)
	check(t, "status", f.refresh().str("Status"), "Successful")
	check(t, "new instances", f.versions()[2], 2000)
	check(t, "floor", f.LowestInService(testRegion, fleetName) >= 1800, true)
}
