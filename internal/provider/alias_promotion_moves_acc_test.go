package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAccAliasPromotion_moves: every move is made under the alias's revision;
// what was sent twice is ours, and what somebody else moved is never fought.
func TestAccAliasPromotion_moves(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 3)
	f.NewAlias("live", "1")
	moved := func(want string) func() {
		return func() {
			if got := f.Moves(); got != want {
				t.Errorf("moved %q, want %q", got, want)
			}
			w.Emulator.ForgetCalls()
		}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, "")},
			{
				PreConfig: func() {
					w.Emulator.ForgetCalls()
					w.Emulator.Inject(emulator.Fault{Service: "lambda", Operation: "UpdateAlias", Kind: emulator.DropAfter, After: 1})
				},
				Config:            promotion(w, f, 2, canary),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
				Check: func(*terraform.State) error {
					refused, revisions := 0, map[any]bool{}
					for _, c := range w.Emulator.Calls() {
						if c.Operation != "UpdateAlias" {
							continue
						}
						if c.Input["RevisionId"] == nil {
							t.Errorf("a move without a revision: %v", c.Input)
						}
						if c.ErrorCode == "PreconditionFailedException" {
							refused++
						}
						revisions[c.Input["RevisionId"]] = true
					}
					if refused != 1 || len(revisions) != 4 {
						return fmt.Errorf("%d moves were refused, under %d revisions; want the one that was sent again, and four", refused, len(revisions))
					}
					return nil
				},
			},
			{
				PreConfig: func() {
					moved("1+2:0.1 1+2:0.5 1+2:1 2")()
					f.SetAliasLater(15*time.Minute, "live", "1", "", 0)
				},
				Config: promotion(w, f, 3, canary),
				ExpectError: saysAll("Release stopped by hand", "somebody else moved alias shop-api:live from version 2 (50 %) and version 3 (50 %) to version 1; CloudTrail knows who (UpdateAlias)",
					"Live now: version 1."),
			},
			{ // and what was left so is put right by the next apply
				PreConfig:         moved("2+3:0.1 2+3:0.5"),
				Config:            promotion(w, f, 3, canary),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(alias)),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("3"), acctest.Is(alias, "previous_version", "2")},
			},
		},
	})
	moved("1+3:0.1 1+3:0.5 1+3:1 3")()
}

// TestAccAliasPromotion_provisionedConcurrency: version by version, and the
// alias that carries it.
func TestAccAliasPromotion_provisionedConcurrency(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 3)
	f.NewAlias("live", "1")
	const five = "provisioned_concurrent_executions = 5\n" + canary
	carries := func(want string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if got := f.Provisioned(); got != want {
				return fmt.Errorf("provisioned concurrency is on %q, want %q", got, want)
			}
			return nil
		}
	}
	moved := func(want string) {
		t.Helper()
		if got := f.Moves(); got != want {
			t.Errorf("moved %q, want %q", got, want)
		}
		w.Emulator.ForgetCalls()
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, five), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1")}, Check: carries("1:5")},
			{
				PreConfig:         w.Emulator.ForgetCalls,
				Config:            promotion(w, f, 2, five),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
				Check: func(s *terraform.State) error {
					order := ""
					for _, c := range w.Emulator.Calls() {
						switch c.Operation {
						case "PutProvisionedConcurrencyConfig", "DeleteProvisionedConcurrencyConfig":
							order += fmt.Sprintf(" %s%v", c.Operation[:3], c.Input["Qualifier"])
						case "UpdateAlias":
							order += " Update"
						}
					}
					if want := " Update Put2 Update Update Update Update Del1"; order != want {
						return fmt.Errorf("called%s, want%s: named, ready before traffic, the old one's released after", order, want)
					}
					return carries("2:5")(s)
				},
			},
			{Config: promotion(w, f, 2, five), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				PreConfig: func() { moved("1+2:0 1+2:0.1 1+2:0.5 1+2:1 2") },
				Config:    promotion(w, f, 2, canary), Check: carries(""),
			},
			{ // an alias that carries it takes no steps
				PreConfig: func() {
					w.Call(t, "lambda", "PutProvisionedConcurrencyConfig", map[string]any{"FunctionName": f.Name, "Qualifier": "live", "ProvisionedConcurrentExecutions": 3})
					w.Pass(2 * time.Minute)
				},
				Config: promotion(w, f, 3, canary), PlanOnly: true,
				ExpectError: saysAll("Alias carries provisioned concurrency", "alias shop-api:live carries provisioned concurrency (3)",
					"aws lambda delete-provisioned-concurrency-config --function-name shop-api --qualifier live", "provisioned_concurrent_executions = 3"),
			},
			{
				PreConfig:         w.Emulator.ForgetCalls,
				Config:            promotion(w, f, 3, ""),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("3")}, Check: carries("live:3"),
			},
			{ // the weights that Lambda shows while it moves that are no drift, and live tells what they say
				PreConfig: func() {
					moved("3")
					f.SetAlias("live", "2", "", 0)
					f.SetAlias("live", "3", "", 0)
					if got := f.Serves("live"); got != "3+2:1" {
						t.Errorf("while it moves, the alias shows %s", got)
					}
				},
				Config: promotion(w, f, 3, ""), ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
			},
			{
				PreConfig: func() { w.Pass(2 * time.Minute) },
				Config:    promotion(w, f, 3, ""), ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("3")},
			},
		},
	})
}
