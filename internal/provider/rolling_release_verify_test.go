package provider_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// probe is a site that an HTTP check asks. It keeps what the group looked
// like at each request, and answers what the test says.
type probe struct {
	mu     sync.Mutex
	url    string
	seen   []string // instances by version, and the refresh's status
	answer func(n int) bool
}

// newProbe is a site that is well unless answer says otherwise of the n-th
// request.
func newProbe(t *testing.T, w *acctest.World, g *acctest.Group, answer func(n int) bool) *probe {
	p := &probe{answer: answer}
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.seen = append(p.seen, fmt.Sprintf("%s %s", w.Clock.Now().Sub(acctest.Start()).Round(time.Minute), fmt.Sprint(g.Versions())))
		if p.answer != nil && !p.answer(len(p.seen)) {
			rw.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(rw, "no database")
		}
	}))
	t.Cleanup(s.Close)
	p.url = s.URL + "/healthz"
	return p
}

// moments are the versions that each request found.
func (p *probe) moments() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, s := range p.seen {
		_, versions, _ := strings.Cut(s, " ")
		out = append(out, versions)
	}
	return strings.Join(out, " ")
}

// verified is a configuration with a check, and a strategy.
func (p *probe) verified(strategy map[string]any, more ...any) map[string]any {
	smoke := map[string]any{"name": "smoke", "http": map[string]any{"url": p.url, "attempts": 1}}
	return map[string]any{"strategy": strategy, "verify": append([]any{smoke}, more...)}
}

func inSteps() map[string]any {
	return map[string]any{"steps": []any{10, 50}, "pause": "10m", "bake": "5m"}
}

// readings are both readings of what is not established about refreshes, one
// at a time.
func readings() map[string]emulator.Switches {
	return map[string]emulator.Switches{
		"as held more likely":              {},
		"checkpoints count what remains":   {CheckpointsCountRemaining: true},
		"a bake cannot be cancelled":       {BakingCannotBeCancelled: true},
		"a bake cannot be rolled back":     {BakingCannotBeRolledBack: true},
		"a bake can be neither":            {BakingCannotBeCancelled: true, BakingCannotBeRolledBack: true},
		"a roll-back keeps what was there": {RollbackKeepsEarlier: true},
		"the last checkpoint waits":        {FinalCheckpointWaits: true},
		"templates are echoed by name":     {ConfigurationEchoesName: true},
	}
}

// eachReading runs a test under each reading; where they make no difference,
// under the first alone.
func eachReading(t *testing.T, differ bool, test func(t *testing.T, s emulator.Switches)) {
	all := readings()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if differ || all[name] == (emulator.Switches{}) {
			t.Run(name, func(t *testing.T) { test(t, all[name]) })
		}
	}
}

// Every step is checked when it has arrived and at the end of its pause, and
// nothing goes beyond it before.
func TestRollingRelease_verify(t *testing.T) {
	eachReading(t, true, func(t *testing.T, s emulator.Switches) {
		w, g, b := newRolling(t, 10, emulator.WithSwitches(s))
		w.Emulator.ForgetCalls()
		p := newProbe(t, w, g, nil)
		config := rollingConfig(g, 2, p.verified(inSteps()))
		if err := b.Apply(context.Background(), config); err != nil {
			t.Fatal(err)
		}
		if got, want := p.moments(), "map[1:9 2:1] map[1:9 2:1] map[1:5 2:5] map[1:5 2:5] map[2:10] map[2:10]"; got != want {
			t.Errorf("checked %s, want %s", got, want)
		}
		if err := g.Released(2, 3); err != nil {
			t.Error(err)
		}
		if got := b.Attribute("status"); got != "promoted" {
			t.Errorf("status %s", got)
		}
		b.Read()
		if _, _, changes := b.Plan(config); changes {
			t.Error("the next plan is not empty")
		}
	})
}
