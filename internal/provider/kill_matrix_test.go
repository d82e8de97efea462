package provider_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
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

// aftermath is what happens after a kill.
type aftermath string

const (
	again    aftermath = "applied again"
	reverted aftermath = "reverted"
	// created is again for a release that is not in state yet: it was killed
	// in Create, which leaves nothing there.
	created aftermath = "created again"
)

// killEstate is what a killed release was aimed at.
type killEstate struct {
	old, planned map[string]any // configurations
	group        *acctest.Group
	// check tells what is wrong when the release has ended.
	check func(then aftermath) error
}

// runKillMatrix kills the release at every call, before and after AWS acted,
// and applies again: the planned configuration, or the old one. Each cell has
// an account and a clock of its own.
func runKillMatrix(t *testing.T, c killCase, then aftermath) {
	calls := cell(t, c, 0, false, then)
	tried, survived := 0, atomic.Int32{}
	t.Run("cells", func(t *testing.T) { // ends when all of them have
		for n := 1; n <= calls; n++ {
			for _, acted := range []bool{false, true} {
				tried++
				moment := "before"
				if acted {
					moment = "after"
				}
				t.Run(fmt.Sprintf("%s call %d", moment, n), func(t *testing.T) {
					t.Parallel()
					cell(t, c, n, acted, then)
					if !t.Failed() {
						survived.Add(1)
					}
				})
			}
		}
	})
	t.Logf("kill matrix of %s, %s: %d cells tried, %d survived", c.kind, then, tried, survived.Load())
}

// cell is one kill and what follows; at 0 nothing is killed, and the release's
// calls are counted.
func cell(t *testing.T, c killCase, n int, acted bool, then aftermath) int {
	t.Helper()
	k := &acctest.Killer{}
	w := acctest.New(t, slices.Concat(c.options, []emulator.Option{emulator.OnCall(k.Hook)})...)
	estate := c.build(t, w)
	b := w.NewBench(t, c.kind)
	if then != created {
		if err := b.Apply(context.Background(), estate.old); err != nil {
			t.Fatalf("adopting: %v", err)
		}
	}
	b.Applying = k.Begin
	err := b.Apply(k.Arm(n, acted), estate.planned)
	calls, victim := k.Disarm()
	switch {
	case n == 0 && err != nil:
		t.Fatalf("the release that nobody kills: %v", err)
	case n == 0:
		return calls
	case !errors.Is(err, acctest.ErrKilled):
		t.Fatalf("apply ended with %v, want killed", err)
	}
	b.Applying = nil
	b.Restart()
	w.Pass(time.Duration(n%4) * 20 * time.Second) // the next apply does not come at once
	next := estate.planned
	if then == reverted {
		next = estate.old
	}
	if err := b.Apply(context.Background(), next); err != nil {
		t.Fatalf("killed at %s: applying again: %v", victim.Operation, err)
	}
	if err := estate.check(then); err != nil {
		t.Errorf("killed at %s: %v", victim.Operation, err)
	}
	b.Read()
	if _, _, changes := b.Plan(next); changes {
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
			check: func(then aftermath) error {
				if then == reverted {
					return g.Released(1, 2) // one there and one back
				}
				return g.Released(2, 1)
			},
		}
	}}
}

func TestKillMatrix_rollingRelease(t *testing.T) {
	runKillMatrix(t, rollingKillCase(4, map[string]any{"steps": []any{50}, "pause": "2m", "bake": "1m"}), again)
}

func TestKillMatrix_rollingReleaseReverted(t *testing.T) {
	runKillMatrix(t, rollingKillCase(4, map[string]any{"steps": []any{50}, "pause": "2m", "bake": "1m"}), reverted)
}

func TestKillMatrix_rollingReleaseCreated(t *testing.T) {
	runKillMatrix(t, rollingKillCase(3, map[string]any{"steps": []any{50}, "pause": "1m", "max_healthy_percentage": 200}), created)
}
