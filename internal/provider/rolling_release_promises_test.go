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

// refresh starts an instance refresh by somebody else's hand.
func refresh(t *testing.T, w *acctest.World, g *acctest.Group, version int) {
	t.Helper()
	w.Call(t, "autoscaling", "StartInstanceRefresh", map[string]any{
		"AutoScalingGroupName": g.Name,
		"DesiredConfiguration": map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": fmt.Sprint(version)}},
		"Preferences":          map[string]any{"SkipMatching": true, "MinHealthyPercentage": 100, "MaxHealthyPercentage": 200},
	})
}

func TestRollingRelease_onActive(t *testing.T) {
	for _, tc := range []struct {
		action string
		other  int // the version of the refresh that somebody else started
		says   string
		starts int // ours
	}{
		{"adopt", 2, "", 0},
		{"adopt", 3, "Another release under way", 0},
		{"fail", 3, "Another release under way", 0},
		{"wait", 3, "", 1},
		{"supersede", 3, "", 1},
	} {
		t.Run(fmt.Sprintf("%s with a refresh to %d under way", tc.action, tc.other), func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			g.NewVersion()
			refresh(t, w, g, tc.other)
			w.Pass(30 * time.Second)
			err := b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"on_active": tc.action}))
			if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
				t.Fatalf("apply ended with %v, want %q", err, tc.says)
			}
			if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n != tc.starts {
				t.Errorf("%d refreshes were started, want %d", n, tc.starts)
			}
			if v := g.Versions(); tc.says == "" && v[2] != 4 {
				t.Errorf("instances by version %v, want all on 2", v)
			}
		})
	}
}

func TestRollingRelease_operatorWins(t *testing.T) {
	for _, tc := range []struct {
		operation string
		says      string
		versions  string
	}{
		{"CancelInstanceRefresh", "was cancelled by somebody else", "map[1:2 2:2]"},
		{"RollbackInstanceRefresh", "Release rolled back", "map[1:4]"},
	} {
		t.Run(tc.operation, func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			w.Later(t, 10*time.Minute, "autoscaling", tc.operation, map[string]any{"AutoScalingGroupName": g.Name})
			err := b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "1h"}}))
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("apply ended with %v, want %q", err, tc.says)
			}
			if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n != 1 {
				t.Errorf("%d refreshes were started: the operator was fought", n)
			}
			if v := fmt.Sprint(g.Versions()); v != tc.versions {
				t.Errorf("instances by version %v, want %s", v, tc.versions)
			}
			b.Read()
			if _, _, changes := b.Plan(rollingConfig(g, 2, nil)); !changes {
				t.Error("the next plan does not offer the release again")
			}
		})
	}
}

func TestRollingRelease_onFailureHold(t *testing.T) {
	w, g, b := newRolling(t, 4)
	w.NewAlarm(t, "shop-5xx")
	w.Later(t, 10*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
	settings := map[string]any{"on_failure": "hold", "alarms": []any{"shop-5xx"}, "strategy": map[string]any{"steps": []any{50}, "pause": "1h"}}
	err := b.Apply(context.Background(), rollingConfig(g, 2, settings))
	if err == nil || !strings.Contains(err.Error(), "left where it stopped") || b.Attribute("status") != "failed" {
		t.Fatalf("apply ended with %v at status %s", err, b.Attribute("status"))
	}
	if v := fmt.Sprint(g.Versions()); v != "map[1:2 2:2]" {
		t.Errorf("instances by version %v, want half and half", v)
	}
}

func TestRollingRelease_progressDeadline(t *testing.T) {
	_, g, b := newRolling(t, 4)
	g.Behave(2, emulator.Behaviour{Boot: 20 * time.Second, LaunchFails: "We currently do not have sufficient t3.micro capacity"})
	err := b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"progress_deadline": "10m"}}))
	for _, says := range []string{"nothing newly healthy for", "Release rolled back", "sufficient t3.micro capacity"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("apply ended with %v, want %q", err, says)
		}
	}
}

func TestRollingRelease_lostAnswers(t *testing.T) {
	for _, kind := range []emulator.FaultKind{emulator.DropBefore, emulator.DropAfter, emulator.ServerError500, emulator.Throttle} {
		t.Run(fmt.Sprint("fault ", kind), func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			w.Emulator.Inject(emulator.Fault{Service: "autoscaling", Operation: "StartInstanceRefresh", Kind: kind, Times: 4})
			if err := b.Apply(context.Background(), rollingConfig(g, 2, nil)); err != nil {
				t.Fatal(err)
			}
			started := 0
			for _, c := range w.Emulator.Calls() {
				if c.Operation == "StartInstanceRefresh" && c.Acted && c.ErrorCode == "" {
					started++
				}
			}
			if v := g.Versions(); v[2] != 4 || started != 1 {
				t.Errorf("instances by version %v after %d starts, want all on 2 after one", v, started)
			}
		})
	}
}

