package provider_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func holding(at any) map[string]any {
	strategy := map[string]any{"steps": []any{10, 50}, "pause": "10m", "bake": "5m"}
	if at != nil {
		strategy["hold_at"] = at
	}
	return map[string]any{"strategy": strategy}
}

// A release that is held stops at its step, stays there, goes on when it may,
// and can be taken back; whatever AWS counts its checkpoints of.
func TestRollingRelease_holdAt(t *testing.T) {
	for _, remaining := range []bool{false, true} {
		t.Run(fmt.Sprintf("checkpoints count what remains %v", remaining), func(t *testing.T) {
			w, g, b := newRolling(t, 10, emulator.WithSwitches(emulator.Switches{CheckpointsCountRemaining: remaining}))
			apply := func(version int, config map[string]any, versions string, status string) {
				t.Helper()
				if err := b.Apply(context.Background(), rollingConfig(g, version, config)); err != nil {
					t.Fatal(err)
				}
				w.Pass(3 * time.Hour)
				b.Read()
				if v := fmt.Sprint(g.Versions()); v != versions || b.Attribute("status") != status {
					t.Errorf("instances by version %s at status %s, want %s, %s", v, b.Attribute("status"), versions, status)
				}
				t.Log(version, status, "lowest", w.Emulator.LowestInService(acctest.Region, g.Name))
				if _, _, changes := b.Plan(rollingConfig(g, version, config)); changes {
					t.Error("the next plan is not empty")
				}
			}
			apply(2, holding(10), "map[1:9 2:1]", "held")
			if saved := w.Emulator.Group(acctest.Region, g.Name).LaunchTemplateVersion; saved != "1" {
				t.Errorf("the group launches version %s while it is held, want 1", saved)
			}
			apply(2, holding(50), "map[1:5 2:5]", "held")
			if b.Attribute("previous_version") != g.Key(1) {
				t.Errorf("previous version %q, want 1's", b.Attribute("previous_version"))
			}
			apply(2, holding(nil), "map[2:10]", "promoted")
			g.NewVersion()
			apply(3, holding(50), "map[2:5 3:5]", "held")
			apply(2, holding(nil), "map[2:10]", "promoted")
			if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < 10 {
				t.Errorf("capacity fell to %d", low)
			}
		})
	}
}

func TestRollingRelease_heldAlarmRollsBack(t *testing.T) {
	w, g, b := newRolling(t, 4)
	w.NewAlarm(t, "shop-5xx")
	config := holding(50)
	config["alarms"] = []any{"shop-5xx"}
	w.Later(t, 6*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
	if err := b.Apply(context.Background(), rollingConfig(g, 2, config)); err == nil {
		t.Fatal("the release was held under an alarm")
	}
	if v := fmt.Sprint(g.Versions()); v != "map[1:4]" {
		t.Errorf("instances by version %s, want all back", v)
	}
}

func TestKillMatrix_rollingReleaseHeld(t *testing.T) {
	c := rollingKillCase(4, map[string]any{"steps": []any{25, 50}, "pause": "1m", "hold_at": 50})
	build := c.build
	c.build = func(t *testing.T, w *acctest.World) killEstate {
		e := build(t, w)
		e.check = func(then aftermath) error {
			versions := fmt.Sprint(e.group.Versions())
			if want := map[aftermath]string{again: "map[1:2 2:2]", reverted: "map[1:4]"}[then]; versions != want {
				return fmt.Errorf("instances by version %s, want %s", versions, want)
			}
			return nil
		}
		return e
	}
	runKillMatrix(t, c, again)
	runKillMatrix(t, c, reverted)
}
