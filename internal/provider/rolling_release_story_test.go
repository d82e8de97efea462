package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestAccRollingRelease_heldAdoptedDrifted goes through the CLI where others
// have their hands in it: a release that holds and goes on, one that somebody
// else began, and a group that another tool took elsewhere.
func TestAccRollingRelease_heldAdoptedDrifted(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 4, nil)
	third := g.NewVersion()
	start := func(version string) {
		w.Call(t, "autoscaling", "StartInstanceRefresh", map[string]any{"AutoScalingGroupName": g.Name,
			"DesiredConfiguration": map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": version}},
			"Preferences":          map[string]any{"AutoRollback": true, "SkipMatching": true, "MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}})
	}
	half := acctest.Has(web, "live", knownvalue.MapExact(map[string]knownvalue.Check{g.Key(1): knownvalue.Float64Exact(50), g.Key(2): knownvalue.Float64Exact(50)}))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: rolling(w, g, 1, "")},
			{
				Config:            rolling(w, g, 2, `strategy = { steps = [50], pause = "1m", hold_at = 50 }`),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "held"), half},
			},
			{
				Config:            rolling(w, g, 2, `strategy = { steps = [50], pause = "1m" }`),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 2)},
			},
			{ // what somebody began is followed, and not begun again
				PreConfig:         func() { w.Emulator.ForgetCalls(); start("3") },
				Config:            rolling(w, g, third, ""),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, third), acctest.Is(web, "previous_version", g.Key(2))},
			},
			{ // another tool's release is no secret, and is put right
				PreConfig: func() {
					if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n != 0 {
						t.Errorf("%d refreshes were started beside the other one", n)
					}
					start("1")
					w.Pass(2 * 60 * acctest.Warmup)
				},
				Config:            rolling(w, g, third, ""),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(web), acctest.Unknown(web, "live")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, third)},
			},
		},
	})
}

// TestAccRollingRelease_previewed: the plan's warning, as the CLI shows it.
func TestAccRollingRelease_previewed(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 2, nil)
	s := newShell(t, rolling(w, g, 2, `strategy = { steps = [10, 50], pause = "10m", bake = "5m" }`))
	out := s.run("plan")
	s.says(out, "Release onto shop-web", "2 instances in scope; live: "+g.Key(1)+" 100 %", "0 of them run "+g.Key(2)+" already, 2 are to be replaced",
		"Steps: 10 % for 10m, then 50 % for 10m, then 100 % for 5m")
	if n := strings.Count(out, "Warning:"); n != 2 { // the other is the CLI's, of the provider's override
		t.Errorf("%d warnings, want one of the group's name:\n%s", n, out)
	}
}
