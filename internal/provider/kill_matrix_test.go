package provider_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// killCase is a release that is killed at every one of its calls in turn.
type killCase struct {
	kind    string
	options []emulator.Option
	// build makes the estate, with the old version live.
	build func(t *testing.T, w *acctest.World) killEstate
}

// killEstate is what a killed release was aimed at.
type killEstate struct {
	old, planned map[string]any // configurations
	group        *acctest.Group
	// check tells what is wrong when the configuration should be live.
	check func(reverted bool) error
}

// matrix counts the cells of a kill matrix.
type matrix struct{ tried, survived int }

// runKillMatrix kills the release at every call, before and after AWS acted,
// and applies again: the planned configuration, or the old one.
func runKillMatrix(t *testing.T, c killCase, reverted bool) {
	calls := cell(t, c, 0, false, reverted, nil)
	var m matrix
	for n := 1; n <= calls; n++ {
		for _, acted := range []bool{false, true} {
			m.tried++
			moment := "before"
			if acted {
				moment = "after"
			}
			if t.Run(fmt.Sprintf("%s call %d", moment, n), func(t *testing.T) { cell(t, c, n, acted, reverted, &m) }) {
				m.survived++
			}
		}
	}
	t.Logf("kill matrix of %s, reverted %v: %d cells tried, %d survived", c.kind, reverted, m.tried, m.survived)
}

// cell is one kill and what follows; at 0 nothing is killed, and the release's
// calls are counted.
func cell(t *testing.T, c killCase, n int, acted, reverted bool, m *matrix) int {
	t.Helper()
	k := &acctest.Killer{}
	w := acctest.New(t, append(c.options, emulator.OnCall(k.Hook))...)
	estate := c.build(t, w)
	b := w.NewBench(t, c.kind)
	if err := b.Apply(context.Background(), estate.old); err != nil {
		t.Fatalf("adopting: %v", err)
	}
	b.Applying = k.Begin
	err := b.Apply(k.Arm(n, acted), estate.planned)
	calls, victim := k.Disarm()
	switch {
	case m == nil && err != nil:
		t.Fatalf("the release that nobody kills: %v", err)
	case m == nil:
		return calls
	case !errors.Is(err, acctest.ErrKilled):
		t.Fatalf("apply ended with %v, want killed", err)
	}
	b.Applying = nil
	b.Restart()
	w.Pass(time.Duration(n%4) * 20 * time.Second) // the next apply does not come at once
	again := estate.planned
	if reverted {
		again = estate.old
	}
	if err := b.Apply(context.Background(), again); err != nil {
		t.Fatalf("killed at %s: applying again: %v", victim.Operation, err)
	}
	if err := estate.check(reverted); err != nil {
		t.Errorf("killed at %s: %v", victim.Operation, err)
	}
	b.Read()
	if _, _, changes := b.Plan(again); changes {
		t.Errorf("killed at %s: the next plan is not empty; status %s", victim.Operation, b.Attribute("status"))
	}
	return calls
}

func rollingKillCase(size int, strategy map[string]any) killCase {
	return killCase{kind: "awsdeploy_rolling_release", build: func(t *testing.T, w *acctest.World) killEstate {
		g := w.NewGroup(t, "shop-web", size, nil)
		more := map[string]any{"strategy": strategy}
		return killEstate{
			old: rollingConfig(g, 1, more), planned: rollingConfig(g, 2, more), group: g,
			check: func(reverted bool) error { return rollingHolds(w, g, reverted) },
		}
	}}
}

// rollingHolds checks a group after a release that was killed.
func rollingHolds(w *acctest.World, g *acctest.Group, reverted bool) error {
	want, size := 2, 0
	if reverted {
		want = 1
	}
	versions := g.Versions()
	for _, n := range versions {
		size += n
	}
	view := w.Emulator.Group(acctest.Region, g.Name)
	starts := 0
	for _, c := range w.Emulator.Calls() {
		if c.Operation == "StartInstanceRefresh" && c.Acted && c.ErrorCode == "" {
			starts++
		}
	}
	switch {
	case versions[want] != size || size != view.Desired:
		return fmt.Errorf("instances by version %v of %d, want all on %d", versions, view.Desired, want)
	case view.LaunchTemplateVersion != fmt.Sprint(want):
		return fmt.Errorf("the group launches version %s, want %d", view.LaunchTemplateVersion, want)
	case !reverted && starts != 1:
		return fmt.Errorf("%d refreshes were started, want 1", starts)
	case starts > 2:
		return fmt.Errorf("%d refreshes were started, want one there and one back", starts)
	}
	if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < view.Desired {
		return fmt.Errorf("capacity fell to %d of %d", low, view.Desired)
	}
	return nil
}

func TestKillMatrix_rollingRelease(t *testing.T) {
	runKillMatrix(t, rollingKillCase(4, map[string]any{"steps": []any{50}, "pause": "2m", "bake": "1m"}), false)
}

func TestKillMatrix_rollingReleaseReverted(t *testing.T) {
	runKillMatrix(t, rollingKillCase(4, map[string]any{"steps": []any{50}, "pause": "2m", "bake": "1m"}), true)
}
