package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// checkout copies sources as another clone has them: as old as that, and not
// for others to read when they are old.
func checkout(t *testing.T, from string, age time.Duration) string {
	t.Helper()
	dir := t.TempDir()
	file, folder := os.FileMode(0o644), os.FileMode(0o755)
	if age > 0 {
		file, folder = 0o600, 0o700
	}
	when := acctest.Start().Add(-age)
	err := filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		to := filepath.Join(dir, inside)
		return errors.Join(err, os.MkdirAll(filepath.Dir(to), folder), os.WriteFile(to, data, file), os.Chtimes(to, when, when))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// output reads an output of the state.
func (s *shell) output(name string) string {
	s.t.Helper()
	var text string
	if err := json.Unmarshal([]byte(s.run("output", "-json", name)), &text); err != nil {
		s.t.Fatal(err)
	}
	return text
}

// planned reads an attribute of a saved plan, empty when it is not known yet.
func (s *shell) planned(address, attribute string) string {
	s.t.Helper()
	var plan struct {
		Changes []struct {
			Address string
			Change  struct{ After map[string]any }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(s.run("show", "-json", "saved")), &plan); err != nil {
		s.t.Fatal(err)
	}
	for _, c := range plan.Changes {
		if c.Address == address {
			text, _ := c.Change.After[attribute].(string)
			return text
		}
	}
	s.t.Fatalf("the plan has no %s", address)
	return ""
}

// underUmask makes the CLI, and so the provider, create files with a umask.
func (s *shell) underUmask(mask string) {
	s.t.Helper()
	script := filepath.Join(s.t.TempDir(), filepath.Base(s.cli))
	if err := os.WriteFile(script, fmt.Appendf(nil, "#!/bin/sh\numask %s\nexec '%s' \"$@\"\n", mask, s.cli), 0o755); err != nil {
		s.t.Fatal(err)
	}
	s.cli = script
}

// TestAccAppImage_sameFromAnyCheckout checks that neither the folder, nor the
// files' times, nor the umask reach a digest, and that a digest which a plan
// knows is the one that the registry holds.
func TestAccAppImage_sameFromAnyCheckout(t *testing.T) {
	w := newImageWorld(t)
	const examples = "../../examples/resources/awsdeploy_app_package/"
	var files, built []string
	for i, age := range []time.Duration{0, 5000 * time.Hour} {
		t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
		s := newShell(t, w.Provider()+fmt.Sprintf(`
resource "awsdeploy_app_package" "api" {
  source_dir = %[1]q
  build      = { tool = "go", environment = { GOARCH = "amd64" } }
  artifact   = "api"
}
resource "awsdeploy_app_image" "api" {
  repository = "%[3]s/shop"
  package    = awsdeploy_app_package.api.path
}
resource "awsdeploy_app_image" "site" {
  repository = "%[3]s/shop"
  tags       = ["site-%[4]d"]
  files      = { "/srv" = %[2]q }
}
output "api" { value = awsdeploy_app_image.api.digest }
output "site" { value = awsdeploy_app_image.site.digest }
`, checkout(t, examples+"api", age), checkout(t, examples+"site", age), w.host(), i))
		s.underUmask([]string{"022", "077"}[i])
		s.run("plan", "-out=saved")
		planned := s.planned("awsdeploy_app_image.site", "digest")
		s.run("apply", "saved")
		if got := s.output("site"); planned != got {
			t.Errorf("planned %q, made %s", planned, got)
		}
		digest, err := w.pulled(t, fmt.Sprintf(":site-%d", i)).Digest()
		if err != nil || digest.String() != planned {
			t.Errorf("the registry holds %s, %v", digest, err)
		}
		w.pulled(t, "@"+s.output("api"))
		files, built = append(files, s.output("site")), append(built, s.output("api"))
	}
	if files[0] != files[1] || built[0] != built[1] {
		t.Errorf("two checkouts became %q and %q", files, built)
	}
}
