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

// endsAt applies and wants instances and a status.
func endsAt(t *testing.T, g *acctest.Group, b *acctest.Bench, config map[string]any, versions, status string) {
	t.Helper()
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	if v := fmt.Sprint(g.Versions()); v != versions || b.Attribute("status") != status {
		t.Errorf("instances by version %s at status %s, want %s, %s", v, b.Attribute("status"), versions, status)
	}
	b.Read()
	if _, _, changes := b.Plan(config); changes {
		t.Error("the next plan is not empty")
	}
}

// A release is held only after its checks passed, and goes on above.
func TestRollingRelease_verifyAndHold(t *testing.T) {
	w, g, b := newRolling(t, 10)
	well := true
	p := newProbe(t, w, g, func(int) bool { return well })
	at := func(percent any) map[string]any {
		strategy := inSteps()
		if percent != nil {
			strategy["hold_at"] = percent
		}
		return rollingConfig(g, 2, p.verified(strategy))
	}
	endsAt(t, g, b, at(10), "map[1:9 2:1]", "held")
	if got := p.moments(); got != "map[1:9 2:1] map[1:9 2:1]" {
		t.Errorf("checked %s, want twice before it is held", got)
	}
	well = false
	err := b.Apply(context.Background(), at(50))
	if err == nil || !strings.Contains(err.Error(), "at the step of 50 %") || fmt.Sprint(g.Versions()) != "map[1:10]" {
		t.Errorf("ended with %v and %v, want rolled back at the next step", err, g.Versions())
	}
	well = true
	endsAt(t, g, b, at(nil), "map[2:10]", "promoted")
}

// Without steps there is one refresh, checked when all of it is there.
func TestRollingRelease_verifyWithoutSteps(t *testing.T) {
	w, g, b := newRolling(t, 4)
	p := newProbe(t, w, g, nil)
	endsAt(t, g, b, rollingConfig(g, 2, p.verified(nil)), "map[2:4]", "promoted")
	if got := p.moments(); got != "map[2:4]" {
		t.Errorf("checked %s, want once at the end", got)
	}
	// The way back is checked too, once, and data of a step it has none.
	endsAt(t, g, b, rollingConfig(g, 1, p.verified(inSteps(), errorRate(nil))), "map[1:4]", "promoted")
	if got := p.moments(); got != "map[2:4] map[1:4]" {
		t.Errorf("checked %s, want the way back once at its end", got)
	}
}

// What serves already is checked once, when it is adopted.
func TestRollingRelease_adoptionIsVerified(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 2, nil)
	p := newProbe(t, w, g, func(n int) bool { return n > 1 })
	b := w.NewBench(t, "awsdeploy_rolling_release")
	config := rollingConfig(g, 1, p.verified(inSteps(), errorRate(nil)))
	err := b.Apply(context.Background(), config)
	if err == nil || !strings.Contains(err.Error(), `check "smoke"`) || !b.State.IsNull() {
		t.Errorf("ended with %v, state %v; want a failed check and no state", err, b.State)
	}
	endsAt(t, g, b, config, "map[1:2]", "promoted")
	if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n != 0 {
		t.Errorf("%d refreshes were started for what serves already", n)
	}
}

// A refresh of the same version that waits nowhere is followed to its end,
// then verified.
func TestRollingRelease_adoptsThenVerifies(t *testing.T) {
	for _, well := range []bool{true, false} {
		t.Run(fmt.Sprint("checks pass ", well), func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			p := newProbe(t, w, g, func(int) bool { return well })
			refresh(t, w, g, 2)
			w.Emulator.ForgetCalls()
			err := b.Apply(context.Background(), rollingConfig(g, 2, p.verified(map[string]any{"steps": []any{50}, "pause": "10m"})))
			want := map[bool]string{true: "map[2:4]", false: "map[1:4]"}[well]
			if v := fmt.Sprint(g.Versions()); v != want || (err == nil) != well {
				t.Errorf("instances by version %s, %v; want %s", v, err, want)
			}
			if first, _, _ := strings.Cut(p.moments(), " map"); first != "map[2:4]" {
				t.Errorf("checked %s, want when all has arrived", p.moments())
			}
			if n := w.Emulator.Count("autoscaling", "CancelInstanceRefresh"); n != 0 {
				t.Errorf("the refresh was cancelled %d times", n)
			}
		})
	}
}

