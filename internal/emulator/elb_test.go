package emulator

import (
	"fmt"
	"testing"
	"time"
)

// balanced drives a load balancer with one listener on one target group,
// whose checks run every 10 seconds.
type balanced struct {
	*driver
	group, balancer, listener string
}

func driveELB(t *testing.T, switches Switches, change values) *balanced {
	t.Helper()
	d := &balanced{driver: drive(t, "elasticloadbalancing", switches)}
	var subnets []string
	d.locked(func() {
		for _, s := range d.region(testRegion).ec2.network.subnets {
			subnets = append(subnets, s.id)
		}
	})
	d.group = d.createGroup("web", change)
	d.balancer = d.must("CreateLoadBalancer", values{"Name": "front", "Subnets": subnets}).
		structs("LoadBalancers")[0].str("LoadBalancerArn")
	d.listener = d.forward(80, values{"Type": "forward", "TargetGroupArn": d.group})
	return d
}

func (d *balanced) vpc() (id string) {
	d.locked(func() { id = d.region(testRegion).ec2.network.vpc })
	return id
}

func (d *balanced) createGroup(name string, change values) string {
	d.t.Helper()
	in := values{"Name": name, "Protocol": "HTTP", "Port": 80, "VpcId": d.vpc(), "TargetType": "ip",
		"HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 3, "UnhealthyThresholdCount": 2}
	for k, v := range change {
		in[k] = v
	}
	return d.must("CreateTargetGroup", in).structs("TargetGroups")[0].str("TargetGroupArn")
}

func (d *balanced) forward(port int, action values) string {
	d.t.Helper()
	return d.must("CreateListener", values{"LoadBalancerArn": d.balancer, "Protocol": "HTTP", "Port": port,
		"DefaultActions": []any{action}}).structs("Listeners")[0].str("ListenerArn")
}

func (d *balanced) targets(operation string, ids ...string) {
	d.t.Helper()
	var list []any
	for _, id := range ids {
		list = append(list, values{"Id": id})
	}
	d.must(operation, values{"TargetGroupArn": d.group, "Targets": list})
}

// health is the state of a target and why.
func (d *balanced) health(id string) string {
	d.t.Helper()
	rows := d.must("DescribeTargetHealth", values{"TargetGroupArn": d.group, "Targets": []any{values{"Id": id}}}).structs("TargetHealthDescriptions")
	h := rows[0].sub("TargetHealth")
	return fmt.Sprint(h.str("State"), " ", h.str("Reason"))
}

const address = "172.31.0.9"

func TestTargetBecomesHealthy(t *testing.T) {
	for _, c := range []struct {
		switches Switches
		change   values
		want     []string // after 0, 5, 20 and 30 seconds; checks are at 5, 15, 25, …
	}{
		{Switches{}, nil, []string{"initial Elb.RegistrationInProgress", "healthy ", "healthy ", "healthy "}},
		{Switches{NewTargetsNeedThreshold: true}, nil,
			[]string{"initial Elb.RegistrationInProgress", "initial Elb.InitialHealthChecking", "initial Elb.InitialHealthChecking", "healthy "}},
	} {
		d := driveELB(t, c.switches, c.change)
		d.SetTargetAnswer(testRegion, address, TargetAnswer{Serving: true})
		d.targets("RegisterTargets", address)
		got := []string{d.health(address)}
		for _, wait := range []time.Duration{5, 15, 10} {
			d.pass(wait * time.Second)
			got = append(got, d.health(address))
		}
		check(t, fmt.Sprintf("%+v", c.switches.NewTargetsNeedThreshold), fmt.Sprint(got), fmt.Sprint(c.want))
	}
}

func TestTargetFailsAndRecovers(t *testing.T) {
	d := driveELB(t, Switches{}, nil)
	var seen []string
	d.locked(func() {
		d.region(testRegion).onTargetHealth(func(_, id string) {
			state, _, _ := d.region(testRegion).elb.find(d.region(testRegion).elb.targetGroups[d.group], id, 80).state, "", ""
			seen = append(seen, state)
		})
	})
	answer := func(a TargetAnswer) { d.SetTargetAnswer(testRegion, address, a) }
	answer(TargetAnswer{Serving: true})
	d.targets("RegisterTargets", address)
	d.pass(7 * time.Second)
	check(t, "at first", d.health(address), "healthy ")

	answer(TargetAnswer{Reason: "Target.ResponseCodeMismatch", Description: "Health checks failed with these codes: [500]"})
	d.pass(9 * time.Second) // 16 s: one failed check
	check(t, "one failure", d.health(address), "healthy ")
	d.pass(10 * time.Second)
	check(t, "two failures", d.health(address), "unhealthy Target.ResponseCodeMismatch")

	answer(TargetAnswer{}) // refuses the connection now
	d.pass(10 * time.Second)
	check(t, "another reason", d.health(address), "unhealthy Target.FailedHealthChecks")

	answer(TargetAnswer{Serving: true})
	d.pass(20 * time.Second)
	check(t, "two of three passed", d.health(address), "unhealthy Target.FailedHealthChecks")
	answer(TargetAnswer{}) // a failure in between counts from the beginning
	d.pass(10 * time.Second)
	answer(TargetAnswer{Serving: true})
	d.pass(20 * time.Second)
	check(t, "counted anew", d.health(address), "unhealthy Target.FailedHealthChecks")
	d.pass(10 * time.Second)
	check(t, "recovered", d.health(address), "healthy ")
	check(t, "seen", fmt.Sprint(seen), "[healthy unhealthy healthy]")
}

func TestTargetThatNeverAnswers(t *testing.T) {
	d := driveELB(t, Switches{}, nil)
	d.targets("RegisterTargets", address)
	d.pass(10 * time.Second)
	check(t, "one failure", d.health(address), "initial Elb.InitialHealthChecking")
	d.pass(10 * time.Second)
	check(t, "two failures", d.health(address), "unhealthy Target.FailedHealthChecks")
}

func TestMatcherTakesCodes(t *testing.T) {
	teapot := TargetAnswer{Reason: "Target.ResponseCodeMismatch", Description: "Health checks failed with these codes: [418]"}
	for matcher, want := range map[string]string{"200": "unhealthy Target.ResponseCodeMismatch", "200,418": "healthy ", "400-499": "healthy "} {
		d := driveELB(t, Switches{}, values{"Matcher": values{"HttpCode": matcher}})
		d.SetTargetAnswer(testRegion, address, teapot)
		d.targets("RegisterTargets", address)
		d.pass(time.Minute)
		check(t, matcher, d.health(address), want)
	}
}

func TestDraining(t *testing.T) {
	for _, c := range []struct{ delay, after, later string }{
		{"300", "draining Target.DeregistrationInProgress", "draining Target.DeregistrationInProgress"},
		{"20", "draining Target.DeregistrationInProgress", "unused Target.NotRegistered"},
		{"0", "unused Target.NotRegistered", "unused Target.NotRegistered"},
	} {
		d := driveELB(t, Switches{}, nil)
		d.must("ModifyTargetGroupAttributes", values{"TargetGroupArn": d.group,
			"Attributes": []any{values{"Key": "deregistration_delay.timeout_seconds", "Value": c.delay}}})
		d.SetTargetAnswer(testRegion, address, TargetAnswer{Serving: true})
		d.targets("RegisterTargets", address)
		d.pass(10 * time.Second)
		d.targets("DeregisterTargets", address, "172.31.0.77")
		check(t, c.delay, d.health(address), c.after)
		d.pass(20 * time.Second)
		check(t, c.delay+" later", d.health(address), c.later)
		d.targets("RegisterTargets", address)
		check(t, c.delay+" again", d.health(address), "initial Elb.RegistrationInProgress")
		d.pass(time.Hour) // the delay that was running must not remove it
		check(t, c.delay+" much later", d.health(address), "healthy ")
	}
}

func TestGroupWithoutListenerIsUnused(t *testing.T) {
	d := driveELB(t, Switches{}, nil)
	d.SetTargetAnswer(testRegion, address, TargetAnswer{Serving: true})
	d.must("DeleteListener", values{"ListenerArn": d.listener})
	d.targets("RegisterTargets", address)
	d.pass(time.Minute)
	check(t, "no listener", d.health(address), "unused Target.NotInUse")
	other := d.createGroup("other", nil)
	listener := d.forward(81, values{"Type": "forward", "ForwardConfig": values{"TargetGroups": []any{
		values{"TargetGroupArn": d.group, "Weight": 0}, values{"TargetGroupArn": other, "Weight": 999}}}})
	check(t, "a weight of 0 is use", d.health(address), "initial Elb.RegistrationInProgress")
	d.pass(time.Minute)
	check(t, "checked", d.health(address), "healthy ")
	d.must("DeleteListener", values{"ListenerArn": listener})
	check(t, "out of use", d.health(address), "unused Target.NotInUse")
	d.forward(82, values{"Type": "forward", "TargetGroupArn": d.group})
	d.pass(time.Minute)
	d.must("DeleteLoadBalancer", values{"LoadBalancerArn": d.balancer})
	check(t, "its load balancer is gone", d.health(address), "unused Target.NotInUse")
	d.must("DeleteTargetGroup", values{"TargetGroupArn": d.group})
	d.refused("TargetGroupNotFound", "DescribeTargetHealth", values{"TargetGroupArn": d.group})
}

func TestInstancesAsTargets(t *testing.T) {
	d := driveELB(t, Switches{}, values{"TargetType": "instance"})
	d.service = "ec2"
	image := d.must("RegisterImage", values{"Name": "app", "RootDeviceName": "/dev/xvda"}).str("ImageId")
	d.SetImageBehaviour(testRegion, image, Behaviour{Boot: 12 * time.Second, FailsAfter: 100 * time.Second, HealthReason: "[503]", ApplicationOnly: true})
	id := d.must("RunInstances", values{"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro"}).structs("Instances")[0].str("InstanceId")
	d.service = "elasticloadbalancing"
	register := values{"TargetGroupArn": d.group, "Targets": []any{values{"Id": id}}}
	d.refused("InvalidTarget", "RegisterTargets", register) // it is pending
	d.refused("InvalidTarget", "RegisterTargets", values{"TargetGroupArn": d.group, "Targets": []any{values{"Id": "i-none"}}})
	d.pass(11 * time.Second)
	d.must("RegisterTargets", register)
	d.pass(30 * time.Second)
	check(t, "serving", d.health(id), "healthy ")
	d.pass(2 * time.Minute)
	check(t, "failing", d.health(id), "unhealthy Target.ResponseCodeMismatch")
	d.service = "ec2"
	d.must("TerminateInstances", values{"InstanceIds": []string{id}})
	d.service = "elasticloadbalancing"
	d.pass(2 * time.Minute)
	check(t, "terminated", d.health(id), "unused Target.InvalidState")
}
