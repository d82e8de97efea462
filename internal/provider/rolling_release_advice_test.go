package provider_test

import (
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestRollingRelease_preflightOfWeights: a single instance may be all of it.
func TestRollingRelease_preflightOfWeights(t *testing.T) {
	for _, k := range kindsOfFleet() {
		if !strings.HasPrefix(k.name, "weighted") {
			continue
		}
		g, b := k.make(t, acctest.New(t))
		b.Plan(k.config(g, 2, nil))
		said := strings.Join(b.Warnings, "\n")
		if warned := strings.Contains(said, "desires 2 units, and an instance may have a weight of 4"); warned != (k.size == 2) {
			t.Errorf("%s, of %d units: the plan warns of\n%s", k.name, k.size, said)
		}
	}
}

// TestRollingRelease_previewOfTheWayBack tells its steps where it takes some.
func TestRollingRelease_previewOfTheWayBack(t *testing.T) {
	for want, strategy := range map[string]map[string]any{
		"takes no steps and no bake": {"steps": []any{50}, "pause": "1m"},
		"takes steps: 50 % for 1m":   {"steps": []any{50}, "pause": "1m", "rollback_steps": []any{50}},
	} {
		w := acctest.New(t)
		g := w.NewGroup(t, "shop-web", 4, nil)
		b := w.NewBench(t, "awsdeploy_rolling_release")
		more := map[string]any{"strategy": strategy}
		for _, version := range []int{1, 2} {
			if err := b.Apply(t.Context(), rollingConfig(g, version, more)); err != nil {
				t.Fatal(err)
			}
		}
		b.Plan(rollingConfig(g, 1, more))
		if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "The way back to "+g.Key(1)+" "+want) {
			t.Errorf("the plan does not say %q:\n%s", want, said)
		}
	}
}
