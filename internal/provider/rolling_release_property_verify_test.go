package provider_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// doubted is a verified release of which chance decides everything.
type doubted struct {
	size      int
	steps     []any
	bake      string
	onFailure string
	fails     int           // the request that fails; 0 is none
	doubts    int32         // how many of the function's answers are inconclusive
	kill      time.Duration // 0 is none
	switches  emulator.Switches
}

func doubt(seed uint64) doubted {
	random := rand.New(rand.NewPCG(seed, 11))
	d := doubted{size: 1 + random.IntN(9), bake: []string{"0s", "3m"}[random.IntN(2)], onFailure: []string{"rollback", "hold"}[random.IntN(2)]}
	d.steps = [][]any{{50}, {10, 50}, {33, 66}, {1, 2, 50}}[random.IntN(4)]
	switch random.IntN(4) {
	case 0:
		d.fails = 1 + random.IntN(2*len(d.steps)+1)
	case 1:
		d.doubts = 1 + random.Int32N(8)
	case 2:
		d.kill = time.Duration(random.IntN(3000)) * time.Second
	case 3:
		d.doubts = 1000 // never a verdict
	}
	d.switches = emulator.Switches{CheckpointsCountRemaining: random.IntN(2) == 0, RollbackKeepsEarlier: random.IntN(2) == 0,
		BakingCannotBeCancelled: random.IntN(2) == 0, BakingCannotBeRolledBack: random.IntN(2) == 0, FinalCheckpointWaits: random.IntN(2) == 0}
	return d
}

// allowance counts the passes at each number of new instances, and how many new
// ones there ever were before those passes allowed them.
type allowance struct {
	mu     sync.Mutex
	passes map[int]int
	excess string
}

func (v *allowance) passed(share int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.passes[share]++
}

// look compares what runs with the first step that has not passed twice.
func (v *allowance) look(d doubted, versions map[int]int, at time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range d.steps {
		if most := (s.(int)*d.size + 99) / 100; v.passes[most] < 2 {
			if versions[2] > most && v.excess == "" {
				v.excess = fmt.Sprintf("at %s %v, where the step of %d %% was not verified", at, versions, s)
			}
			return
		}
	}
}

// TestRollingRelease_neverBeyondItsStep: whatever checks say, and whoever is
// killed, no unverified version gets more than its step.
func TestRollingRelease_neverBeyondItsStep(t *testing.T) {
	for seed := range uint64(24) {
		d := doubt(seed)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d: %+v", seed, d)
				}
			}()
			d.run(t)
		})
	}
}

func (d doubted) run(t *testing.T) {
	w, g, b := newRolling(t, d.size, emulator.WithSwitches(d.switches))
	v := &allowance{passes: map[int]int{}}
	var asked atomic.Int32
	p := newProbe(t, w, g, func(n int) bool { return n != d.fails })
	last := newProbe(t, w, g, func(int) bool {
		if asked.Load() > d.doubts { // what comes after a doubt is no pass
			v.passed(g.Versions()[2])
		}
		return true
	})
	f := w.NewFunction(t, "journey-test", 1)
	f.Behave("$LATEST", emulator.FunctionBehaviour{Respond: func([]byte) ([]byte, string) {
		if asked.Add(1) <= d.doubts {
			return []byte(`{"verdict":"inconclusive","reason":"no orders yet"}`), ""
		}
		return []byte(`{"verdict":"pass"}`), ""
	}})
	began := w.Clock.Now()
	for at := time.Duration(0); at < 3*time.Hour; at += 20 * time.Second {
		w.Emulator.At(began.Add(at), func(call emulator.CallFunc) { v.look(d, groupVersions(t, call, g), at) })
	}
	more := p.verified(map[string]any{"steps": d.steps, "pause": "3m", "bake": d.bake},
		map[string]any{"name": "journey", "lambda": map[string]any{"function_name": f.Name}},
		map[string]any{"name": "last", "http": map[string]any{"url": last.url}})
	more["on_failure"] = d.onFailure
	config := rollingConfig(g, 2, more)
	ctx, killed := context.Background(), error(acctest.ErrKilled)
	if d.kill > 0 {
		ctx, killed = killAfter(w, d.kill)
	}
	err := b.Apply(ctx, config)
	if errors.Is(err, killed) {
		b.Restart()
		err = b.Apply(context.Background(), config)
	}
	d.holds(t, g, b, config, err)
	if v.excess != "" {
		t.Error(v.excess)
	}
}

func (d doubted) holds(t *testing.T, g *acctest.Group, b *acctest.Bench, config map[string]any, err error) {
	t.Helper()
	status := map[bool]string{true: "promoted", false: map[string]string{"rollback": "rolled_back", "hold": "failed"}[d.onFailure]}[err == nil]
	if d.doubts == 1000 {
		status = "releasing"
	}
	if got := b.Attribute("status"); got != status {
		t.Errorf("status %s, want %s: %v", got, status, err)
	}
	versions := g.Versions()
	switch {
	case (err != nil) != (d.fails > 0 || d.doubts == 1000):
		t.Errorf("apply ended with %v", err)
	case err == nil && versions[2] != d.size, status == "rolled_back" && versions[1] != d.size:
		t.Errorf("instances by version %v at status %s", versions, status)
	case err != nil && d.doubts == 1000 && !strings.Contains(err.Error(), `inconclusive: check "journey"`):
		t.Errorf("ended with %v, want the doubt told", err)
	}
	b.Read()
	if _, _, changes := b.Plan(config); changes != (err != nil) {
		t.Errorf("the next plan changes %v after %v, at status %s", changes, err, b.Attribute("status"))
	}
}
