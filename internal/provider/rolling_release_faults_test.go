package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// The way back is our own refresh where AWS has none, and its answer may get
// lost like any other.
func TestRollingRelease_lostAnswerOfTheWayBack(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 4, nil)
	w.Call(t, "autoscaling", "UpdateAutoScalingGroup", map[string]any{"AutoScalingGroupName": g.Name,
		"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "$Default"}})
	g.Behave(2, emulator.Behaviour{Unhealthy: true})
	w.Emulator.Inject(emulator.Fault{Service: "autoscaling", Operation: "StartInstanceRefresh", Kind: emulator.DropAfter, After: 1})
	b := w.NewBench(t, "awsdeploy_rolling_release")
	err := b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"max_failed_instances": 1}}))
	if err == nil || !strings.Contains(err.Error(), "Release rolled back") {
		t.Errorf("apply ended with %v, want rolled back", err)
	}
	if v := fmt.Sprint(g.Versions()); v != "map[1:4]" {
		t.Errorf("instances by version %s, want all back on 1", v)
	}
}

// A type of a mixed group may have a template of its own, which no release of
// the group's template touches.
func TestRollingRelease_overrideTemplate(t *testing.T) {
	w := acctest.New(t)
	g, own := w.NewGroup(t, "donor", 1, nil), w.NewGroup(t, "own", 1, nil)
	w.Call(t, "autoscaling", "CreateAutoScalingGroup", map[string]any{
		"AutoScalingGroupName": "mixed", "MinSize": 0, "MaxSize": 8, "DesiredCapacity": 4,
		"AvailabilityZones": []any{acctest.Region + "a"}, "DefaultInstanceWarmup": 30, "MixedInstancesPolicy": map[string]any{
			"LaunchTemplate": map[string]any{
				"LaunchTemplateSpecification": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "1"},
				"Overrides": []any{map[string]any{"InstanceType": "t3.small",
					"LaunchTemplateSpecification": map[string]any{"LaunchTemplateId": own.TemplateID, "Version": "2"}}},
			}}})
	w.Pass(5 * time.Minute)
	g.Name = "mixed"
	b := w.NewBench(t, "awsdeploy_rolling_release")
	for _, version := range []int{1, 2} {
		if err := b.Apply(context.Background(), rollingConfig(g, version, nil)); err != nil {
			t.Fatal(err)
		}
		b.Read()
		if _, _, changes := b.Plan(rollingConfig(g, version, nil)); changes || b.Attribute("status") != "promoted" {
			t.Errorf("the next plan of version %d changes %v at status %s", version, changes, b.Attribute("status"))
		}
	}
}

func TestRollingRelease_heldThenTakenBackByHand(t *testing.T) {
	w, g, b := newRolling(t, 4)
	if err := b.Apply(context.Background(), rollingConfig(g, 2, holding(50))); err != nil {
		t.Fatal(err)
	}
	refresh(t, w, g, 1)
	w.Pass(time.Hour)
	b.Read()
	if v := fmt.Sprint(g.Versions()); v != "map[1:4]" || b.Attribute("status") != "unverified" {
		t.Errorf("instances by version %s at status %s, want all on 1, unverified", v, b.Attribute("status"))
	}
	if err := b.Apply(context.Background(), rollingConfig(g, 2, holding(50))); err != nil {
		t.Fatal(err)
	}
	if v := fmt.Sprint(g.Versions()); v != "map[1:2 2:2]" || b.Attribute("status") != "held" {
		t.Errorf("instances by version %s at status %s, want held again", v, b.Attribute("status"))
	}
}

func TestRelease_isNotHeldBelowItsStep(t *testing.T) {
	_, g, rolling := newRolling(t, 4)
	if err := rolling.Apply(context.Background(), rollingConfig(g, 2, holding(50))); err != nil {
		t.Fatal(err)
	}
	alias := newAliasBench(t)
	if err := alias.apply(2, holding(50)); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"group": rolling.Refused(rollingConfig(g, 2, holding(10))),
		"alias": alias.Refused(alias.in(2, holding(10))),
	} {
		if err == nil || !strings.Contains(err.Error(), "A release takes no steps down") {
			t.Errorf("held at 50 %%, holding the %s at 10 %% gives %v", name, err)
		}
	}
}

