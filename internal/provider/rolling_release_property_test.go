package provider_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// disturbed is a release of which chance decides everything, and what happens
// in the middle of it.
type disturbed struct {
	size, then int // the desired capacity, before and after the event
	low, high  int // the healthy percentages
	strategy   map[string]any
	event      string
	at         time.Duration
}

// chance draws a release; the same seed draws the same one.
func chance(seed uint64) disturbed {
	random := rand.New(rand.NewPCG(seed, 7))
	d := disturbed{size: 1 + random.IntN(12), at: time.Duration(random.IntN(1200)) * time.Second}
	percentages := [][2]int{{100, 110}, {100, 200}, {90, 110}, {50, 100}, {75, 125}}[random.IntN(5)]
	d.low, d.high = percentages[0], percentages[1]
	d.strategy = map[string]any{"min_healthy_percentage": d.low, "max_healthy_percentage": d.high, "max_failed_instances": 2,
		"bake": []string{"0s", "2m", "10m"}[random.IntN(3)]}
	if steps := [][]any{nil, {50}, {10, 50}, {33, 66}, {1}}[random.IntN(5)]; steps != nil {
		d.strategy["steps"], d.strategy["pause"] = steps, []string{"30s", "3m", "10m"}[random.IntN(3)]
	}
	d.event = []string{"nothing", "scale-out", "scale-in", "an instance terminated", "an alarm", "a kill", "a bad version"}[random.IntN(7)]
	switch d.then = d.size; d.event {
	case "scale-out":
		d.then += 1 + random.IntN(3)
	case "scale-in":
		d.then = max(1, d.size-1-random.IntN(3))
	}
	return d
}

func (d disturbed) String() string {
	return fmt.Sprintf("%d instances (%d later), %d-%d %%, %v, %s at %s", d.size, d.then, d.low, d.high, d.strategy, d.event, d.at)
}

// floor is the fewest instances that may be in service.
func (d disturbed) floor() int {
	n := min(d.size, d.then)
	floor := (n*d.low + 99) / 100
	if d.low < 100 && d.high == 100 && floor == n {
		floor-- // no room: one is replaced all the same
	}
	switch d.event {
	case "an instance terminated":
		floor--
	case "scale-in":
		floor -= d.size - d.then // whoever scales in takes what serves, whatever a refresh keeps
	}
	return floor
}

// happen brings the event about, now or later.
func (d disturbed) happen(t *testing.T, w *acctest.World, g *acctest.Group) (context.Context, error) {
	switch d.event {
	case "scale-out", "scale-in":
		w.Later(t, d.at, "autoscaling", "SetDesiredCapacity", map[string]any{"AutoScalingGroupName": g.Name, "DesiredCapacity": d.then})
	case "an instance terminated":
		victim := w.Emulator.Group(acctest.Region, g.Name).Instances[0].ID
		w.Later(t, d.at, "ec2", "TerminateInstances", map[string]any{"InstanceIds": []any{victim}})
	case "an alarm":
		w.Later(t, d.at, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
	case "a kill":
		return killAfter(w, d.at)
	case "a bad version":
		g.Behave(2, emulator.Behaviour{Unhealthy: true})
	}
	return context.Background(), acctest.ErrKilled
}

// TestRollingRelease_whateverHappens: capacity holds, what state names is what
// serves, a success is final, and a failure is offered again.
func TestRollingRelease_whateverHappens(t *testing.T) {
	for seed := range uint64(70) {
		d := chance(seed)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d: %s", seed, d)
				}
			}()
			w := acctest.New(t)
			g := w.NewGroup(t, "shop-web", d.size, map[string]any{"MaxSize": 40})
			w.NewAlarm(t, "shop-5xx")
			b := w.NewBench(t, "awsdeploy_rolling_release")
			config := rollingConfig(g, 2, map[string]any{"alarms": []any{"shop-5xx"}, "strategy": d.strategy})
			ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
			ctx, killed := d.happen(t, w, g)
			err := b.Apply(ctx, config)
			if errors.Is(err, killed) {
				b.Restart()
				err = b.Apply(context.Background(), config)
			}
			d.holds(t, w, g, b, config, err)
		})
	}
}

func (d disturbed) holds(t *testing.T, w *acctest.World, g *acctest.Group, b *acctest.Bench, config map[string]any, err error) {
	t.Helper()
	want, status := 2, "promoted"
	if err != nil {
		want, status = 1, "rolled_back"
	}
	if fails := d.event == "a bad version"; fails && err == nil || err != nil && !fails && d.event != "an alarm" {
		t.Errorf("apply ended with %v", err)
	}
	for _, i := range w.Emulator.Group(acctest.Region, g.Name).Instances {
		if i.Lifecycle == "InService" && i.LaunchTemplateVersion != int64(want) {
			t.Errorf("instance %s serves version %d at status %s: %v", i.ID, i.LaunchTemplateVersion, b.Attribute("status"), err)
		}
	}
	if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < d.floor() {
		t.Errorf("%d in service, want at least %d", low, d.floor())
	}
	if got := b.Attribute("status"); got != status {
		t.Errorf("status %s, want %s: %v", got, status, err)
	}
	b.Read()
	if _, _, changes := b.Plan(config); changes != (err != nil) {
		t.Errorf("the next plan changes %v after %v, at status %s", changes, err, b.Attribute("status"))
	}
}
