package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func TestAccImageDataSource(t *testing.T) {
	w := newImageWorld(t, emulator.WithRegistryAuth())
	made := w.config(w.files(), `tags = ["1"]`, `platforms = ["linux/arm64", "linux/amd64"]`, `entrypoint = ["/srv/run"]`,
		`env = { A = "1" }`, `labels = { team = "shop" }`, `exposed_ports = ["8080"]`, `user = "1000"`, `workdir = "/srv"`)
	look := func(lines string) string {
		return made + fmt.Sprintf("data \"awsdeploy_image\" \"it\" {\n  repository = \"%s/shop\"\n  %s\n  depends_on = [awsdeploy_app_image.app]\n}\n", w.host(), lines)
	}
	const it = "data.awsdeploy_image.it"
	is := func(name string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(it, at(name), want)
	}
	list := func(texts ...string) knownvalue.Check {
		var all []knownvalue.Check
		for _, text := range texts {
			all = append(all, knownvalue.StringExact(text))
		}
		return knownvalue.ListExact(all)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: made},
			{
				Config: look(`tag = "1"`) + fmt.Sprintf("output \"same\" { value = %s.digest == %s.digest && %s.image == %s.image }\n", it, theImage, it, theImage),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true)),
					is("platforms", list("linux/arm64", "linux/amd64")),
					is("platform", knownvalue.StringExact("linux/amd64")),
					is("media_type", knownvalue.StringExact("application/vnd.oci.image.index.v1+json")),
					is("labels", knownvalue.MapPartial(map[string]knownvalue.Check{"team": knownvalue.StringExact("shop")})),
					is("size", knownvalue.Int64Func(func(n int64) error {
						if n < 100 {
							return fmt.Errorf("an image of %d bytes", n)
						}
						return nil
					})),
					is("config", knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"entrypoint": list("/srv/run"), "exposed_ports": list("8080/tcp"), "user": knownvalue.StringExact("1000"),
						"workdir": knownvalue.StringExact("/srv"), "env": knownvalue.MapExact(map[string]knownvalue.Check{"A": knownvalue.StringExact("1")}),
					})),
				},
			},
			{Config: look("digest = awsdeploy_app_image.app.digest\n  platform = \"linux/arm64\""), ConfigStateChecks: []statecheck.StateCheck{is("platform", knownvalue.StringExact("linux/arm64"))}},
			{Config: look(`tag = "9"`), ExpectError: acctest.Says("Looking up " + w.host() + "/shop:9: There is no such image")},
			{Config: look("tag = \"1\"\n  platform = \"linux/s390x\""), ExpectError: acctest.Says("It is not made for linux/s390x, only for linux/arm64, linux/amd64")},
			{Config: look(""), ExpectError: acctest.Says("Neither `tag` nor `digest` is given")},
			{Config: look(`digest = "sha256:1"`), ExpectError: acctest.Says("\"sha256:1\" is not a digest")},
			{Config: strings.Replace(look(`tag = "1"`), w.host()+"/shop\"\n  tag = ", w.host()+"/absent\"\n  tag = ", 1), ExpectError: acctest.Says("Make it with `aws_ecr_repository` (name = \"absent\")")},
		},
	})
}

// TestAccRegistryLogin checks that the password opens the registry, and that
// plan and state do not have it.
func TestAccRegistryLogin(t *testing.T) {
	w := newImageWorld(t, emulator.WithRegistryAuth())
	serial := 0 // the resource takes data in once
	name := func() string { return fmt.Sprintf("it_%d", serial) }
	login := func(lines string) string {
		serial++
		return w.Provider() + fmt.Sprintf(`
ephemeral "awsdeploy_registry_login" "it" {
  %s
}
provider "echo" {
  data = ephemeral.awsdeploy_registry_login.it
}
resource "echo" %q {}
`, lines, name())
	}
	factories := w.Factories()
	factories["echo"] = func() (tfprotov6.ProviderServer, error) { return echoprovider.NewProviderServer()() }
	opened := func(host knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue("echo."+name(), at("data"), knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"host": host, "username": knownvalue.StringExact("AWS"), "expires_at": knownvalue.StringExact("2030-01-01T12:00:00Z"),
			"password": knownvalue.StringRegexp(regexp.MustCompile(`^\S{40,}$`)),
		}))}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{
			{Config: login(`host = "registry.example.com"`), ExpectError: acctest.Says("`host` is \"registry.example.com\": only ECR gives passwords")},
			{Config: login(`registry_id = "12"`), ExpectError: acctest.Says("\"12\" is not the number of an account")},
			{Config: login("host = \"public.ecr.aws\"\n  region = \"us-east-1\""), ExpectError: acctest.Says("`host` names the region already")},
			{Config: login(""), ConfigStateChecks: opened(knownvalue.StringExact(w.host()))},
			{Config: login(`registry_id = "210987654321"`), ConfigStateChecks: opened(knownvalue.StringExact("210987654321.dkr.ecr.eu-central-1.amazonaws.com"))},
			{Config: login("registry_id = \"210987654321\"\n  region = \"cn-north-1\""), ConfigStateChecks: opened(knownvalue.StringExact("210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn"))},
			{Config: login(`host = "public.ecr.aws"`), ConfigStateChecks: opened(knownvalue.StringExact("public.ecr.aws"))},
		},
	})
}
