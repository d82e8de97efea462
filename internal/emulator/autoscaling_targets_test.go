package emulator

import (
	"strings"
	"testing"
	"time"
)

// balancedFleet is a group behind a load balancer, whose health it believes.
func balancedFleet(t *testing.T, size int, group values) (*fleet, string) {
	t.Helper()
	f := newFleet(t, fleetOptions{max: 2 * size, group: group})
	elb := &balanced{driver: f.of("elasticloadbalancing")}
	arn := elb.createGroup("web", values{"TargetType": "instance"})
	subnets := []string{}
	for _, s := range f.ec2("DescribeSubnets", values{}).structs("Subnets") {
		subnets = append(subnets, s.str("SubnetId"))
	}
	elb.balancer = elb.must("CreateLoadBalancer", values{"Name": "front", "Subnets": subnets}).structs("LoadBalancers")[0].str("LoadBalancerArn")
	elb.forward(80, values{"Type": "forward", "TargetGroupArn": arn})
	elb.must("ModifyTargetGroupAttributes", values{"TargetGroupArn": arn, "Attributes": []values{
		{"Key": "deregistration_delay.timeout_seconds", "Value": "60"},
	}})
	f.must("AttachLoadBalancerTargetGroups", named(values{"TargetGroupARNs": []string{arn}}))
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": size}))
	f.pass(3 * time.Minute)
	f.ResetFloor(testRegion, fleetName)
	return f, arn
}

func TestRefreshBehindLoadBalancer(t *testing.T) {
	f, arn := balancedFleet(t, 3, values{"HealthCheckType": "ELB", "HealthCheckGracePeriod": 60})
	state := f.must("DescribeLoadBalancerTargetGroups", named(nil)).structs("LoadBalancerTargetGroups")[0]
	check(t, "target group", state.str("State"), "InService")
	check(t, "traffic source", f.group().structs("TrafficSources")[0].str("Identifier"), arn)
	f.behave(2, Behaviour{Boot: 40 * time.Second})
	f.start(f.to(2, quick(nil)))
	f.pass(30 * time.Second)
	check(t, "in service before it is healthy", len(f.members()), 4)
	check(t, "waits for its health", f.refresh().integer("PercentageComplete"), 0)
	check(t, "the old ones stay", f.versions()[1], 3)
	leaving := 0
	for f.refresh().str("Status") == "InProgress" {
		f.pass(5 * time.Second)
		for _, a := range f.activities() {
			if a.str("StatusCode") == "WaitingForELBConnectionDraining" {
				leaving++
			}
		}
	}
	check(t, "status", f.refresh().str("Status"), "Successful")
	check(t, "connections drained", leaving > 20, true)
	check(t, "floor", f.LowestInService(testRegion, fleetName), 3)
	healthy := f.of("elasticloadbalancing").must("DescribeTargetHealth", values{"TargetGroupArn": arn}).structs("TargetHealthDescriptions")
	check(t, "targets", len(healthy), 3)
	for _, h := range healthy {
		check(t, "target", h.sub("TargetHealth").str("State"), "healthy")
	}
}

// An application that answers with errors: only the load balancer notices.
func TestApplicationThatFails(t *testing.T) {
	for checkType, want := range map[string]string{"ELB": "Failed", "EC2": "Successful"} {
		t.Run(checkType, func(t *testing.T) {
			f, _ := balancedFleet(t, 2, values{"HealthCheckType": checkType, "HealthCheckGracePeriod": 60})
			f.behave(2, Behaviour{Boot: 10 * time.Second, Unhealthy: true, ApplicationOnly: true, HealthReason: "[500]"})
			f.start(f.to(2, quick(nil)))
			r := f.until(want, 70*time.Minute)
			if checkType == "EC2" {
				check(t, "new instances", f.versions()[2], 2)
				return
			}
			check(t, "percent", r.integer("PercentageComplete"), 0)
			causes := ""
			for _, a := range f.activities() {
				causes += a.str("Cause")
			}
			check(t, "cause", strings.Contains(causes, "in response to an ELB system health check failure."), true)
			f.pass(10 * time.Minute)
			check(t, "old instances", f.versions()[1], 2)
			check(t, "floor", f.LowestInService(testRegion, fleetName), 2)
		})
	}
}

func TestDetachedTargetGroup(t *testing.T) {
	f, arn := balancedFleet(t, 2, nil)
	f.must("DetachLoadBalancerTargetGroups", named(values{"TargetGroupARNs": []string{arn}}))
	f.pass(2 * time.Minute)
	left := f.of("elasticloadbalancing").must("DescribeTargetHealth", values{"TargetGroupArn": arn}).structs("TargetHealthDescriptions")
	check(t, "targets", len(left), 0)
	check(t, "instances stay", len(f.members()), 2)
	f.refused("ValidationError", "AttachLoadBalancerTargetGroups", named(values{"TargetGroupARNs": []string{arn + "x"}}))
}
