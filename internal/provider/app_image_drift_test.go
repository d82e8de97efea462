package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func at(attribute string) tfjsonpath.Path { return tfjsonpath.New(attribute) }

func TestAccAppImage_lostTagIsSetAgain(t *testing.T) {
	w := newImageWorld(t)
	config := w.config(w.files(), `tags = ["1", "stable"]`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					w.Call(t, "ecr", "BatchDeleteImage", map[string]any{"repositoryName": "shop", "imageIds": []any{map[string]any{"imageTag": "stable"}}})
					w.Emulator.ForgetCalls()
				},
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(theImage), acctest.Known(theImage, "digest", anyDigest)),
			},
		},
	})
	if got := w.registryWrites(); len(got) != 1 || got[0] != "PutManifest" {
		t.Errorf("setting a tag again wrote %q", got)
	}
	w.pulled(t, ":stable")
}

func TestAccAppImage_lostImageIsPushedAgain(t *testing.T) {
	w := newImageWorld(t)
	config := w.config(w.files(), `tags = ["1"]`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					w.Call(t, "ecr", "DeleteRepository", map[string]any{"repositoryName": "shop", "force": true})
					w.Call(t, "ecr", "CreateRepository", map[string]any{"repositoryName": "shop"})
				},
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(theImage), acctest.Known(theImage, "digest", anyDigest)),
			},
		},
	})
	w.pulled(t, ":1")
}

func TestAccAppImage_registryInTroubleIsNoDrift(t *testing.T) {
	w := newImageWorld(t)
	config := w.config(w.files(), `tags = ["1"]`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					w.Emulator.Inject(emulator.Fault{Service: "registry", Operation: "HeadManifest", Kind: emulator.Denied, Times: -1})
				},
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
		},
	})
}

func TestAccAppImage_baseStaysLocked(t *testing.T) {
	w := newImageWorld(t)
	w.base(t, "BASE=1")
	config := w.config(w.files(), fmt.Sprintf("base_image = \"%s/shop:base\"", w.host()))
	first := w.pulled(t, ":base")
	digest, err := first.Digest()
	if err != nil {
		t.Fatal(err)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Known(theImage, "base_digest", knownvalue.StringExact(digest.String())))},
			{PreConfig: func() { w.base(t, "BASE=2") }, Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				PreConfig:        func() { w.write(t, "etc/app.conf", "x = 2\n", 0o644) },
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(theImage), acctest.Known(theImage, "base_digest", knownvalue.StringExact(digest.String()))),
			},
		},
	})
}

func TestAccAppImage_packageOfThisApply(t *testing.T) {
	w := newImageWorld(t)
	config := w.config(`package = terraform_data.path.output`) + fmt.Sprintf("resource \"terraform_data\" \"path\" {\n  input = %q\n}\n", filepath.Join(w.dir, "run"))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Unknown(theImage, "digest"), acctest.Unknown(theImage, "image"))},
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
		},
	})
}

func TestAccAppImage_repositoryOfThisApply(t *testing.T) {
	w := newImageWorld(t)
	config := strings.Replace(w.config(w.files()), fmt.Sprintf("%q", w.host()+"/shop"), "terraform_data.repository.output", 1) +
		fmt.Sprintf("resource \"terraform_data\" \"repository\" {\n  input = \"%s/shop\"\n}\n", w.host())
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Known(theImage, "digest", anyDigest), acctest.Unknown(theImage, "image"))},
		},
	})
}

func TestAccAppImage_cacheIsGone(t *testing.T) {
	w := newImageWorld(t)
	config := w.config(w.files(), `tags = ["1"]`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					if err := os.RemoveAll(os.Getenv("AWSDEPLOY_CACHE_DIR")); err != nil {
						t.Fatal(err)
					}
				},
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
		},
	})
}

// TestAccAppImage_packageIsMadeAgain checks a machine that has the state and
// not the package: nothing is planned, and what is needed is made again.
func TestAccAppImage_packageIsMadeAgain(t *testing.T) {
	w := newImageWorld(t)
	w.Call(t, "ecr", "CreateRepository", map[string]any{"repositoryName": "copy"})
	pkg := fmt.Sprintf(`
resource "awsdeploy_app_package" "app" {
  source_dir = %q
  build      = { tool = "none" }
  artifact   = "run"
}
`, w.dir)
	config := w.config(`package = awsdeploy_app_package.app.path`) + pkg
	changed := w.config(`package = awsdeploy_app_package.app.path`, `env = { A = "1" }`) + pkg
	copied := changed + fmt.Sprintf(`
resource "awsdeploy_app_image" "copy" {
  repository = "%s/copy"
  tags       = ["1"]
  package    = awsdeploy_app_package.app.path
}
`, w.host())
	forget := func() {
		if err := os.RemoveAll(os.Getenv("AWSDEPLOY_CACHE_DIR")); err != nil {
			t.Fatal(err)
		}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: forget, Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{PreConfig: forget, Config: changed, ConfigPlanChecks: acctest.Plans(acctest.Updates(theImage), acctest.Known(theImage, "digest", anyDigest))},
			{PreConfig: forget, Config: copied, ConfigPlanChecks: acctest.Plans(acctest.Creates("awsdeploy_app_image.copy"))},
		},
	})
	if w.Emulator.Count("registry", "PutManifest") < 4 {
		t.Error("the copy was not pushed")
	}
}
