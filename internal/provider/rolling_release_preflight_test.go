package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// flight is a release that meets something, and what plan and apply say of it.
type flight struct {
	more     map[string]any // of CreateAutoScalingGroup
	before   func(t *testing.T, w *acctest.World, g *acctest.Group)
	template map[string]any // of the version that is released, over a good one
	config   map[string]any
	refused  string // the plan's error
	warned   string // the plan's warning
	fails    string // the apply's error, before its first change
}

// fly plans and applies a release of version 3 onto a group of four.
func (f flight) fly(t *testing.T) {
	t.Helper()
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 4, f.more)
	f.newVersion(t, w, g)
	b := w.NewBench(t, "awsdeploy_rolling_release")
	ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
	if f.before != nil {
		f.before(t, w, g)
	}
	config := rollingConfig(g, 3, f.config)
	if err := b.Refused(config); f.refused != "" || err != nil {
		if err == nil || f.refused == "" || !strings.Contains(err.Error(), f.refused) {
			t.Fatalf("the plan ended with %v, want %q", err, f.refused)
		}
		return
	}
	b.Plan(config)
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, f.warned) || !strings.Contains(said, "Release onto shop-web: ") {
		t.Fatalf("the plan warns of\n%s\nwant %q", said, f.warned)
	}
	w.Emulator.ForgetCalls()
	ends(t, b.Apply(context.Background(), config), f.fails)
	if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); f.fails != "" && (n > 0 || g.Versions()[1] != 4) {
		t.Errorf("%d refreshes were started, instances by version %v: something was changed", n, g.Versions())
	}
}

// newVersion makes version 3 of the group's template.
func (f flight) newVersion(t *testing.T, w *acctest.World, g *acctest.Group) {
	t.Helper()
	data := map[string]any{"ImageId": g.Images[1], "InstanceType": "t3.micro"}
	for k, v := range f.template {
		data[k] = v
	}
	w.Call(t, "ec2", "CreateLaunchTemplateVersion", map[string]any{"LaunchTemplateId": g.TemplateID, "LaunchTemplateData": data})
}

// onGroup calls an operation on the group.
func onGroup(operation string, more map[string]any) func(*testing.T, *acctest.World, *acctest.Group) {
	return func(t *testing.T, w *acctest.World, g *acctest.Group) {
		in := map[string]any{"AutoScalingGroupName": g.Name}
		for k, v := range more {
			if in[k] = v; k == "InstanceIds" {
				in[k] = []any{w.Emulator.Group(acctest.Region, g.Name).Instances[0].ID}
			}
		}
		w.Call(t, "autoscaling", operation, in)
	}
}

func strategy(members ...any) map[string]any {
	s := map[string]any{}
	for n := 0; n < len(members); n += 2 {
		s[members[n].(string)] = members[n+1]
	}
	return map[string]any{"strategy": s}
}

func TestRollingRelease_preflightOfVersions(t *testing.T) {
	profile := func(t *testing.T, w *acctest.World, _ *acctest.Group) {
		w.Call(t, "iam", "CreateInstanceProfile", map[string]any{"InstanceProfileName": "web"})
	}
	for name, f := range map[string]flight{
		"a key pair that does not exist": {template: map[string]any{"KeyName": "lost"},
			refused: "names key pair lost, but that key pair does not exist in eu-central-1"},
		"a key pair that exists": {template: map[string]any{"KeyName": "default"}},
		"a security group that does not exist": {template: map[string]any{"SecurityGroupIds": []any{"sg-0123456789abcdef0"}},
			refused: "names security group sg-0123456789abcdef0, but that security group does not exist"},
		"a security group of a network interface": {template: map[string]any{"NetworkInterfaces": []any{map[string]any{"DeviceIndex": 0, "Groups": []any{"sg-0123456789abcdef0"}}}},
			refused: "Security group not found"},
		"an instance profile that does not exist": {template: map[string]any{"IamInstanceProfile": map[string]any{"Name": "web"}},
			refused: "names instance profile web, but that instance profile does not exist"},
		"an instance profile that exists, by ARN": {before: profile,
			template: map[string]any{"IamInstanceProfile": map[string]any{"Arn": "arn:aws:iam::123456789012:instance-profile/web"}}},
		"types chosen by attributes": {template: map[string]any{"InstanceRequirements": map[string]any{"VCpuCount": map[string]any{"Min": 1}, "MemoryMiB": map[string]any{"Min": 512}}},
			refused: `launch_template.version = "3" chooses instance types by attributes`},
		"an AMI that a parameter names": {before: func(_ *testing.T, w *acctest.World, g *acctest.Group) {
			w.Emulator.SetParameter(acctest.Region, "/shop/ami", g.Images[1])
		}, template: map[string]any{"ImageId": "resolve:ssm:/shop/ami"},
			warned: `launch_template.version = "3" takes its AMI from Systems Manager (resolve:ssm:/shop/ami)`},
	} {
		t.Run(name, func(t *testing.T) { f.fly(t) })
	}
}

