package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// saysAll matches texts in a diagnostic, one after the other.
func saysAll(texts ...string) *regexp.Regexp {
	var all []string
	for _, text := range texts {
		all = append(all, acctest.Says(text).String())
	}
	return regexp.MustCompile(`(?s)` + strings.Join(all, `.*`))
}

// last checks how the newest entry of the history ended.
func last(version, previous, status string) statecheck.StateCheck {
	return acctest.Has(alias, "history", knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.ObjectPartial(map[string]knownvalue.Check{
		"version": knownvalue.StringExact(version), "previous_version": knownvalue.StringExact(previous), "status": knownvalue.StringExact(status)})}))
}

// TestAccAliasPromotion_checks: a linear release under every kind of check,
// one whose errors are compared and too many, and one that nobody invokes.
func TestAccAliasPromotion_checks(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 4)
	f.NewAlias("live", "1")
	w.NewFunction(t, "judge", 0)
	for version, n := range map[string]int{"1": 0, "2": 0, "3": 3, "4": 0} {
		f.Behave(version, failsOnce(n, 50*time.Millisecond))
	}
	page, asked := w.Healthz(t)
	traffic := func(during time.Duration) func() {
		return func() { w.Emulator.ForgetCalls(); f.Traffic(t, "live", 2*time.Second, during) }
	}
	moved := func(want string) func() {
		return func() {
			if got := f.Moves(); got != want {
				t.Errorf("moved %q, want %q", got, want)
			}
			w.Emulator.ForgetCalls()
		}
	}
	const compare = `{ name = "as good", compare = { max_difference = 5, min_invocations = 20 } }`
	linear := fmt.Sprintf(`
  strategy = { steps = [25, 50, 75], pause = "5m", bake = "5m" }
  verify = [
    { name = "smoke", invoke = { payload = jsonencode({ ping = true }), status = 200, max_latency = "1s" } },
    { name = "page", http = { url = %q } },
    { name = "judge", lambda = { function_name = "judge", payload = jsonencode({ verdict = "pass" }) } },
    { name = "errors", metric = { namespace = "AWS/Lambda", name = "Errors", statistic = "Sum", threshold = 3,
      dimensions = { FunctionName = "shop-api", Resource = "shop-api:live", ExecutedVersion = "2" } } },
    %s,
  ]`, page, compare)
	const canary = `
  strategy = { steps = [10], pause = "9m" }
  timeouts = { update = "1h" }
  verify   = [` + compare + `]`
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, "")},
			{
				PreConfig: traffic(25 * time.Minute),
				Config:    promotion(w, f, 2, linear),
				ConfigPlanChecks: acctest.Plans(acctest.Known(alias, "schedule", knownvalue.ListExact([]knownvalue.Check{
					step(25, "5m"), step(50, "5m"), step(75, "5m"), step(100, "5m")}))),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), last("2", "1", "promoted")},
			},
			{ // errors of the new version against those of the old one, over the same minutes
				PreConfig: func() {
					if err := f.Promoted("live", "2", asked); err != nil {
						t.Error(err)
					}
					invoked, judged := -1, 0
					for n, c := range w.Emulator.Calls() {
						switch {
						case c.Operation == "UpdateAlias" && invoked < 0:
							t.Errorf("call %d gave version 2 traffic before it was invoked", n)
						case c.Operation == "Invoke" && c.Input["Qualifier"] == "2":
							invoked = n
						case c.Operation == "Invoke" && c.Input["FunctionName"] == "judge":
							judged++
						}
					}
					if judged < 8 { // on arrival and at the end of each step
						t.Errorf("judge was asked %d times, want 8 or more", judged)
					}
					moved("1+2:0.25 1+2:0.5 1+2:0.75 1+2:1 2")()
					traffic(12 * time.Minute)()
				},
				Config: promotion(w, f, 3, canary),
				ExpectError: saysAll("Release rolled back", "alias shop-api:live is back on version 2", `check "as good" at the end of the pause: errors per invocation of version 3:`,
					"above the 5 % that version 2 allows with 0 %", "What was found:", "version 3: ", "errors in", "last errors of version 3 in log group /aws/lambda/shop-api:", "no stock"),
			},
			{ // too few invocations tell nothing: it waits, and says for how long one would have to
				PreConfig: moved("2+3:0.1 2"),
				Config:    promotion(w, f, 4, canary),
				ExpectError: saysAll("Release rolled back", "timed out after 1h", `inconclusive: check "as good"`, "want at least 20 (min_invocations)",
					"a pause, or bake, of"),
			},
			{
				PreConfig:         moved("2+4:0.1 2"),
				Config:            promotion(w, f, 2, canary),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), last("4", "2", "rolled_back")},
			},
		},
	})
}

// TestAccAliasPromotion_holds: a release that stops where it is told to, and
// goes on when it is told to.
func TestAccAliasPromotion_holds(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 2)
	f.NewAlias("live", "1")
	at := func(hold string) string {
		return fmt.Sprintf(`strategy = { steps = [10, 50], pause = "10m", hold_at = %s }`, hold)
	}
	shares := func(old, fresh float64) statecheck.StateCheck {
		return serving(map[string]float64{"1": old, "2": fresh})
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, "")},
			{Config: promotion(w, f, 2, at("10")), ConfigStateChecks: []statecheck.StateCheck{status("held"), shares(90, 10), acctest.Is(alias, "previous_version", "1")}},
			{Config: promotion(w, f, 2, at("10")), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{Config: promotion(w, f, 2, at("50")), ConfigPlanChecks: acctest.Plans(acctest.Updates(alias)), ConfigStateChecks: []statecheck.StateCheck{status("held"), shares(50, 50)}},
			{Config: promotion(w, f, 2, at("null")), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), acctest.Is(alias, "previous_version", "1")}},
		},
	})
	if got, want := f.Moves(), "1 1+2:0.1 1+2:0.5 1+2:1 2"; got != want {
		t.Errorf("moved %q, want %q", got, want)
	}
}
