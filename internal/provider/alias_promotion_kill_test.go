package provider_test

import (
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func aliasKillCase(switches emulator.Switches) killCase {
	return killCase{kind: "awsdeploy_alias_promotion", options: []emulator.Option{emulator.WithSwitches(switches)},
		build: func(t *testing.T, w *acctest.World) killEstate {
			f := w.NewFunction(t, "shop-api", 2)
			f.NewAlias("live", "1")
			url, asked := w.Healthz(t)
			in := func(version string) map[string]any {
				return map[string]any{"function_name": f.Name, "alias": "live", "version": version,
					"verify": []any{
						map[string]any{"name": "smoke", "invoke": map[string]any{"payload": `{"ping":true}`, "expect": `{"ping":true}`}},
						map[string]any{"name": "page", "http": map[string]any{"url": url}},
					},
					"strategy": map[string]any{"steps": []any{50}, "pause": "10s", "bake": "10s"}}
			}
			return killEstate{old: in("1"), planned: in("2"), check: func(then aftermath) error {
				if then == reverted {
					return f.Settled("live", "1")
				}
				return f.Promoted("live", "2", acctest.Invoked, asked)
			}}
		}}
}

func TestKillMatrix_aliasPromotion(t *testing.T) {
	for _, switches := range []emulator.Switches{{}, {WeightOneRefused: true}} {
		for _, then := range []aftermath{again, reverted, created} {
			runKillMatrix(t, aliasKillCase(switches), then)
		}
	}
}
