package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

const web = "awsdeploy_rolling_release.web"

// rolling is a release of a version onto a group; more goes inside the block.
func rolling(w *acctest.World, g *acctest.Group, version int, more string) string {
	return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = %q
  launch_template        = { id = %q, version = "%d" }
%s
}
`, g.Name, g.TemplateID, version, more)
}

func live(g *acctest.Group, version int) statecheck.StateCheck {
	return acctest.Has(web, "live", knownvalue.MapExact(map[string]knownvalue.Check{g.Key(version): knownvalue.Float64Exact(100)}))
}

func TestAccRollingRelease_releases(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 6, nil)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{ // what serves already is adopted, and nothing is started
				Config: rolling(w, g, 1, ""),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 1),
					acctest.Has(web, "previous_version", knownvalue.Null())},
			},
			{
				Config: rolling(w, g, 2, `strategy = { steps = [10, 50], pause = "10m", bake = "15m" }`),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(web), acctest.Unknown(web, "live"), acctest.Unknown(web, "status"),
					acctest.Known(web, "schedule", knownvalue.ListExact([]knownvalue.Check{
						step(10, "10m"), step(50, "10m"), step(100, "15m"),
					}))),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 2), acctest.Is(web, "previous_version", g.Key(1))},
			},
			{
				Config:           rolling(w, g, 2, `strategy = { steps = [10, 50], pause = "600s", bake = "15m" }`),
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
			{ // settings change state only
				Config:            rolling(w, g, 2, `timeouts = { update = "3h" }`),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(web)),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted")},
			},
			{ResourceName: web, ImportState: true, ImportStateId: g.Name, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "autoscaling_group_name",
				ImportStateVerifyIgnore: []string{"strategy", "schedule", "timeouts", "alarms_firing", "on_failure", "on_interrupt", "on_active", "previous_version", "release_id", "last_failure"}},
		},
	})
	if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n != 1 {
		t.Errorf("%d refreshes were started, want 1", n)
	}
	if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < 6 {
		t.Errorf("capacity fell to %d, want never below 6", low)
	}
}

func step(percent int64, pause string) knownvalue.Check {
	return knownvalue.ObjectExact(map[string]knownvalue.Check{"percent": knownvalue.Int64Exact(percent), "pause": knownvalue.StringExact(pause)})
}

func TestAccRollingRelease_alarmRollsBack(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 6, nil)
	w.NewAlarm(t, "shop-5xx")
	const guarded = `
  alarms   = ["shop-5xx"]
  strategy = { steps = [50], pause = "10m" }`
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: rolling(w, g, 1, guarded)},
			{ // a bad version goes back, and says why
				PreConfig: func() {
					w.Later(t, 6*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{
						"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx above 1 percent"})
				},
				Config:      rolling(w, g, 2, guarded),
				ExpectError: acctest.Says("shop-5xx is in ALARM: 5xx above 1 percent"),
			},
			{ // back on the old version; the new one is offered again, and the alarm refuses it
				PreConfig: func() {
					if v := g.Versions(); v[1] != 6 || v[2] != 0 {
						t.Errorf("instances by version %v, want all on 1", v)
					}
				},
				Config:           rolling(w, g, 2, guarded),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(web)),
				ExpectError:      acctest.Says("Alarm already firing"),
			},
			{ // the fix gets out
				Config:            rolling(w, g, 2, guarded+"\n  alarms_firing = \"ignore\""),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 2)},
			},
		},
	})
}

func TestAccRollingRelease_unhealthyInstances(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 4, nil)
	g.Behave(2, emulator.Behaviour{Boot: 20 * time.Second, Unhealthy: true, Console: "booting\npanic: no database"})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: rolling(w, g, 1, "")},
			{
				Config:      rolling(w, g, 2, `strategy = { max_failed_instances = 2 }`),
				ExpectError: acctest.Says("2 new instances were given up as unhealthy"),
			},
			{ // state keeps what is live
				Config:            rolling(w, g, 1, ""),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(web)),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 1)},
			},
		},
	})
}

// The reason of an unhealthy target is gone once it drains; the diagnostic has
// it all the same.
func TestAccRollingRelease_unhealthyTargets(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 4, map[string]any{"HealthCheckType": "ELB", "HealthCheckGracePeriod": 120, "TargetGroupARNs": []any{w.NewTargetGroup(t, "web")}})
	g.Behave(2, emulator.Behaviour{Boot: 20 * time.Second, Unhealthy: true, ApplicationOnly: true, HealthReason: "[503]"})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: rolling(w, g, 1, "")},
			{
				Config:      rolling(w, g, 2, `strategy = { max_failed_instances = 2 }`),
				ExpectError: acctest.Says("was unhealthy in its target group: Target.ResponseCodeMismatch: Health checks failed with these codes: [503]"),
			},
		},
	})
}
