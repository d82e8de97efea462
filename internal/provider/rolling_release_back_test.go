package provider_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// onOurWayBack is a group whose release of version 2 failed, and whose way
// back, a refresh of our own, was under way when the apply was killed.
func onOurWayBack(t *testing.T) (*acctest.World, *acctest.Group, *acctest.Bench, map[string]any) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	over := false
	w, g, b := newRolling(t, 6, emulator.OnCall(func(c emulator.Call, acted bool) bool {
		if !over && acted && c.Operation == "StartInstanceRefresh" && strings.Contains(fmt.Sprint(c.Input), "Version:1") {
			cancel(acctest.ErrKilled)
		}
		return over || ctx.Err() == nil
	}))
	w.Call(t, "autoscaling", "UpdateAutoScalingGroup", map[string]any{"AutoScalingGroupName": g.Name,
		"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "$Default"}})
	g.NewVersion()
	g.Behave(2, emulator.Behaviour{FailsAfter: 4 * time.Minute})
	config := rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"max_failed_instances": 1, "instance_warmup": "5m"}})
	if err := b.Apply(ctx, config); !errors.Is(err, acctest.ErrKilled) {
		t.Fatalf("apply ended with %v, want killed on the way back", err)
	}
	over = true
	b.Restart()
	if v := g.Versions(); v[2] == 0 {
		t.Fatalf("instances by version %v: there is nothing to go back from", v)
	}
	return w, g, b, config
}

// A process that is killed on our own way back leaves a refresh that nobody
// recorded. It is not somebody else's release.
func TestRollingRelease_killedOnOurWayBack(t *testing.T) {
	t.Run("the same version is reported as failed, then offered again", func(t *testing.T) {
		_, g, b, config := onOurWayBack(t)
		ends(t, b.Apply(context.Background(), config), "Release rolled back")
		if v := fmt.Sprint(g.Versions()); v != "map[1:6]" || b.Attribute("status") != "rolled_back" {
			t.Errorf("instances by version %s at status %s, want all back on 1", v, b.Attribute("status"))
		}
		b.Read()
		if _, _, changes := b.Plan(config); !changes {
			t.Error("the next plan does not offer the release again")
		}
	})
	t.Run("its own version is what it goes back to", func(t *testing.T) {
		_, g, b, _ := onOurWayBack(t)
		ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
		if v := fmt.Sprint(g.Versions()); v != "map[1:6]" || b.Attribute("status") != "promoted" {
			t.Errorf("instances by version %s at status %s, want all back on 1", v, b.Attribute("status"))
		}
	})
	for action, says := range map[string]string{"adopt": "", "wait": "", "supersede": "", "fail": "Another release under way"} {
		t.Run("the fix with on_active = "+action, func(t *testing.T) {
			_, g, b, _ := onOurWayBack(t)
			ends(t, b.Apply(context.Background(), rollingConfig(g, 3, map[string]any{"on_active": action})), says)
			if v := g.Versions(); says == "" && v[3] != 6 {
				t.Errorf("instances by version %v, want all on 3", v)
			}
		})
	}
}

// What somebody else does on purpose is not taken for a way back.
func TestRollingRelease_anothersRefreshToTheLiveVersion(t *testing.T) {
	w, g, b := newRolling(t, 4)
	refresh(t, w, g, 1)
	ends(t, b.Apply(context.Background(), rollingConfig(g, 2, nil)), "Another release under way")
	w.Pass(time.Hour)
	ends(t, b.Apply(context.Background(), rollingConfig(g, 2, nil)), "")
}

func TestRollingRelease_rollbackSteps(t *testing.T) {
	w, g, b := newRolling(t, 4)
	settings := map[string]any{"strategy": map[string]any{"rollback_steps": []any{25, 50}, "pause": "10m"}}
	if err := b.Apply(context.Background(), rollingConfig(g, 2, settings)); err != nil {
		t.Fatal(err)
	}
	began := w.Virtual.Now()
	if err := b.Apply(context.Background(), rollingConfig(g, 1, settings)); err != nil {
		t.Fatal(err)
	}
	if took := w.Virtual.Now().Sub(began); took < 20*time.Minute || took > 40*time.Minute {
		t.Errorf("going back took %s, want two pauses of ten minutes", took)
	}
	if v := g.Versions(); v[1] != 4 || b.Attribute("status") != "promoted" {
		t.Errorf("instances by version %v at status %s", v, b.Attribute("status"))
	}
	w.Call(t, "ec2", "DeleteLaunchTemplateVersions", map[string]any{"LaunchTemplateId": g.TemplateID, "Versions": []any{"2"}})
	if err := b.Refused(rollingConfig(g, 2, settings)); err == nil || !strings.Contains(err.Error(), "Version not found") {
		t.Errorf("going back to a version that is gone gives %v", err)
	}
}

func TestRollingRelease_strategyRefusals(t *testing.T) {
	_, g, b := newRolling(t, 1)
	for _, tc := range []struct {
		strategy map[string]any
		says     string
	}{
		{map[string]any{"strategy": "ReplaceRootVolume"}, "Root volumes are not replaced"},
		{map[string]any{"strategy": "BlueGreen"}, "none of AWS's"},
		{map[string]any{"rollback_steps": []any{50, 10}, "pause": "1m"}, "Steps out of order"},
		{map[string]any{"rollback_steps": []any{50}}, "has no strategy.pause"},
	} {
		if err := b.Validate(rollingConfig(g, 2, map[string]any{"strategy": tc.strategy})); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%v gives %v, want %q", tc.strategy, err, tc.says)
		}
	}
	if err := b.Validate(rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"strategy": "Rolling", "rollback_steps": []any{50, 100}, "pause": "1m"}})); err != nil {
		t.Errorf("AWS's own name is refused: %v", err)
	}
}

// What a held release leaves behind is said.
func TestRollingRelease_heldSaysWhatScaleOutLaunches(t *testing.T) {
	w, g, b := newRolling(t, 4)
	ends(t, b.Apply(context.Background(), rollingConfig(g, 2, holding(50))), "")
	if all := strings.Join(b.Warnings, "\n"); !strings.Contains(all, "The group itself still launches "+g.Key(1)) {
		t.Errorf("the warnings are %s", all)
	}
	w.Call(t, "autoscaling", "SetDesiredCapacity", map[string]any{"AutoScalingGroupName": g.Name, "DesiredCapacity": 6})
	w.Pass(5 * time.Minute)
	b.Read()
	if _, _, changes := b.Plan(rollingConfig(g, 2, holding(50))); changes || fmt.Sprint(g.Versions()) != "map[1:4 2:2]" {
		t.Errorf("after scaling out the plan changes %v with %v", changes, g.Versions())
	}
	ends(t, b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "1m"}})), "")
	if v := fmt.Sprint(g.Versions()); v != "map[2:6]" {
		t.Errorf("instances by version %s, want all on 2", v)
	}
}
