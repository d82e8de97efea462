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

// underWay is a refresh that somebody else has under way on a group of four
// while version 2 is wanted.
type underWay struct {
	name  string
	begin func(t *testing.T, w *acctest.World, g *acctest.Group)
	// ends is how an apply ends by on_active; empty is success.
	ends map[string]string
	ours int // refreshes that we start where the apply succeeds under wait
}

const (
	notBegun = "Another release under way"
	wentBack = "Release rolled back"
)

// started starts a refresh by hand, to a version or to what the group has.
func started(version int, more map[string]any) func(*testing.T, *acctest.World, *acctest.Group) {
	return func(t *testing.T, w *acctest.World, g *acctest.Group) {
		preferences := map[string]any{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "SkipMatching": true}
		for k, v := range more {
			preferences[k] = v
		}
		in := map[string]any{"AutoScalingGroupName": g.Name, "Preferences": preferences}
		if version > 0 {
			in["DesiredConfiguration"] = map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": fmt.Sprint(version)}}
		}
		w.Call(t, "autoscaling", "StartInstanceRefresh", in)
		w.Pass(90 * time.Second)
	}
}

// then does one more thing to the group's refresh by hand.
func then(begin func(*testing.T, *acctest.World, *acctest.Group), operation string) func(*testing.T, *acctest.World, *acctest.Group) {
	return func(t *testing.T, w *acctest.World, g *acctest.Group) {
		begin(t, w, g)
		w.Call(t, "autoscaling", operation, map[string]any{"AutoScalingGroupName": g.Name})
	}
}

// asCloudFormation updates the group first and then refreshes it without a
// desired configuration.
func asCloudFormation(version int) func(*testing.T, *acctest.World, *acctest.Group) {
	return func(t *testing.T, w *acctest.World, g *acctest.Group) {
		w.Call(t, "autoscaling", "UpdateAutoScalingGroup", map[string]any{"AutoScalingGroupName": g.Name,
			"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": fmt.Sprint(version)}})
		started(0, nil)(t, w, g)
	}
}

func every(how string) map[string]string {
	return map[string]string{"adopt": how, "wait": how, "supersede": how, "fail": how}
}

func elsewhere() map[string]string {
	return map[string]string{"adopt": notBegun, "wait": "", "supersede": "", "fail": notBegun}
}

func refreshesUnderWay() []underWay {
	guarded := map[string]any{"AutoRollback": true}
	return []underWay{
		{"none", func(*testing.T, *acctest.World, *acctest.Group) {}, every(""), 1},
		{"the same", started(2, guarded), every(""), 0},
		{"the same but laxer", started(2, nil), every(""), 0},
		{"one that aims elsewhere", started(3, guarded), elsewhere(), 1},
		{"one that aims elsewhere and rolls back", then(started(3, guarded), "RollbackInstanceRefresh"), elsewhere(), 1},
		{"one that aims elsewhere and is cancelled", then(started(3, guarded), "CancelInstanceRefresh"), elsewhere(), 1},
		{"the same, rolling back", then(started(2, guarded), "RollbackInstanceRefresh"), every(wentBack), 0},
		{"the same, cancelled", then(started(2, guarded), "CancelInstanceRefresh"), every(wentBack), 0},
		{"CloudFormation's to the same", asCloudFormation(2), every(""), 0},
		{"CloudFormation's elsewhere", asCloudFormation(3), elsewhere(), 1},
	}
}

func TestRollingRelease_underWay(t *testing.T) {
	for _, u := range refreshesUnderWay() {
		for _, active := range []string{"adopt", "wait", "supersede", "fail"} {
			for _, interrupt := range []string{"detach", "rollback", "cancel"} {
				t.Run(fmt.Sprintf("%s/on_active %s/on_interrupt %s", u.name, active, interrupt), func(t *testing.T) {
					w, g, b := newRolling(t, 4)
					g.NewVersion()
					u.begin(t, w, g)
					settings := map[string]any{"on_active": active, "on_interrupt": interrupt, "timeouts": map[string]any{"update": "6h"}}
					u.goesOn(t, w, g, b, settings)
				})
			}
			t.Run(fmt.Sprintf("%s/on_active %s", u.name, active), func(t *testing.T) {
				w, g, b := newRolling(t, 4)
				g.NewVersion()
				w.Emulator.ForgetCalls()
				u.begin(t, w, g)
				before := w.Emulator.Count("autoscaling", "StartInstanceRefresh")
				ends(t, b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"on_active": active})), u.ends[active])
				if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh") - before; u.ends[active] == "" && n != u.ours {
					t.Errorf("%d refreshes were started, want %d", n, u.ours)
				}
				u.settles(t, w, g, b, rollingConfig(g, 2, map[string]any{"on_active": active}), u.ends[active])
			})
		}
	}
}

// goesOn presses Ctrl-C in the middle, and applies until the release is done.
func (u underWay) goesOn(t *testing.T, w *acctest.World, g *acctest.Group, b *acctest.Bench, settings map[string]any) {
	t.Helper()
	w.Emulator.At(w.Virtual.Now().Add(40*time.Second), func(emulator.CallFunc) { b.Stop() })
	err := b.Apply(context.Background(), rollingConfig(g, 2, settings))
	if err == nil || !strings.Contains(err.Error(), "Release interrupted") && !strings.Contains(err.Error(), "Release rolled back") && !strings.Contains(err.Error(), notBegun) {
		t.Errorf("apply ended with %v, want interrupted or refused", err)
	}
	settings["on_active"] = "wait"
	for range 4 {
		b.Restart()
		if err = b.Apply(context.Background(), rollingConfig(g, 2, settings)); err == nil {
			break
		}
	}
	if err != nil {
		t.Errorf("the release was never done: %v", err)
	}
	u.settles(t, w, g, b, rollingConfig(g, 2, settings), "")
}

// settles checks that what state says is what serves.
func (u underWay) settles(t *testing.T, w *acctest.World, g *acctest.Group, b *acctest.Bench, config map[string]any, how string) {
	t.Helper()
	status := map[string]string{"": "promoted", wentBack: "rolled_back"}[how]
	if want := map[string]string{"": "map[2:4]", wentBack: "map[1:4]"}[how]; how != notBegun && (fmt.Sprint(g.Versions()) != want || b.Attribute("status") != status) {
		t.Errorf("instances by version %v at status %s, want %s, %s", g.Versions(), b.Attribute("status"), want, status)
	}
	if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < 4 {
		t.Errorf("capacity fell to %d", low)
	}
	if how == notBegun {
		return
	}
	b.Read()
	if _, _, changes := b.Plan(config); changes != (how != "") {
		t.Errorf("the next plan changes %v at status %s", changes, b.Attribute("status"))
	}
}
