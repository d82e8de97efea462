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

// settings are the switches that a rolling release can meet, each turned to
// its less likely side, and all of them together.
func settings() map[string]emulator.Switches {
	return map[string]emulator.Switches{
		"none":                          {},
		"CheckpointsCountRemaining":     {CheckpointsCountRemaining: true},
		"BakingCannotBeCancelled":       {BakingCannotBeCancelled: true},
		"BakingCannotBeRolledBack":      {BakingCannotBeRolledBack: true},
		"Baking is final":               {BakingCannotBeCancelled: true, BakingCannotBeRolledBack: true},
		"RollbackKeepsEarlier":          {RollbackKeepsEarlier: true},
		"AlarmStateAtStartIgnored":      {AlarmStateAtStartIgnored: true},
		"PlainTemplateReplacesPolicy":   {PlainTemplateReplacesPolicy: true},
		"SingleInstanceTerminatesFirst": {SingleInstanceTerminatesFirst: true},
		"SurgeStopsAtMaxSize":           {SurgeStopsAtMaxSize: true},
		"ConfigurationEchoesName":       {ConfigurationEchoesName: true},
		"NewTargetsNeedThreshold":       {NewTargetsNeedThreshold: true},
		"FinalCheckpointWaits":          {FinalCheckpointWaits: true},
		"UnknownAlarmsAccepted":         {UnknownAlarmsAccepted: true},
		"all": {CheckpointsCountRemaining: true, BakingCannotBeCancelled: true, BakingCannotBeRolledBack: true, RollbackKeepsEarlier: true,
			AlarmStateAtStartIgnored: true, PlainTemplateReplacesPolicy: true, SingleInstanceTerminatesFirst: true, SurgeStopsAtMaxSize: true,
			ConfigurationEchoesName: true, NewTargetsNeedThreshold: true, FinalCheckpointWaits: true, UnknownAlarmsAccepted: true},
	}
}

// stepwiseRolling takes a few minutes to its pause, and bakes for ten.
func stepwiseRolling(g *acctest.Group, version int) map[string]any {
	return rollingConfig(g, version, map[string]any{"alarms": []any{"shop-5xx"},
		"strategy": map[string]any{"steps": []any{50}, "pause": "5m", "bake": "10m", "instance_warmup": "30s"}})
}

// baking is a moment in the bake of stepwiseRolling on four instances.
const baking = 15 * time.Minute

func TestSwitches_rollingRelease(t *testing.T) {
	for name, switches := range settings() {
		t.Run(name, func(t *testing.T) {
			t.Run("a good one is released", func(t *testing.T) {
				w, g, b := switched(t, switches, 4)
				ends(t, b.Apply(context.Background(), stepwiseRolling(g, 2)), "")
				stands(t, w, g, b, 2, 1)
			})
			for moment, d := range map[string]time.Duration{"in its pause": 6 * time.Minute, "in its bake": baking} {
				t.Run("a bad one is taken back "+moment, func(t *testing.T) {
					w, g, b := switched(t, switches, 4)
					w.Later(t, d, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
					ends(t, b.Apply(context.Background(), stepwiseRolling(g, 2)), "Release rolled back")
					if err := g.Released(1, 2); err != nil {
						t.Error(err)
					}
					w.SetAlarm(t, "shop-5xx", "OK", "quiet")
					b.Read()
					if _, _, changes := b.Plan(stepwiseRolling(g, 2)); !changes {
						t.Error("the next plan does not offer the release again")
					}
				})
				t.Run("killed and adopted "+moment, func(t *testing.T) {
					w, g, b := switched(t, switches, 4)
					killed(t, w, b, d, stepwiseRolling(g, 2))
					ends(t, b.Apply(context.Background(), stepwiseRolling(g, 2)), "")
					stands(t, w, g, b, 2, 1)
				})
				t.Run("killed and reverted "+moment, func(t *testing.T) {
					w, g, b := switched(t, switches, 4)
					killed(t, w, b, d, stepwiseRolling(g, 2))
					ends(t, b.Apply(context.Background(), stepwiseRolling(g, 1)), "")
					stands(t, w, g, b, 1, 2)
				})
			}
			for action, status := range map[string]string{"rollback": "Release rolled back", "cancel": ""} {
				t.Run("interrupted in its bake with "+action, func(t *testing.T) {
					w, g, b := switched(t, switches, 4)
					config := stepwiseRolling(g, 2)
					config["on_interrupt"] = action
					w.Emulator.At(w.Virtual.Now().Add(baking), func(emulator.CallFunc) { b.Stop() })
					ends(t, b.Apply(context.Background(), config), "Release interrupted")
					b.Restart()
					if action == "rollback" && switches.BakingCannotBeCancelled && switches.BakingCannotBeRolledBack {
						status = "" // there was no way back: the release goes on
					}
					ends(t, b.Apply(context.Background(), config), status) // the way back is seen through
					ends(t, b.Apply(context.Background(), config), "")
					if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < 4 || g.Versions()[2] != 4 {
						t.Errorf("instances by version %v, never fewer than %d in service", g.Versions(), low)
					}
				})
			}
		})
	}
}

// switched is a group on version 1, adopted, with an alarm that is OK.
func switched(t *testing.T, switches emulator.Switches, size int) (*acctest.World, *acctest.Group, *acctest.Bench) {
	t.Helper()
	w, g, b := newRolling(t, size, emulator.WithSwitches(switches))
	w.NewAlarm(t, "shop-5xx")
	return w, g, b
}

func killed(t *testing.T, w *acctest.World, b *acctest.Bench, d time.Duration, config map[string]any) {
	t.Helper()
	ctx, killed := killAfter(w, d)
	if err := b.Apply(ctx, config); !errors.Is(err, killed) {
		t.Fatalf("apply ended with %v, want killed", err)
	}
	b.Restart()
}

// ends checks how an apply ended: an error that says the words, or none.
func ends(t *testing.T, err error, says string) {
	t.Helper()
	if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
		t.Fatalf("apply ended with %v, want %q", err, says)
	}
}

// stands checks that a version is live and known to be, after at most so many
// refreshes, and that the next plan has nothing to do.
func stands(t *testing.T, w *acctest.World, g *acctest.Group, b *acctest.Bench, version, starts int) {
	t.Helper()
	if err := g.Released(version, starts); err != nil {
		t.Error(err)
	}
	b.Read()
	if _, _, changes := b.Plan(stepwiseRolling(g, version)); changes || b.Attribute("status") != "promoted" {
		t.Errorf("the next plan changes %v at status %s: %s", changes, b.Attribute("status"), b.Attribute("last_failure"))
	}
	if low, want := w.Emulator.LowestInService(acctest.Region, g.Name), fmt.Sprint(version); w.Emulator.Group(acctest.Region, g.Name).LaunchTemplateVersion != want {
		t.Errorf("the group launches another version than %s; at least %d served", want, low)
	}
}
