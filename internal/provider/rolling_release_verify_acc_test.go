package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// A release whose steps are verified, one whose check fails at the second
// step, and the same again when the application is well.
func TestAccRollingRelease_verify(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 10, nil)
	broken := false
	p := newProbe(t, w, g, func(int) bool { return !broken || g.Versions()[3] < 5 })
	f := w.NewFunction(t, "journey-test", 1)
	f.Behave("$LATEST", emulator.FunctionBehaviour{Respond: func([]byte) ([]byte, string) { return []byte(`{"verdict":"pass","reason":"12 orders"}`), "" }})
	verified := fmt.Sprintf(`
  strategy = { steps = [10, 50], pause = "10m", bake = "5m" }
  verify = [
    { name = "smoke", http = { url = %q, status = 200, max_latency = "5s", headers = { Authorization = "Bearer s3cret" } } },
    { name = "journey", lambda = { function_name = "journey-test", payload = jsonencode({ target = "web" }) } },
    { name = "errors", metric = { namespace = "AWS/Lambda", name = "Errors", dimensions = { FunctionName = "journey-test" }, statistic = "Sum", threshold = 0, window = "30m" } },
  ]`, p.url)
	g.NewVersion()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: rolling(w, g, 1, "")},
			{
				Config:            rolling(w, g, 2, verified),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(web), acctest.Unknown(web, "live")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 2)},
			},
			{Config: rolling(w, g, 2, verified), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				PreConfig: func() { broken = true },
				Config:    rolling(w, g, 3, verified),
				ExpectError: acctest.Says("Auto Scaling group shop-web is back on " + g.Key(2) + ": " + g.Key(3) + ` failed at the step of 50 %: check "smoke" on arrival: GET ` +
					p.url + ` answered 500, want 200: "no database" (the last of 3 attempts).`),
			},
			{ // state tells what serves, and the next plan offers the release again
				Config: rolling(w, g, 3, verified), PlanOnly: true, ExpectNonEmptyPlan: true,
			},
			{
				PreConfig:         func() { broken = false },
				Config:            rolling(w, g, 3, verified),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 3), acctest.Is(web, "last_failure", "")},
			},
		},
	})
	want := "map[1:9 2:1] map[1:9 2:1] map[1:5 2:5] map[1:5 2:5] map[2:10] map[2:10] " + // passes
		"map[2:9 3:1] map[2:9 3:1] map[2:5 3:5] map[2:5 3:5] map[2:5 3:5] " + // three attempts at the step that fails
		"map[2:9 3:1] map[2:9 3:1] map[2:5 3:5] map[2:5 3:5] map[3:10] map[3:10]"
	if got := p.moments(); got != want {
		t.Errorf("checked\n%s, want\n%s", got, want)
	}
}

func TestAccRollingRelease_verifyRefused(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 1, nil)
	w.Refuses(t, rolling(w, g, 2, `
  strategy = { skip_matching = false }
  verify   = [{ name = "smoke", http = { url = "shop.example.com" } }, { name = "smoke", lambda = { function_name = "journey test" } }]`),
		"strategy.skip_matching = false cannot be combined with strategy.steps or verify",
		`verify: check "smoke": there are two of this name.`,
		`verify: check "smoke": http.url is no URL to ask.`,
		`"journey test" is no function; give its name`)
}
