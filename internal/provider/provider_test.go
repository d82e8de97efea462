package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAccProvider_configurationKnownLater has a provider block whose region
// comes from a resource that the same apply creates.
func TestAccProvider_configurationKnownLater(t *testing.T) {
	tw := newTemplateWorld(t, acctest.New(t))
	config := strings.Replace(tw.config(fmt.Sprintf("  image_id = %q", tw.images[1])),
		fmt.Sprintf("%q", acctest.Region), "terraform_data.region.output", 1) + fmt.Sprintf(`
resource "terraform_data" "region" {
  input = %q
}`, acctest.Region)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: tw.Factories(),
		Steps: []resource.TestStep{
			{
				Config:            config,
				ConfigPlanChecks:  acctest.Plans(acctest.Unknown(templateVersion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(templateVersion, "version", "2")},
			},
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
		},
	})
}

func TestAccProvider_wrongCredentials(t *testing.T) {
	w := acctest.New(t, emulator.WithCredentials("AKIDGOOD"))
	w.Refuses(t, w.Provider()+`
resource "awsdeploy_launch_template_version" "web" {
  launch_template_id = "lt-0123456789abcdef0"
}`, "AWS refuses the credentials", "InvalidClientTokenId", "Check access_key, secret_key and token")
}
