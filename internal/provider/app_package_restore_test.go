package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// A machine that has the state and not the package plans nothing; when a
// dependant needs the file, it is made again.
func TestAccAppPackage_freshMachine(t *testing.T) {
	w := acctest.New(t)
	client, _ := functionWorld(t, w)
	dir := sources(t, map[string]string{"bootstrap": "#!/bin/sh\n"})
	config := func(triggers string) string {
		return shopPackage(w, dir, `artifact = "bootstrap"`) + fmt.Sprintf(`
resource "awsdeploy_function_version" "api" {
  function_name = "shop-builds"
  filename      = awsdeploy_app_package.shop.path
  triggers      = { by = %q }
}`, triggers)
	}
	fresh := func() { freshCache(t) }
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config:            config("one"),
				ConfigPlanChecks:  acctest.Plans(acctest.Unknown(functionVersion, "code_sha256")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "1"), acctest.Is(shop, "type", "zip")},
			},
			{PreConfig: fresh, Config: config("one"), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				PreConfig: fresh, Config: config("two"),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(functionVersion)),
				Check: resource.TestCheckResourceAttrWith(shop, "base64sha256", func(want string) error {
					out, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("shop-builds"), Qualifier: aws.String("1")})
					if err != nil {
						return err
					}
					if aws.ToString(out.CodeSha256) != want {
						return fmt.Errorf("Lambda has %s, want %s", aws.ToString(out.CodeSha256), want)
					}
					made, err := filepath.Glob(filepath.Join(os.Getenv("AWSDEPLOY_CACHE_DIR"), "packages", "*", "bootstrap.zip"))
					if err != nil || len(made) != 1 {
						return fmt.Errorf("the package was not made again: %v, %v", made, err)
					}
					return nil
				}),
			},
		},
	})
}

// freshCache makes this another machine.
func freshCache(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(os.Getenv("AWSDEPLOY_CACHE_DIR")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
}

// What was published is fetched, not built again.
func TestAccAppPackage_fetchesWhatWasPublished(t *testing.T) {
	w := acctest.New(t)
	functionWorld(t, w)
	if _, err := w.Clients(t).S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	count := filepath.Join(t.TempDir(), "count")
	dir := sources(t, map[string]string{"handler": "#!/bin/sh\n"})
	config := func(triggers string) string {
		return shopPackage(w, dir, fmt.Sprintf(`
  build    = { tool = "command", command = ["sh", "-c", "echo run >> %s; cp handler bootstrap"] }
  artifact = "bootstrap"
  publish  = { bucket = "artifacts" }`, count)) + fmt.Sprintf(`
resource "awsdeploy_function_version" "api" {
  function_name = "shop-builds"
  filename      = awsdeploy_app_package.shop.path
  triggers      = { by = %q }
}`, triggers)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config("one"), ConfigStateChecks: []statecheck.StateCheck{acctest.Has(shop, "s3_version_id", knownvalue.Null())}},
			{
				PreConfig: func() { freshCache(t) }, Config: config("two"),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(functionVersion), plancheck.ExpectResourceAction(shop, plancheck.ResourceActionNoop)),
			},
		},
	})
	if data, err := os.ReadFile(count); err != nil || string(data) != "run\n" {
		t.Errorf("the build ran %q (%v), want once", data, err)
	}
}
