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

// A check that fails at any moment takes everything back that any step
// brought, and the next plan offers the release again.
func TestRollingRelease_verifyFails(t *testing.T) {
	for _, tc := range []struct {
		name string
		at   int // the request that fails
		says []string
		back string // how the way back begins
	}{
		{"on arrival at the first step", 1, []string{"at the step of 10 %", `check "smoke" on arrival: GET`, `/healthz answered 500, want 200 to 299: "no database"`}, "RollbackInstanceRefresh"},
		{"at the end of the second pause", 4, []string{"at the step of 50 %", `check "smoke" at the end of the pause: GET`}, "RollbackInstanceRefresh"},
		{"when all have arrived", 5, []string{"at the step of 100 %", `check "smoke" on arrival: GET`}, "RollbackInstanceRefresh"},
		{"at the end of the bake, when AWS has finished", 6, []string{"at the step of 100 %", `check "smoke" at the end of the bake: GET`}, "StartInstanceRefresh"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachReading(t, tc.at > 1, func(t *testing.T, s emulator.Switches) {
				w, g, b := newRolling(t, 10, emulator.WithSwitches(s))
				p := newProbe(t, w, g, func(n int) bool { return n != tc.at })
				config := rollingConfig(g, 2, p.verified(inSteps()))
				w.Emulator.ForgetCalls()
				err := b.Apply(context.Background(), config)
				if err == nil {
					t.Fatal("the apply succeeded")
				}
				for _, words := range append(tc.says, "Release rolled back", "is back on "+g.Key(1)) {
					if !strings.Contains(err.Error(), words) {
						t.Errorf("the error does not say %q:\n%v", words, err)
					}
				}
				if err := g.Released(1, 5); err != nil {
					t.Error(err)
				}
				if got := firstBack(w); got != tc.back && !(s.BakingCannotBeRolledBack && tc.at == 5) {
					t.Errorf("the way back began with %s, want %s", got, tc.back)
				}
				if status, failure := b.Attribute("status"), b.Attribute("last_failure"); status != "rolled_back" || !strings.Contains(failure, `check "smoke"`) {
					t.Errorf("status %s, last failure %q", status, failure)
				}
				b.Read()
				if _, _, changes := b.Plan(config); !changes {
					t.Error("the next plan does not offer the release again")
				}
			})
		})
	}
}

// firstBack is the first call that takes something back.
func firstBack(w *acctest.World) string {
	for _, c := range w.Emulator.Calls() {
		if c.ErrorCode != "" {
			continue
		}
		desired, _ := c.Input["DesiredConfiguration"].(map[string]any)
		template, _ := desired["LaunchTemplate"].(map[string]any)
		if c.Operation == "RollbackInstanceRefresh" || template["Version"] == "1" {
			return c.Operation
		}
	}
	return "nothing"
}

// on_failure = "hold" leaves a release where its check failed.
func TestRollingRelease_verifyFailsAndHolds(t *testing.T) {
	for at, want := range map[int]string{1: "map[1:9 2:1]", 4: "map[1:5 2:5]", 5: "map[2:10]", 6: "map[2:10]"} {
		t.Run(fmt.Sprint("request ", at), func(t *testing.T) {
			eachReading(t, at == 5, func(t *testing.T, s emulator.Switches) {
				w, g, b := newRolling(t, 10, emulator.WithSwitches(s))
				p := newProbe(t, w, g, func(n int) bool { return n < at })
				more := p.verified(inSteps())
				more["on_failure"] = "hold"
				config := rollingConfig(g, 2, more)
				err := b.Apply(context.Background(), config)
				if err == nil || !strings.Contains(err.Error(), "Release stopped") || !strings.Contains(err.Error(), "left where it stopped") {
					t.Fatalf("ended with %v, want stopped", err)
				}
				if got := fmt.Sprint(g.Versions()); got != want || b.Attribute("status") != "failed" {
					t.Errorf("instances by version %s at status %s, want %s, failed", got, b.Attribute("status"), want)
				}
				w.Pass(50 * time.Hour)
				if got := fmt.Sprint(g.Versions()); got != want {
					t.Errorf("instances by version %s two days later, want %s", got, want)
				}
				p.answer = nil // fixed outside
				if err := b.Apply(context.Background(), config); err != nil {
					t.Fatalf("applying again: %v", err)
				}
				if got := fmt.Sprint(g.Versions()); got != "map[2:10]" || b.Attribute("status") != "promoted" {
					t.Errorf("instances by version %s at status %s, want all on 2, promoted", got, b.Attribute("status"))
				}
			})
		})
	}
}
