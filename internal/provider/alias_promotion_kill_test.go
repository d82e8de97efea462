package provider_test

import (
	"fmt"
	"testing"
	"time"

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

// TestKillMatrix_aliasPromotionProvided kills a promotion that provides
// concurrency, compares versions and reads metrics.
func TestKillMatrix_aliasPromotionProvided(t *testing.T) {
	c := killCase{kind: "awsdeploy_alias_promotion", build: func(t *testing.T, w *acctest.World) killEstate {
		f := w.NewFunction(t, "shop-api", 2)
		f.NewAlias("live", "1")
		f.Traffic(t, "live", 5*time.Second, 2*time.Hour)
		in := func(version string) map[string]any {
			return map[string]any{"function_name": f.Name, "alias": "live", "version": version, "provisioned_concurrent_executions": 2,
				"verify": []any{
					map[string]any{"name": "as good", "compare": map[string]any{"max_difference": 1, "min_invocations": 5}},
					map[string]any{"name": "few errors", "metric": map[string]any{"namespace": "AWS/Lambda", "name": "Errors", "statistic": "Sum", "threshold": 5,
						"dimensions": map[string]any{"FunctionName": "shop-api", "Resource": "shop-api:live", "ExecutedVersion": version}}},
				},
				"strategy": map[string]any{"steps": []any{50}, "pause": "2m", "bake": "2m"}}
		}
		return killEstate{old: in("1"), planned: in("2"), check: func(then aftermath) error {
			want := map[aftermath]string{again: "2", reverted: "1"}[then]
			if err := f.Settled("live", want); err != nil {
				return err
			}
			if got := f.Provisioned(); got != want+":2" {
				return fmt.Errorf("provisioned concurrency is on %q, want it on version %s", got, want)
			}
			return nil
		}}
	}}
	runKillMatrix(t, c, again)
}

func TestKillMatrix_aliasPromotion(t *testing.T) {
	for _, switches := range []emulator.Switches{{}, {WeightOneRefused: true}} {
		for _, then := range []aftermath{again, reverted, created} {
			runKillMatrix(t, aliasKillCase(switches), then)
		}
	}
}