func TestRollingRelease_strayIsRepaired(t *testing.T) {
	w, g, b := newRolling(t, 4)
	refresh(t, w, g, 2) // somebody else's, half way, then cancelled
	w.Pass(40 * time.Second)
	w.Call(t, "autoscaling", "CancelInstanceRefresh", map[string]any{"AutoScalingGroupName": g.Name})
	w.Pass(10 * time.Minute)
	if g.Versions()[2] == 0 {
		t.Fatal("no instance strayed: the test shows nothing")
	}
	b.Read()
	if b.Attribute("status") != "unverified" {
		t.Errorf("status %s, want unverified", b.Attribute("status"))
	}
	if err := b.Apply(context.Background(), rollingConfig(g, 1, nil)); err != nil {
		t.Fatal(err)
	}
	if v := g.Versions(); v[1] != 4 || b.Attribute("status") != "promoted" {
		t.Errorf("instances by version %v at status %s, want all on 1, promoted", v, b.Attribute("status"))
	}
}

func TestRollingRelease_fastLane(t *testing.T) {
	w, g, b := newRolling(t, 4)
	w.NewAlarm(t, "shop-5xx")
	settings := map[string]any{"alarms": []any{"shop-5xx"}, "strategy": map[string]any{"steps": []any{25, 50}, "pause": "1h", "bake": "1h"}}
	if err := b.Apply(context.Background(), rollingConfig(g, 2, settings)); err != nil {
		t.Fatal(err)
	}
	w.SetAlarm(t, "shop-5xx", "ALARM", "the new version is bad after all")
	began := w.Virtual.Now()
	if err := b.Apply(context.Background(), rollingConfig(g, 1, settings)); err != nil {
		t.Fatal(err)
	}
	if took := w.Virtual.Now().Sub(began); took > 30*time.Minute {
		t.Errorf("going back took %s: it paused", took)
	}
	if v := g.Versions(); v[1] != 4 || b.Attribute("previous_version") != g.Key(2) {
		t.Errorf("instances by version %v, previous %s", v, b.Attribute("previous_version"))
	}
}

func TestRollingRelease_mixedInstancesPolicy(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "donor", 1, nil)
	policy := map[string]any{
		"LaunchTemplate": map[string]any{
			"LaunchTemplateSpecification": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "1"},
			"Overrides":                   []any{map[string]any{"InstanceType": "t3.small"}, map[string]any{"InstanceType": "t3.medium"}},
		},
		"InstancesDistribution": map[string]any{"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 25, "SpotAllocationStrategy": "price-capacity-optimized"},
	}
	w.Call(t, "autoscaling", "CreateAutoScalingGroup", map[string]any{
		"AutoScalingGroupName": "mixed", "MinSize": 0, "MaxSize": 8, "DesiredCapacity": 4,
		"AvailabilityZones": []any{acctest.Region + "a"}, "DefaultInstanceWarmup": 30, "MixedInstancesPolicy": policy})
	w.Pass(5 * time.Minute)
	before := w.Emulator.Group(acctest.Region, "mixed").MixedInstancesPolicy
	g.Name = "mixed"
	b := w.NewBench(t, "awsdeploy_rolling_release")
	if err := b.Apply(context.Background(), rollingConfig(g, 2, nil)); err != nil {
		t.Fatal(err)
	}
	after := w.Emulator.Group(acctest.Region, "mixed")
	if v := g.Versions(); v[2] != 4 || after.LaunchTemplateVersion != "2" {
		t.Errorf("instances by version %v, the group launches %s, want all on 2", v, after.LaunchTemplateVersion)
	}
	if b, a := fmt.Sprint(before["InstancesDistribution"]), fmt.Sprint(after.MixedInstancesPolicy["InstancesDistribution"]); a != b {
		t.Errorf("the distribution became %s, was %s", a, b)
	}
}

func TestRollingRelease_failedCreateLeavesNoState(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 4, nil)
	g.Behave(2, emulator.Behaviour{Unhealthy: true})
	b := w.NewBench(t, "awsdeploy_rolling_release")
	err := b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"max_failed_instances": 1}}))
	if err == nil || !b.State.IsNull() {
		t.Fatalf("apply ended with %v, state %s; want an error and no state", err, b.State)
	}
	if v := g.Versions(); v[1] != 4 {
		t.Errorf("instances by version %v, want all back on 1", v)
	}
}