func TestRollingRelease_preflightOfTheWayBack(t *testing.T) {
	imageGone := func(t *testing.T, w *acctest.World, g *acctest.Group) {
		w.Call(t, "ec2", "DeregisterImage", map[string]any{"ImageId": g.Images[0]})
	}
	versionGone := func(t *testing.T, w *acctest.World, g *acctest.Group) {
		w.Call(t, "ec2", "ModifyLaunchTemplate", map[string]any{"LaunchTemplateId": g.TemplateID, "DefaultVersion": "2"})
		w.Call(t, "ec2", "DeleteLaunchTemplateVersions", map[string]any{"LaunchTemplateId": g.TemplateID, "Versions": []any{"1"}})
	}
	for name, f := range map[string]flight{
		"its AMI is gone": {before: imageGone, warned: "can no longer be launched: it names ami-", fails: "No way back"},
		"it is gone":      {before: versionGone, warned: "does not exist any more. A release that fails cannot be taken back", fails: "No way back"},
		"nobody wants it": {before: imageGone, warned: "can no longer be launched", config: map[string]any{"on_failure": "hold"}},
		"it floats": {before: func(t *testing.T, w *acctest.World, g *acctest.Group) {
			onGroup("UpdateAutoScalingGroup", map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "$Default"}})(t, w, g)
		}, warned: `The group launches version "$Default", not a number: AWS cannot roll back to that`},
	} {
		t.Run(name, func(t *testing.T) { f.fly(t) })
	}
}

func TestRollingRelease_preflightOfGroups(t *testing.T) {
	steady := map[string]any{"MaxSize": 8}
	for name, f := range map[string]flight{
		"Wait with protected instances": {before: onGroup("SetInstanceProtection", map[string]any{"InstanceIds": true, "ProtectedFromScaleIn": true}),
			config: strategy("scale_in_protected_instances", "Wait"), warned: "1 instances of the group are protected from scale-in", fails: "Protected instances in the way"},
		"Wait with none": {config: strategy("scale_in_protected_instances", "Wait", "standby_instances", "Wait"), warned: "4 instances in scope"},
		"Wait with standby instances": {before: onGroup("EnterStandby", map[string]any{"InstanceIds": true, "ShouldDecrementDesiredCapacity": true}),
			config: strategy("standby_instances", "Wait"), warned: "1 instances of the group are in standby", fails: "Standby instances in the way"},
		"Launch suspended": {before: onGroup("SuspendProcesses", map[string]any{"ScalingProcesses": []any{"Launch", "Terminate"}}),
			warned: "Launch, Terminate. An instance refresh cannot go on without them", fails: "Processes suspended"},
		"HealthCheck suspended": {before: onGroup("SuspendProcesses", map[string]any{"ScalingProcesses": []any{"ReplaceUnhealthy"}}),
			warned: "Suspended: ReplaceUnhealthy. New instances may count as healthy"},
		"no room below the maximum size": {more: map[string]any{"MaxSize": 4}, warned: "The release has up to 5 instances, and the group's maximum size is 4"},
		"room below the maximum size":    {more: steady, warned: "with 4 to 5 in service"},
		"refreshed by somebody's hand": {before: func(t *testing.T, w *acctest.World, g *acctest.Group) {
			onGroup("StartInstanceRefresh", map[string]any{"Preferences": map[string]any{"SkipMatching": true}})(t, w, g)
			w.Pass(20 * time.Minute)
		}, warned: "had no desired configuration. The instance_refresh block of an aws_autoscaling_group starts such ones"},
		"one of ours cancelled for another": {before: func(t *testing.T, w *acctest.World, g *acctest.Group) {
			refresh(t, w, g, 2)
			onGroup("CancelInstanceRefresh", nil)(t, w, g)
			w.Pass(30 * time.Second)
			onGroup("StartInstanceRefresh", map[string]any{"Preferences": map[string]any{"SkipMatching": true}})(t, w, g)
			w.Pass(20 * time.Minute)
		}, warned: "was cancelled for one without a desired configuration"},
	} {
		t.Run(name, func(t *testing.T) { f.fly(t) })
	}
}

