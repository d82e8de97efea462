package provider_test

import (
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func TestAccAliasPromotion_badInput(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 2)
	var steps []resource.TestStep
	for _, tc := range []struct {
		alias, version, more string
		says                 string
	}{
		{"live", "$LATEST", "", `version is "$LATEST", which means another version tomorrow`},
		{"live", "latest", "", `must be the number of a version`},
		{"live", "9", "", `version = "9": function shop-api has no such version in eu-central-1`},
		{"7", "2", "", `"7" is named like a version, which Lambda does not allow`},
		{"a b", "2", "", `alias: "a b" is no name of an alias`},
		{"live", "2", `driver = "ecs"`, `"ecs" is no driver`},
		{"live", "2", `strategy = { steps = [50, 10], pause = "1m" }`, "Steps out of order"},
		{"live", "2", `strategy = { steps = [50] }`, "Missing pause"},
		{"live", "2", `strategy = { steps = [50], pause = "10" }`, "has no unit"},
		{"live", "2", `strategy = { steps = [50], pause = "1m", hold_at = 20 }`, "strategy.hold_at = 20 is none of strategy.steps"},
		{"live", "2", "strategy = { bake = \"3h\" }\n timeouts = { create = \"2h\" }", "Timeout too short"},
		{"live", "2", `verify = [{ name = "a" }]`, `verify: check "a": it checks nothing`},
		{"live", "2", `verify = [{ name = "a", http = { url = "http://x" }, invoke = {} }]`, `it has http and invoke`},
		{"live", "2", `verify = [{ name = "a", invoke = {} }, { name = "a", invoke = {} }]`, `there are two of this name`},
		{"live", "2", `verify = [{ name = "a", http = { url = "shop.example.com" } }]`, "http.url is no URL to ask"},
		{"live", "2", `verify = [{ name = "a", invoke = { payload = "{" } }]`, "is not JSON"},
		{"live", "2", `on_failure = "ignore"`, `on_failure`},
	} {
		steps = append(steps, resource.TestStep{
			Config: w.Provider() + `
resource "awsdeploy_alias_promotion" "live" {
  function_name = "` + f.Name + `"
  alias         = "` + tc.alias + `"
  version       = "` + tc.version + `"
` + tc.more + "\n}\n",
			PlanOnly: true, ExpectError: acctest.Says(tc.says),
		})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
	if got := f.Moves(); got != "" {
		t.Errorf("bad input moved %s", got)
	}
}

func TestAccAliasPromotion_versionsThatCannotShare(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 1)
	f.Configure(&lambda.UpdateFunctionConfigurationInput{Role: aws.String("arn:aws:iam::123456789012:role/other")})
	f.NewAlias("live", "1")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, "")},
			{Config: promotion(w, f, 2, canary), ExpectError: acctest.Says("version 2 has the execution role arn:aws:iam::123456789012:role/other and version 1 has"), PlanOnly: true},
			{ // the way out that it names
				Config:            promotion(w, f, 2, `strategy = { bake = "5m" }`),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), acctest.Is(alias, "previous_version", "1")},
			},
			{Config: promotion(w, f, 1, canary), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1")}},
		},
	})
	if got := f.Moves(); got != "1 2 1" {
		t.Errorf("moved %s", got)
	}
}

func TestAccAliasPromotion_missingPermission(t *testing.T) {
	var strict atomic.Bool
	w := acctest.New(t, emulator.WithAllowedActions(func(_, operation string) bool {
		return operation != "GetFunctionConfiguration" || !strict.Load()
	}))
	f := w.NewFunction(t, "shop-api", 2)
	f.NewAlias("live", "1")
	strict.Store(true)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{ // a rule that cannot be checked is a warning, and the release goes on
				Config:            promotion(w, f, 2, canary),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
			},
		},
	})
}

func TestAccAliasPromotion_failedCreateLeavesNoState(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 2)
	f.Behave("2", broken())
	const checked = `
  strategy = { steps = [10], pause = "1m" }
  verify   = [{ name = "smoke", invoke = {} }]`
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{ // no alias is made for code that fails
				Config:      promotion(w, f, 2, checked),
				ExpectError: regexp.MustCompile(`(?s)Release stopped.*before it got any traffic.*no\s+database.*the\s+alias\s+does\s+not\s+exist`),
			},
			{
				PreConfig: func() {
					if got := f.Moves(); got != "" {
						t.Errorf("moved %s", got)
					}
					f.NewAlias("live", "1")
				},
				Config:           promotion(w, f, 2, checked),
				ConfigPlanChecks: acctest.Plans(acctest.Creates(alias)), // not replaced: nothing was tainted
				ExpectError:      acctest.Says("is back on version 1"),
			},
			{
				PreConfig:         func() { f.Behave("2", emulator.FunctionBehaviour{}) },
				Config:            promotion(w, f, 2, checked),
				ConfigPlanChecks:  acctest.Plans(acctest.Creates(alias)),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), acctest.Is(alias, "previous_version", "1")},
			},
			{ // deleted outside
				PreConfig: func() {
					w.Call(t, "lambda", "DeleteAlias", map[string]any{"FunctionName": f.Name, "Name": "live"})
				},
				Config: promotion(w, f, 2, checked), ConfigPlanChecks: acctest.Plans(acctest.Creates(alias)),
			},
		},
	})
}

// Runs on any AWS: nothing that it does needs revision ids or time.
func TestAccAliasPromotion_portable(t *testing.T) {
	w := acctest.Portable(t)
	f := w.NewFunction(t, "portable-promotion", 2)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, ""), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1")}},
			{
				Config:            promotion(w, f, 2, `strategy = { steps = [10], pause = "1s", bake = "1s" }`),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), acctest.Is(alias, "previous_version", "1")},
			},
			{
				PreConfig: func() { f.SetAlias("live", "2", "1", 0.5) },
				Config:    promotion(w, f, 2, ""), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
			},
			{Config: promotion(w, f, 1, ""), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1")}},
			{ResourceName: alias, ImportState: true, ImportStateId: f.Name + ":live", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "alias",
				ImportStateVerifyIgnore: []string{"strategy", "schedule", "alarms_firing", "on_failure", "on_interrupt", "on_active", "driver",
					"previous_version", "release_id", "last_failure", "history"}},
		},
	})
	if got := f.Serves("live"); got != "1" {
		t.Errorf("after the destroy the alias serves %s", got)
	}
}
