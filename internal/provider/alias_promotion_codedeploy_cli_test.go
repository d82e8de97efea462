package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func TestAccAliasPromotion_codeDeploy(t *testing.T) {
	const promotion = "awsdeploy_alias_promotion.api"
	w := acctest.New(t)
	_, zipPath := functionWorld(t, w)
	archive(t, zipPath, "one")
	w.NewFunction(t, "hook", 0)
	reports := func(status string) func() {
		return func() {
			archive(t, zipPath, status)
			w.Emulator.SetFunctionBehaviour(acctest.Region, "hook", "$LATEST", emulator.FunctionBehaviour{Reports: status})
		}
	}
	config := func(strategy string) string {
		return functionConfig(w, fmt.Sprintf("  filename = %q", zipPath)) + fmt.Sprintf(`
resource "awsdeploy_alias_promotion" "api" {
  function_name = awsdeploy_function_version.api.function_name
  alias         = "live"
  version       = awsdeploy_function_version.api.version
  driver        = "codedeploy"
  codedeploy = {
    service_role_arn     = %q
    before_allow_traffic = "hook"
  }
  strategy = { %s }
}`, deployRole, strategy)
	}
	canary := config(`steps = [10], pause = "5m"`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config(`steps = [10, 50], pause = "5m"`), ExpectError: acctest.Says("the steps [10 50] are neither a canary")},
			{ // the alias is made at once: CodeDeploy has nothing to move
				Config: canary,
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(promotion, "status", "promoted"), acctest.Is(promotion, "version", "1"),
					acctest.Is(promotion, "on_interrupt", "detach")},
			},
			{Config: canary, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				PreConfig:        reports("Succeeded"),
				Config:           canary,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(promotion), acctest.Unknown(promotion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(promotion, "status", "promoted"), acctest.Is(promotion, "version", "2"),
					acctest.Has(promotion, "release_id", knownvalue.StringRegexp(acctest.Says("d-")))},
				Check: func(*terraform.State) error {
					if made, moved := w.Emulator.Count("codedeploy", "CreateDeployment"), w.Emulator.Count("lambda", "UpdateAlias"); made != 1 || moved != 0 {
						return fmt.Errorf("%d deployments were made, and the alias moved %d times; want 1 and 0", made, moved)
					}
					return nil
				},
			},
			{PreConfig: reports("Failed"), Config: canary, ExpectError: acctest.Says("Release rolled back")},
			{PreConfig: reports("Succeeded"), Config: canary, ConfigStateChecks: []statecheck.StateCheck{acctest.Is(promotion, "status", "promoted")}},
		},
	})
}
