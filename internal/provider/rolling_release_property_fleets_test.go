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

// drawn is a release onto a group of any kind of which chance decides the rest.
type drawn struct {
	kind  kindOfFleet
	steps []any
	pause time.Duration
	more  map[string]any
	event string
	at    time.Duration
	kills []time.Duration // the process dies so long after each apply began
	bad   bool
}

func draw(seed uint64) drawn {
	random := rand.New(rand.NewPCG(seed, 11))
	kinds := kindsOfFleet()
	d := drawn{kind: kinds[random.IntN(len(kinds))], at: time.Duration(random.IntN(1500)) * time.Second, bad: random.IntN(4) == 0}
	d.steps = [][]any{nil, {50}, {10, 50}, {25, 75}, {1}}[random.IntN(5)]
	d.pause = []time.Duration{time.Minute, 5 * time.Minute}[random.IntN(2)]
	healthy := [][2]int{{100, 110}, {100, 200}, {90, 120}, {50, 100}}[random.IntN(4)]
	d.more = map[string]any{"min_healthy_percentage": healthy[0], "max_healthy_percentage": healthy[1], "max_failed_instances": 2,
		"bake": []string{"0s", "3m"}[random.IntN(2)]}
	if d.steps != nil {
		d.more["steps"], d.more["pause"] = d.steps, d.pause.String()
		if random.IntN(3) == 0 {
			d.more["hold_at"] = d.steps[0]
		}
	}
	d.event = []string{"nothing", "nothing", "scale-out", "scale-in", "terminated"}[random.IntN(5)]
	for range random.IntN(3) {
		d.kills = append(d.kills, time.Duration(10+random.IntN(1200))*time.Second)
	}
	return d
}

func (d drawn) String() string {
	return fmt.Sprintf("a group %s, %v, bad %v, %s after %s, killed after %v", d.kind.name, d.more, d.bad, d.event, d.at, d.kills)
}

// happens lets the event happen later.
func (d drawn) happens(t *testing.T, w *acctest.World, g *acctest.Group) {
	size := w.Emulator.Group(acctest.Region, g.Name).Desired
	switch d.event {
	case "scale-out":
		size += 3
	case "scale-in":
		size = max(0, size-2)
	case "terminated":
		for _, i := range w.Emulator.Group(acctest.Region, g.Name).Instances {
			if d.kind.reaches(g, i) {
				w.Later(t, d.at, "ec2", "TerminateInstances", map[string]any{"InstanceIds": []any{i.ID}})
				return
			}
		}
	}
	if d.event != "nothing" {
		w.Later(t, d.at, "autoscaling", "SetDesiredCapacity", map[string]any{"AutoScalingGroupName": g.Name, "DesiredCapacity": size})
	}
}

// watch looks every few seconds at how much runs version 2, and notes when more
// of it was there than a step allows before its pause had passed.
func (d drawn) watch(w *acctest.World, g *acctest.Group) (early func() string) {
	reached, said := map[int]time.Time{}, ""
	for at := time.Duration(0); at < 3*time.Hour; at += 5 * time.Second {
		w.Emulator.At(w.Virtual.Now().Add(at), func(call emulator.CallFunc) {
			out, err := call(acctest.Region, "autoscaling", "DescribeAutoScalingGroups", map[string]any{"AutoScalingGroupNames": []any{g.Name}})
			if err == nil {
				d.tell(g, out["AutoScalingGroups"].([]any)[0].(map[string]any), acctest.Start().Add(at), reached, &said)
			}
		})
	}
	return func() string { return said }
}

func (d drawn) tell(g *acctest.Group, group map[string]any, now time.Time, reached map[int]time.Time, said *string) {
	size := int(group["DesiredCapacity"].(int64))
	fresh := 0
	for _, one := range group["Instances"].([]any) {
		i := one.(map[string]any)
		spec, _ := i["LaunchTemplate"].(map[string]any)
		if spec["LaunchTemplateId"] == g.TemplateID && spec["Version"] == "2" && i["LifecycleState"] == "InService" {
			fresh++
		}
	}
	for _, s := range d.steps {
		goal := (s.(int)*size + 99) / 100
		if fresh >= goal && reached[s.(int)].IsZero() {
			reached[s.(int)] = now
		}
		if fresh > goal && now.Sub(reached[s.(int)]) < d.pause && *said == "" {
			*said = fmt.Sprintf("%d of %d ran version 2 only %s after the step of %d %%", fresh, size, now.Sub(reached[s.(int)]), s)
		}
	}
}

// TestRollingRelease_whateverTheFleet: on groups of every kind, what state
// names is what serves, no step is overrun, a success is final, and a failure
// is offered again.
func TestRollingRelease_whateverTheFleet(t *testing.T) {
	for seed := range uint64(60) {
		d := draw(seed)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d: %s", seed, d)
				}
			}()
			w := acctest.New(t)
			g, b := d.kind.make(t, w)
			if d.bad {
				g.Behave(2, emulator.Behaviour{Unhealthy: true})
			}
			d.happens(t, w, g)
			overran := func() string { return "" }
			if d.kind.overrides == nil && d.event == "nothing" { // else what a step is changes on the way
				overran = d.watch(w, g)
			}
			config := d.kind.config(g, 2, d.more)
			err := d.apply(w, b, config)
			if said := overran(); said != "" {
				t.Error(said)
			}
			d.ends(t, w, g, b, config, err)
		})
	}
}

// apply applies, again after each kill.
func (d drawn) apply(w *acctest.World, b *acctest.Bench, config map[string]any) error {
	for _, after := range d.kills {
		ctx, killed := killAfter(w, after)
		if err := b.Apply(ctx, config); !errors.Is(err, killed) {
			return err
		}
		b.Restart()
	}
	return b.Apply(context.Background(), config)
}

func (d drawn) ends(t *testing.T, w *acctest.World, g *acctest.Group, b *acctest.Bench, config map[string]any, err error) {
	t.Helper()
	reaches := 0
	for _, i := range w.Emulator.Group(acctest.Region, g.Name).Instances {
		if d.kind.reaches(g, i) {
			reaches++
		}
	}
	switch {
	case err != nil && !d.bad:
		t.Errorf("a good version failed: %v", err)
	case err == nil && d.bad && reaches > 0:
		t.Errorf("a bad version was released at status %s", b.Attribute("status"))
	case err != nil:
		d.kind.on(t, w, g, b, 1, config, "rolled_back")
	case b.Attribute("status") == "held":
		b.Read()
		if _, _, changes := b.Plan(config); changes {
			t.Errorf("the plan of what is held changes something at status %s", b.Attribute("status"))
		}
	default:
		w.Pass(time.Hour) // what scaling began is done
		d.kind.on(t, w, g, b, 2, config, "promoted")
	}
}
