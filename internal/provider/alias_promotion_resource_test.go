package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

const alias = "awsdeploy_alias_promotion.live"

// promotion is a release of a version onto the alias live of a function; more
// goes inside the block.
func promotion(w *acctest.World, f *acctest.Function, version int, more string) string {
	return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_alias_promotion" "live" {
  function_name = %q
  alias         = "live"
  version       = "%d"
%s
}
`, f.Name, version, more)
}

const canary = `
  strategy = { steps = [10, 50], pause = "10m", bake = "15m" }`

// serving checks live: shares by version.
func serving(shares map[string]float64) statecheck.StateCheck {
	want := map[string]knownvalue.Check{}
	for version, share := range shares {
		want[version] = knownvalue.Float64Exact(share)
	}
	return acctest.Has(alias, "live", knownvalue.MapExact(want))
}

func only(version string) statecheck.StateCheck { return serving(map[string]float64{version: 100}) }

func status(want string) statecheck.StateCheck { return acctest.Is(alias, "status", want) }

func TestAccAliasPromotion_releases(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 3)
	var began time.Time
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{ // an alias that does not exist is created at once, without steps
				Config:           promotion(w, f, 1, canary),
				ConfigPlanChecks: acctest.Plans(acctest.Creates(alias)),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1"),
					acctest.Has(alias, "previous_version", knownvalue.Null()), acctest.Is(alias, "driver", "direct"), acctest.Is(alias, "last_failure", "")},
			},
			{
				PreConfig: func() {
					if got := f.Moves(); got != "1" {
						t.Errorf("moved %q, want the alias created on 1", got)
					}
					w.Emulator.ForgetCalls()
					began = w.Virtual.Now()
				},
				Config: promotion(w, f, 2, canary),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(alias), acctest.Unknown(alias, "live"), acctest.Unknown(alias, "status"),
					acctest.Known(alias, "schedule", knownvalue.ListExact([]knownvalue.Check{step(10, "10m"), step(50, "10m"), step(100, "15m")}))),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), acctest.Is(alias, "previous_version", "1")},
			},
			{ // another spelling is no change
				PreConfig: func() {
					if got, want := f.Moves(), "1+2:0.1 1+2:0.5 1+2:1 2"; got != want {
						t.Errorf("moved %q, want %q", got, want)
					}
					if took := w.Virtual.Now().Sub(began); took < 35*time.Minute || took > 38*time.Minute {
						t.Errorf("took %s, want 35m of pauses and bake, and little more", took)
					}
					w.Emulator.ForgetCalls()
				},
				Config:           promotion(w, f, 2, `strategy = { steps = [10, 50], pause = "600s", bake = "15m" }`),
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
			{ // settings change state only
				Config:            promotion(w, f, 2, `timeouts = { update = "3h" }`),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(alias)),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
			},
			{ // going back takes the fast lane
				PreConfig: func() { began = w.Virtual.Now() },
				Config:    promotion(w, f, 1, canary),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1"),
					acctest.Is(alias, "previous_version", "2")},
			},
			{ResourceName: alias, ImportState: true, ImportStateId: "shop-api:live", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "alias",
				ImportStateVerifyIgnore: []string{"strategy", "schedule", "alarms_firing", "on_failure", "on_interrupt", "on_active", "driver",
					"previous_version", "release_id", "last_failure", "history"}},
		},
	})
	if got, want := f.Moves(), "2+1:1 1"; got != want {
		t.Errorf("going back moved %q, want %q", got, want)
	}
	if took := w.Virtual.Now().Sub(began); took > time.Minute {
		t.Errorf("going back took %s", took)
	}
	if got := f.Serves("live"); got != "1" {
		t.Errorf("after the destroy the alias serves %s, want it left as it was", got)
	}
}

func TestAccAliasPromotion_alarmRollsBack(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 2)
	f.NewAlias("live", "1")
	w.NewAlarm(t, "shop-5xx")
	const guarded = canary + `
  alarms = ["shop-5xx"]`
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, guarded), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1")}},
			{
				PreConfig: func() {
					w.Later(t, 6*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{
						"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx above 1 percent"})
				},
				Config:      promotion(w, f, 2, guarded),
				ExpectError: acctest.Says(`version 2 failed at the step of 10 %: alarm "shop-5xx" is in ALARM: 5xx above 1 percent`),
			},
			{ // state keeps the old version, so the new one is offered again
				PreConfig: func() {
					if got := f.Moves(); got != "1 1+2:0.1 1" {
						t.Errorf("moved %s", got)
					}
					w.SetAlarm(t, "shop-5xx", "OK", "quiet")
				},
				Config:            promotion(w, f, 2, guarded),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(alias)),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), acctest.Is(alias, "last_failure", "")},
			},
		},
	})
}