func TestRollingRelease_preflightOfSubnets(t *testing.T) {
	w := acctest.New(t)
	subnet := w.Call(t, "ec2", "DescribeSubnets", nil)["Subnets"].([]any)[0].(map[string]any)["SubnetId"]
	g := w.NewGroup(t, "shop-web", 3, map[string]any{"AvailabilityZones": nil, "VPCZoneIdentifier": subnet, "MaxSize": 5000})
	b := w.NewBench(t, "awsdeploy_rolling_release")
	ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
	w.Emulator.SetFreeAddresses(acctest.Region, subnet.(string), 2)
	b.Plan(rollingConfig(g, 2, strategy("max_healthy_percentage", 200)))
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, fmt.Sprintf("up to 3 instances more than the group has, and its subnets (%s) have 2 free addresses", subnet)) {
		t.Errorf("the plan warns of\n%s", said)
	}
	b.Plan(rollingConfig(g, 2, nil))
	if said := strings.Join(b.Warnings, "\n"); strings.Contains(said, "free addresses") {
		t.Errorf("one more instance fits, and the plan warns of\n%s", said)
	}
}

func TestRollingRelease_preflightOfTargetGroups(t *testing.T) {
	for kind, warned := range map[string]bool{"EC2": true, "ELB": false} {
		w := acctest.New(t)
		g := w.NewGroup(t, "shop-web", 2, map[string]any{"TargetGroupARNs": []any{w.NewTargetGroup(t, "shop")}, "HealthCheckType": kind})
		b := w.NewBench(t, "awsdeploy_rolling_release")
		b.Plan(rollingConfig(g, 2, nil))
		if said := strings.Join(b.Warnings, "\n"); strings.Contains(said, "its health check type is EC2: an instance whose application fails there counts as healthy") != warned {
			t.Errorf("with health checks of %s the plan warns of\n%s", kind, said)
		}
	}
}

// What serves already is adopted, and what is under way is followed, whatever
// stands in the way of a release.
func TestRollingRelease_preflightIsEased(t *testing.T) {
	obstruct := func(t *testing.T, w *acctest.World, g *acctest.Group, version int) {
		t.Helper()
		w.Call(t, "ec2", "DeregisterImage", map[string]any{"ImageId": g.Images[version-1]})
		onGroup("SuspendProcesses", map[string]any{"ScalingProcesses": []any{"AlarmNotification", "Launch"}})(t, w, g)
	}
	t.Run("what serves", func(t *testing.T) {
		w := acctest.New(t)
		g := w.NewGroup(t, "shop-web", 2, nil)
		obstruct(t, w, g, 1)
		b := w.NewBench(t, "awsdeploy_rolling_release")
		ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
		mustSay(t, strings.Join(b.Warnings, "\n"), "AMI does not exist", "Suspended on autoscaling_group_name")
	})
	t.Run("what is under way", func(t *testing.T) {
		w, g, b := newRolling(t, 2)
		refresh(t, w, g, 2)
		w.Pass(30 * time.Second)
		obstruct(t, w, g, 2)
		b.Read()
		mustSay(t, said(b, rollingConfig(g, 2, nil)), "It brings the version that is wanted: the apply adopts it.", "AMI does not exist", "Suspended on autoscaling_group_name")
		ends(t, b.Apply(context.Background(), rollingConfig(g, 2, nil)), "")
	})
}

// The plan tells what the apply will do about another's refresh.
func TestRollingRelease_preflightOfAnother(t *testing.T) {
	for action, says := range map[string]string{
		"adopt": "The apply refuses to begin while it lasts", "fail": "The apply refuses to begin while it lasts",
		"wait": "The apply waits for its end, then begins", "supersede": "The apply ends it, then begins",
	} {
		w, g, b := newRolling(t, 2)
		g.NewVersion()
		refresh(t, w, g, 3)
		w.Pass(30 * time.Second)
		mustSay(t, said(b, rollingConfig(g, 2, map[string]any{"on_active": action})), "Under way: instance refresh", says)
	}
	w, g, b := newRolling(t, 2)
	refresh(t, w, g, 2)
	w.Pass(30 * time.Second)
	b.Read()
	mustSay(t, said(b, rollingConfig(g, 1, nil)), "It leads away from the version that is wanted: the apply takes it back.")
}