// AWS watches the alarms of a refresh, also those that we may not read.
func TestRollingRelease_alarmsThatMayNotBeRead(t *testing.T) {
	w, g, b := newRolling(t, 4)
	w.NewAlarm(t, "shop-5xx")
	w.Emulator.Inject(emulator.Fault{Operation: "DescribeAlarms", Kind: emulator.Denied, Times: -1})
	if err := b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"alarms": []any{"shop-5xx"}})); err != nil {
		t.Fatal(err)
	}
	b.Plan(rollingConfig(g, 1, map[string]any{"alarms": []any{"shop-5xx"}}))
	if all := strings.Join(b.Warnings, "\n"); !strings.Contains(all, "Alarms not checked") {
		t.Errorf("the plan warns of %s, want of alarms not checked", all)
	}
	w.Later(t, 90*time.Second, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
	g.NewVersion()
	err := b.Apply(context.Background(), rollingConfig(g, 3, map[string]any{"alarms": []any{"shop-5xx"}}))
	if err == nil || !strings.Contains(err.Error(), "Release rolled back") || g.Versions()[2] != 4 {
		t.Errorf("apply ended with %v, instances by version %v, want rolled back by AWS", err, g.Versions())
	}
}

// A release that does not begin leaves somebody else's alone, and what the
// last one left in state.
func TestRollingRelease_refusedBesideAnother(t *testing.T) {
	for action, says := range map[string]string{"supersede": "Alarm already firing", "adopt": "Alarm already firing"} {
		t.Run(action, func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			if err := b.Apply(context.Background(), rollingConfig(g, 2, nil)); err != nil {
				t.Fatal(err)
			}
			id := b.Attribute("release_id")
			g.NewVersion()
			refresh(t, w, g, 1)
			w.NewAlarm(t, "shop-5xx")
			w.SetAlarm(t, "shop-5xx", "ALARM", "bad")
			w.Pass(30 * time.Second)
			err := b.Apply(context.Background(), rollingConfig(g, 3, map[string]any{"on_active": action, "alarms": []any{"shop-5xx"}}))
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Fatalf("apply ended with %v, want %s", err, says)
			}
			err = b.Apply(context.Background(), rollingConfig(g, 3, map[string]any{"on_active": "adopt"}))
			if err == nil || !strings.Contains(err.Error(), "Another release under way") || b.Attribute("release_id") != id {
				t.Errorf("apply ended with %v at release %q, want a refusal and %s kept", err, b.Attribute("release_id"), id)
			}
			w.Pass(time.Hour)
			if v := fmt.Sprint(g.Versions()); v != "map[1:4]" {
				t.Errorf("instances by version %s: somebody else's release was touched", v)
			}
		})
	}
}

// A group made a moment ago serves nothing yet.
func TestRollingRelease_groupMadeAMomentAgo(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "donor", 1, nil)
	g.Name = "fresh"
	w.Call(t, "autoscaling", "CreateAutoScalingGroup", map[string]any{
		"AutoScalingGroupName": g.Name, "MinSize": 0, "MaxSize": 8, "DesiredCapacity": 4, "AvailabilityZones": []any{acctest.Region + "a"},
		"DefaultInstanceWarmup": 30, "LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "1"}})
	b := w.NewBench(t, "awsdeploy_rolling_release")
	if err := b.Apply(context.Background(), rollingConfig(g, 1, nil)); err != nil {
		t.Fatal(err)
	}
	for _, i := range w.Emulator.Group(acctest.Region, g.Name).Instances {
		if i.Lifecycle != "InService" {
			t.Errorf("instance %s is %s, and the apply has succeeded", i.ID, i.Lifecycle)
		}
	}
	if v := g.Versions(); v[1] != 4 {
		t.Errorf("instances by version %v, want four", v)
	}
}

// The look after a release may fail; what was observed counts then.
func TestRollingRelease_lastLookFails(t *testing.T) {
	reads := 0
	for _, fails := range []bool{false, true} {
		w, g, b := newRolling(t, 4)
		w.Emulator.ForgetCalls()
		if fails {
			w.Emulator.Inject(emulator.Fault{Operation: "DescribeAutoScalingGroups", Kind: emulator.Denied, After: reads - 1, Times: 1})
		}
		if err := b.Apply(context.Background(), rollingConfig(g, 2, nil)); err != nil {
			t.Fatal(err)
		}
		reads = w.Emulator.Count("autoscaling", "DescribeAutoScalingGroups")
		if live := fmt.Sprint(b.State); !strings.Contains(live, fmt.Sprintf("%q:tftypes.Number<\"100\">", g.Key(2))) {
			t.Errorf("what is live was recorded as %s", live)
		}
	}
}

// A template's name that could not be found out once may be later.
func TestRollingRelease_templateThatMayNotBeRead(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 2, nil)
	b := w.NewBench(t, "awsdeploy_rolling_release")
	w.Emulator.Inject(emulator.Fault{Operation: "DescribeLaunchTemplateVersions", Kind: emulator.Denied, Times: -1})
	if err := b.Apply(context.Background(), rollingConfig(g, 1, nil)); err != nil {
		t.Fatal(err)
	}
	if _, _, changes := b.Plan(rollingConfig(g, 1, nil)); changes {
		t.Error("the next plan is not empty")
	}
	w.Emulator.Heal()
	if err := b.Apply(context.Background(), rollingConfig(g, 2, nil)); err != nil {
		t.Fatal(err)
	}
}
