package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func aliasKillCase(switches emulator.Switches) killCase {
	return killCase{kind: "awsdeploy_alias_promotion", options: []emulator.Option{emulator.WithSwitches(switches)},
		build: func(t *testing.T, w *acctest.World) killEstate {
			f := w.NewFunction(t, "shop-api", 2)
			f.NewAlias("live", "1")
			in := func(version string) map[string]any {
				return smoke(map[string]any{"function_name": f.Name, "alias": "live", "version": version,
					"strategy": map[string]any{"steps": []any{50}, "pause": "10s", "bake": "10s"}})
			}
			return killEstate{old: in("1"), planned: in("2"), check: func(reverted bool) error {
				return aliasHolds(w, f, reverted)
			}}
		}}
}

// aliasHolds checks an alias after a release that was killed.
func aliasHolds(w *acctest.World, f *acctest.Function, reverted bool) error {
	want := map[bool]string{false: "2", true: "1"}[reverted]
	if got := f.Serves("live"); got != want {
		return fmt.Errorf("the alias serves %s, want %s", got, want)
	}
	moves := strings.Fields(f.Moves())
	for n := 1; n < len(moves); n++ {
		if moves[n] == moves[n-1] {
			return fmt.Errorf("moved twice to the same: %v", moves)
		}
	}
	last := ""
	for _, c := range w.Emulator.Calls() {
		if c.Operation == "Invoke" || c.Operation == "UpdateAlias" && fmt.Sprint(c.Input["RoutingConfig"]) != "map[AdditionalVersionWeights:map[]]" {
			last = c.Operation
		}
	}
	if last != "Invoke" && !reverted {
		return fmt.Errorf("no check ran after the last weight arrived: moved %v", moves)
	}
	return nil
}

func TestKillMatrix_aliasPromotion(t *testing.T) {
	for _, switches := range []emulator.Switches{{}, {WeightOneRefused: true}} {
		for _, reverted := range []bool{false, true} {
			runKillMatrix(t, aliasKillCase(switches), reverted)
		}
	}
}
