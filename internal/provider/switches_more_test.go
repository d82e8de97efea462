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

// TestSwitches_noRoom: groups in which AWS may have to terminate before it
// launches. Never more than one instance is missing, and none where it may
// launch first.
func TestSwitches_noRoom(t *testing.T) {
	for name, switches := range map[string]emulator.Switches{
		"launches first": {}, "one terminates first": {SingleInstanceTerminatesFirst: true}, "stops at MaxSize": {SurgeStopsAtMaxSize: true},
	} {
		for _, size := range []int{1, 3} {
			for _, bad := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %d instances, bad %v", name, size, bad), func(t *testing.T) {
					w := acctest.New(t, emulator.WithSwitches(switches))
					g := w.NewGroup(t, "shop-web", size, map[string]any{"MaxSize": size})
					b := w.NewBench(t, "awsdeploy_rolling_release")
					ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
					config, want, says := rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"max_failed_instances": 1}}), 2, ""
					if bad {
						g.Behave(2, emulator.Behaviour{Unhealthy: true})
						want, says = 1, "Release rolled back"
					}
					ends(t, b.Apply(context.Background(), config), says)
					if v := g.Versions(); v[want] != size || len(v) != 1 {
						t.Errorf("instances by version %v, want all on %d", v, want)
					}
					floor := size
					if switches.SurgeStopsAtMaxSize || size == 1 && switches.SingleInstanceTerminatesFirst {
						floor--
					}
					if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < floor {
						t.Errorf("capacity fell to %d, want at least %d", low, floor)
					}
				})
			}
		}
	}
}

// TestSwitches_aliasPromotion: the same releases end alike under each reading
// of what Lambda does with weights.
func TestSwitches_aliasPromotion(t *testing.T) {
	provisioned := emulator.Switches{WeightsRefusedWhenProvisioned: true}
	for name, switches := range map[string]emulator.Switches{
		"none": {}, "WeightOneRefused": {WeightOneRefused: true}, "WeightZeroRefused": {WeightZeroRefused: true}, "WeightsRefusedWhenProvisioned": provisioned, "both": {WeightOneRefused: true, WeightsRefusedWhenProvisioned: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAliasBench(t, emulator.WithSwitches(switches))
			if err := b.apply(2, stepwise(nil)); err != nil {
				t.Fatalf("a good one: %v", err)
			}
			b.quiet(2, stepwise(nil))
			b.f.Behave("3", broken())
			b.fails(3, smoke(stepwise(nil)), "Release rolled back")
			if got := b.f.Serves("live"); got != "2" {
				t.Errorf("after a bad one the alias serves %s, want 2", got)
			}
			b.killed(12*time.Minute, 4, stepwise(nil))
			if err := b.apply(4, stepwise(nil)); err != nil {
				t.Fatalf("killed and adopted: %v", err)
			}
			b.quiet(4, stepwise(nil))
			if err := b.f.Settled("live", "4"); err != nil {
				t.Error(err)
			}
			b.w.Call(t, "lambda", "PutProvisionedConcurrencyConfig", map[string]any{"FunctionName": b.f.Name, "Qualifier": "live", "ProvisionedConcurrentExecutions": 1})
			b.w.Pass(10 * time.Minute)
			// Whether Lambda would take the weights is not established: the
			// plan refuses them in either case.
			if err := b.Refused(b.in(3, stepwise(nil))); err == nil || !strings.Contains(err.Error(), "Alias carries provisioned concurrency") {
				t.Errorf("with provisioned concurrency: %v", err)
			}
			if got := b.f.Serves("live"); got != "4" {
				t.Errorf("after the refusal the alias serves %s, want 4", got)
			}
		})
	}
}
