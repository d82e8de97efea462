package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

const theImage = "awsdeploy_app_image.app"

var anyDigest = knownvalue.StringRegexp(regexp.MustCompile(`^sha256:[0-9a-f]{64}$`))

// imageWorld is a world with a repository, a directory of files and a cache of
// its own.
type imageWorld struct {
	*acctest.World
	dir    string
	serial int
}

// next is another number each time.
func (w *imageWorld) next() int { w.serial++; return w.serial }

func newImageWorld(t *testing.T, options ...emulator.Option) *imageWorld {
	t.Helper()
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	w := &imageWorld{World: acctest.New(t, options...), dir: t.TempDir()}
	w.Call(t, "ecr", "CreateRepository", map[string]any{"repositoryName": "shop"})
	w.write(t, "run", "#!/bin/sh\n", 0o755)
	w.write(t, "etc/app.conf", "x = 1\n", 0o644)
	return w
}

func (w *imageWorld) write(t *testing.T, name, content string, mode os.FileMode) {
	t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func (w *imageWorld) host() string { return strings.TrimPrefix(w.URL, "http://") }

// config is a configuration of one image; lines go into its block.
func (w *imageWorld) config(lines ...string) string {
	return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_app_image" "app" {
  repository = "%s/shop"
  %s
}
`, w.host(), strings.Join(lines, "\n  "))
}

// files lays the world's directory into the image.
func (w *imageWorld) files() string { return fmt.Sprintf("files = { \"/srv\" = %q }", w.dir) }

// registryWrites are the registry's calls that change something.
func (w *imageWorld) registryWrites() (list []string) {
	for _, c := range w.Emulator.Calls() {
		if c.Service == "registry" && (strings.HasPrefix(c.Operation, "Put") || strings.HasSuffix(c.Operation, "Upload")) {
			list = append(list, c.Operation)
		}
	}
	return list
}

// pulled reads an image back and checks all of its bytes.
func (w *imageWorld) pulled(t *testing.T, reference string) v1.Image {
	t.Helper()
	ref, err := name.ParseReference(w.host() + "/shop" + reference)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	return image
}

// base pushes a base with one variable, by which two differ.
func (w *imageWorld) base(t *testing.T, variable string) {
	t.Helper()
	repo, err := name.NewTag(w.host() + "/shop:base")
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}, Config: v1.Config{Env: []string{variable}}})
	if err == nil {
		err = remote.Write(repo, image)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAccAppImage_lifecycle(t *testing.T) {
	w := newImageWorld(t)
	moved := statecheck.CompareValue(compare.ValuesDiffer())
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config: w.config(w.files(), `tags = ["1"]`, `entrypoint = ["/srv/run"]`, `env = { A = "1" }`),
				ConfigPlanChecks: acctest.Plans(acctest.Creates(theImage), acctest.Known(theImage, "digest", anyDigest),
					acctest.Known(theImage, "size", knownvalue.NotNull()), acctest.Known(theImage, "image", knownvalue.NotNull())),
				ConfigStateChecks: []statecheck.StateCheck{moved.AddStateValue(theImage, at("digest"))},
				Check: func(s *terraform.State) error {
					m := s.RootModule().Resources[theImage].Primary
					image := w.pulled(t, ":1")
					if got, err := image.Digest(); err != nil || got.String() != m.Attributes["digest"] {
						t.Errorf("the tag names %s, %v", got, err)
					}
					file, err := image.ConfigFile()
					if err != nil || file.Config.Entrypoint[0] != "/srv/run" || file.Config.Env[0] != "A=1" {
						t.Errorf("configuration: %+v, %v", file, err)
					}
					return nil
				},
			},
			{
				PreConfig: func() {
					old := time.Unix(1_000_000_000, 0)
					if err := os.Chtimes(filepath.Join(w.dir, "run"), old, old); err != nil {
						t.Fatal(err)
					}
				},
				Config:           w.config(w.files(), `tags = ["1"]`, `entrypoint = ["/srv/run"]`, `env = { A = "1" }`),
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
			{
				PreConfig: func() { w.write(t, "etc/app.conf", "x = 2\n", 0o644) },
				Config:    w.config(w.files(), `tags = ["2"]`, `entrypoint = ["/srv/run"]`, `env = { A = "1" }`),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(theImage), acctest.Known(theImage, "digest", anyDigest),
					acctest.Known(theImage, "change_summary", knownvalue.StringRegexp(regexp.MustCompile(`^/srv changed; at most [0-9.]+ kB to upload$`)))),
				ConfigStateChecks: []statecheck.StateCheck{moved.AddStateValue(theImage, at("digest"))},
				Check: func(*terraform.State) error {
					w.pulled(t, ":1") // the image before is still there
					w.pulled(t, ":2")
					return nil
				},
			},
			{
				ResourceName: theImage, ImportState: true, ImportStateIdFunc: func(s *terraform.State) (string, error) {
					return s.RootModule().Resources[theImage].Primary.Attributes["image"], nil
				},
				ImportStateCheck: func(states []*terraform.InstanceState) error {
					if len(states) != 1 || states[0].Attributes["repository"] != w.host()+"/shop" {
						return fmt.Errorf("imported %+v", states)
					}
					return nil
				},
			},
			{
				ResourceName: theImage, ImportState: true, ImportStateId: w.host() + "/shop@sha256:" + strings.Repeat("0", 64),
				ExpectError: acctest.Says("Cannot import non-existent remote object"),
			},
		},
		CheckDestroy: func(*terraform.State) error {
			w.pulled(t, ":2") // destroying forgets, and deletes nothing
			return nil
		},
	})
}
