package provider_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestAccAliasPromotion_portableRefusals runs on any AWS: releases that are
// refused, taken back, held and taken up again.
func TestAccAliasPromotion_portableRefusals(t *testing.T) {
	w := acctest.Portable(t)
	f := w.NewFunction(t, "portable-refusals", 2)
	client := w.Clients(t).Lambda()
	do := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	serves := func(want string) {
		t.Helper()
		if got := f.Serves("live"); got != want {
			t.Errorf("the alias serves %s, want %s", got, want)
		}
	}
	const quick = `
  strategy = { steps = [10, 50], pause = "1s", bake = "1s" }`
	shares := func(old, fresh float64) statecheck.StateCheck {
		return serving(map[string]float64{"1": old, "2": fresh})
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, ""), ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("1")}},
			{Config: promotion(w, f, 9, ""), PlanOnly: true, ExpectError: saysAll("Version not found", `version = "9": function portable-refusals has no such version`)},
			{
				PreConfig: func() {
					do(client.PutFunctionConcurrency(t.Context(), &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String(f.Name), ReservedConcurrentExecutions: aws.Int32(0)}))
				},
				Config: promotion(w, f, 2, quick), ExpectError: saysAll("Function is switched off", "Nothing was changed"),
			},
			{ // a version that does not answer as it should gets no traffic
				PreConfig: func() {
					serves("1")
					do(client.DeleteFunctionConcurrency(t.Context(), &lambda.DeleteFunctionConcurrencyInput{FunctionName: aws.String(f.Name)}))
				},
				Config:      promotion(w, f, 2, quick+"\n  verify = [{ name = \"smoke\", invoke = { expect = jsonencode(\"never\") } }]"),
				ExpectError: saysAll("Release rolled back", "before it got any traffic", `check "smoke"`, "Live now: version 1."),
			},
			{
				PreConfig:         func() { serves("1") },
				Config:            promotion(w, f, 2, `strategy = { steps = [10, 50], pause = "1s", hold_at = 10 }`),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(alias)),
				ConfigStateChecks: []statecheck.StateCheck{status("held"), shares(90, 10)},
			},
			{ // somebody goes further by hand: the release goes on from there
				PreConfig:         func() { serves("1+2:0.1"); f.SetAlias("live", "1", "2", 0.5) },
				Config:            promotion(w, f, 2, quick),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(alias)),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2"), acctest.Is(alias, "previous_version", "1")},
			},
		},
	})
	serves("2")
}