func TestRollingRelease_verifiedAndInterrupted(t *testing.T) {
	for _, tc := range []struct {
		action, says string
		then         string // two hours later, nobody having applied again
	}{
		{"detach", "holds instance refresh", "map[1:2 2:2]"},
		{"rollback", "is on its way back", "map[1:4]"},
		{"cancel", "stopped there", "map[1:2 2:2]"},
	} {
		t.Run(tc.action, func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			p := newProbe(t, w, g, nil)
			more := p.verified(map[string]any{"steps": []any{50}, "pause": "1h"})
			more["on_interrupt"] = tc.action
			config := rollingConfig(g, 2, more)
			w.Emulator.At(w.Virtual.Now().Add(15*time.Minute), func(emulator.CallFunc) { b.Stop() })
			ctx, cancel := context.WithCancel(context.Background())
			w.Emulator.At(w.Virtual.Now().Add(15*time.Minute+time.Second), func(emulator.CallFunc) { cancel() })
			err := b.Apply(ctx, config)
			if err == nil || !strings.Contains(err.Error(), "Release interrupted") || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("ended with %v, want %q", err, tc.says)
			}
			w.Pass(2 * time.Hour)
			if v := fmt.Sprint(g.Versions()); v != tc.then {
				t.Errorf("instances by version %s two hours later, want %s", v, tc.then)
			}
			b.Restart()
			if err := b.Apply(context.Background(), config); err != nil && tc.action != "rollback" {
				t.Fatal(err)
			}
		})
	}
}

// What ends a release while AWS holds it ends it as it always does.
func TestRollingRelease_troubleWhileItIsVerified(t *testing.T) {
	alarm := func(t *testing.T, w *acctest.World, g *acctest.Group) {
		w.Later(t, 10*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx above 10"})
	}
	for _, tc := range []struct {
		name    string
		trouble func(t *testing.T, w *acctest.World, g *acctest.Group)
		says    string // empty: the release goes on
		then    string
	}{
		{"an alarm", alarm, "shop-5xx", "map[1:4]"},
		{"a cancel by hand", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Later(t, 10*time.Minute, "autoscaling", "CancelInstanceRefresh", map[string]any{"AutoScalingGroupName": g.Name})
		}, "Release stopped by hand", "map[1:2 2:2]"},
		{"a roll-back by hand", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Later(t, 10*time.Minute, "autoscaling", "RollbackInstanceRefresh", map[string]any{"AutoScalingGroupName": g.Name})
		}, "Release", "map[1:4]"},
		{"an old instance that dies", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Emulator.At(w.Virtual.Now().Add(10*time.Minute), func(call emulator.CallFunc) {
				out, err := call(acctest.Region, "autoscaling", "DescribeAutoScalingGroups", map[string]any{"AutoScalingGroupNames": []any{g.Name}})
				if err != nil {
					t.Error(err)
					return
				}
				for _, i := range out["AutoScalingGroups"].([]any)[0].(map[string]any)["Instances"].([]any) {
					if m := i.(map[string]any); m["LaunchTemplate"].(map[string]any)["Version"] == "1" {
						_, err = call(acctest.Region, "ec2", "TerminateInstances", map[string]any{"InstanceIds": []any{m["InstanceId"]}})
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}, "", "map[2:4]"},
		{"scaling out", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Later(t, 10*time.Minute, "autoscaling", "SetDesiredCapacity", map[string]any{"AutoScalingGroupName": g.Name, "DesiredCapacity": 6})
		}, "", "map[2:6]"},
		{"scaling in", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Later(t, 10*time.Minute, "autoscaling", "SetDesiredCapacity", map[string]any{"AutoScalingGroupName": g.Name, "DesiredCapacity": 2})
		}, "", "map[2:2]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := acctest.New(t)
			g := w.NewGroup(t, "shop-web", 4, map[string]any{"MaxSize": 10})
			w.NewAlarm(t, "shop-5xx")
			b := w.NewBench(t, "awsdeploy_rolling_release")
			ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
			p := newProbe(t, w, g, nil)
			more := p.verified(map[string]any{"steps": []any{50}, "pause": "20m", "bake": "5m"})
			more["alarms"] = []any{"shop-5xx"}
			tc.trouble(t, w, g)
			err := b.Apply(context.Background(), rollingConfig(g, 2, more))
			if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
				t.Errorf("ended with %v, want %q", err, tc.says)
			}
			if v := fmt.Sprint(g.Versions()); v != tc.then {
				t.Errorf("instances by version %s, want %s", v, tc.then)
			}
		})
	}
}

// AWS holds a step for two days. An apply that comes late, and wants to watch
// for longer than is left of them, has the step stand without AWS.
func TestRollingRelease_takenUpLate(t *testing.T) {
	w, g, b := newRolling(t, 2)
	p := newProbe(t, w, g, nil)
	config := rollingConfig(g, 2, p.verified(map[string]any{"steps": []any{50}, "pause": "2h"}))
	ctx, killed := killAfter(w, 30*time.Minute)
	if err := b.Apply(ctx, config); !errors.Is(err, killed) {
		t.Fatalf("apply ended with %v, want killed", err)
	}
	b.Restart()
	w.Pass(46 * time.Hour)
	endsAt(t, g, b, config, "map[2:2]", "promoted")
	if got := p.moments(); got != "map[1:1 2:1] map[1:1 2:1] map[1:1 2:1] map[2:2]" {
		t.Errorf("checked %s, want the step once before the kill and at both ends of its pause after it", got)
	}
}
