package acctest

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// Group is an Auto Scaling group made for a test, with two versions of its
// launch template: it runs version 1, and version 2 is there to be released.
type Group struct {
	Name       string
	TemplateID string
	Images     []string // by version, from 1 at index 0
	world      *World
	t          testing.TB
}

// Warmup is the default instance warm-up of the groups that NewGroup makes.
const Warmup = 30 * time.Second

// NewGroup makes a group of that many instances and waits until they serve.
// More members of CreateAutoScalingGroup may be given.
func (w *World) NewGroup(t testing.TB, name string, size int, more map[string]any) *Group {
	t.Helper()
	g := w.raiseGroup(t, name, size, more)
	w.Pass(5 * time.Minute)
	w.Emulator.ResetFloor(Region, name)
	w.Emulator.ForgetCalls()
	return g
}

// raiseGroup makes a group whose instances are still to come.
func (w *World) raiseGroup(t testing.TB, name string, size int, more map[string]any) *Group {
	t.Helper()
	g := &Group{Name: name, world: w, t: t}
	first := g.newImage()
	out := w.Call(t, "ec2", "CreateLaunchTemplate", map[string]any{
		"LaunchTemplateName": name, "LaunchTemplateData": g.data(first),
	})
	g.TemplateID = out["LaunchTemplate"].(map[string]any)["LaunchTemplateId"].(string)
	g.NewVersion()
	in := map[string]any{
		"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": size * 2, "DesiredCapacity": size,
		"AvailabilityZones": []any{Region + "a", Region + "b"}, "DefaultInstanceWarmup": int(Warmup / time.Second),
		"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "1"},
	}
	for k, v := range more {
		if in[k] = v; v == nil {
			delete(in, k)
		}
	}
	w.Call(t, "autoscaling", "CreateAutoScalingGroup", in)
	return g
}

func (g *Group) newImage() string {
	out := g.world.Call(g.t, "ec2", "RegisterImage", map[string]any{"Name": fmt.Sprintf("%s-%d", g.Name, len(g.Images)+1)})
	id := out["ImageId"].(string)
	g.Images = append(g.Images, id)
	return id
}

func (g *Group) data(image string) map[string]any {
	return map[string]any{
		"ImageId": image, "InstanceType": "t3.micro",
		"UserData": base64.StdEncoding.EncodeToString([]byte(image)),
	}
}

// NewVersion makes another version of the template, with an image of its own,
// and returns its number.
func (g *Group) NewVersion() int {
	g.world.Call(g.t, "ec2", "CreateLaunchTemplateVersion", map[string]any{
		"LaunchTemplateId": g.TemplateID, "LaunchTemplateData": g.data(g.newImage()),
	})
	return len(g.Images)
}

// Behave sets what instances of a version do.
func (g *Group) Behave(version int, b emulator.Behaviour) {
	g.world.Emulator.SetImageBehaviour(Region, g.Images[version-1], b)
}

// Versions counts the group's instances that are not on their way out, by the
// version of the template.
func (g *Group) Versions() map[int]int {
	counts := map[int]int{}
	for _, i := range g.world.Emulator.Group(Region, g.Name).Instances {
		if !strings.HasPrefix(i.Lifecycle, "Terminat") {
			counts[int(i.LaunchTemplateVersion)]++
		}
	}
	return counts
}

// Key is a version as the attribute live names it.
func (g *Group) Key(version int) string { return fmt.Sprintf("%s:%d", g.TemplateID, version) }

// Pass lets time go by, while nobody works.
func (w *World) Pass(d time.Duration) {
	defer w.Clock.Join()()
	_ = w.Clock.Sleep(context.Background(), d)
	w.Emulator.Now()
}

// NewAlarm makes a metric alarm that is OK.
func (w *World) NewAlarm(t testing.TB, name string) {
	t.Helper()
	w.Call(t, "cloudwatch", "PutMetricAlarm", map[string]any{
		"AlarmName": name, "Namespace": "Test", "MetricName": name, "Statistic": "Sum", "Period": 60,
		"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore",
	})
	w.SetAlarm(t, name, "OK", "quiet")
}

// SetAlarm puts an alarm into a state.
func (w *World) SetAlarm(t testing.TB, name, state, reason string) {
	t.Helper()
	w.Call(t, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": name, "StateValue": state, "StateReason": reason})
}

// Later makes one call at a moment from now, as somebody's hand would.
func (w *World) Later(t testing.TB, d time.Duration, service, operation string, in map[string]any) {
	t.Helper()
	w.Emulator.At(w.Clock.Now().Add(d), func(call emulator.CallFunc) {
		if _, err := call(Region, service, operation, in); err != nil {
			t.Errorf("%s %s, later: %v", service, operation, err)
		}
	})
}

// NewTargetGroup makes a target group that a load balancer uses, with health
// checks every 10 seconds, and returns its ARN.
func (w *World) NewTargetGroup(t testing.TB, name string) string {
	t.Helper()
	first := func(out map[string]any, list string) map[string]any { return out[list].([]any)[0].(map[string]any) }
	network := w.Call(t, "ec2", "DescribeSubnets", nil)
	var subnets []any
	for _, s := range network["Subnets"].([]any) {
		subnets = append(subnets, s.(map[string]any)["SubnetId"])
	}
	arn := first(w.Call(t, "elbv2", "CreateTargetGroup", map[string]any{"Name": name, "Protocol": "HTTP", "Port": 80,
		"VpcId": first(network, "Subnets")["VpcId"], "HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 2}), "TargetGroups")["TargetGroupArn"]
	balancer := first(w.Call(t, "elbv2", "CreateLoadBalancer", map[string]any{"Name": name, "Subnets": subnets}), "LoadBalancers")["LoadBalancerArn"]
	w.Call(t, "elbv2", "CreateListener", map[string]any{"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80,
		"DefaultActions": []any{map[string]any{"Type": "forward", "TargetGroupArn": arn}}})
	return arn.(string)
}
