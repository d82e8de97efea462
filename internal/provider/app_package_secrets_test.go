package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestAccAppPackage_secrets checks that a build gets what is write-only, that
// neither the state nor an error tells it, and that its version alone builds.
func TestAccAppPackage_secrets(t *testing.T) {
	w := acctest.New(t)
	dir := sources(t, map[string]string{"a.txt": "a"})
	seen := filepath.Join(t.TempDir(), "seen")
	config := func(secret string, version int, end string) string {
		return shopPackage(w, dir, fmt.Sprintf(`
  build = {
    tool                   = "command"
    command                = ["sh", "-c", "echo $TOKEN >> %s; echo the token is $TOKEN; cp a.txt out; %s"]
    environment_wo         = { TOKEN = %q }
    environment_wo_version = %d
  }
  artifact = "out"`, seen, end, secret, version))
	}
	got := func(want string) resource.TestCheckFunc {
		return func(s *terraform.State) error {
			if data, err := os.ReadFile(seen); err != nil || string(data) != want {
				return fmt.Errorf("the builds saw %q (%v), want %q", data, err, want)
			}
			if text := s.String(); strings.Contains(text, "hush-") {
				return fmt.Errorf("the state tells the secret: %s", text)
			}
			return nil
		}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		Steps: []resource.TestStep{
			{Config: config("hush-one", 1, "true"), Check: got("hush-one\n")},
			{Config: config("hush-two", 1, "true"), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{Config: config("hush-two", 2, "true"), ConfigPlanChecks: acctest.Plans(acctest.Updates(shop)), Check: got("hush-one\nhush-two\n")},
			{Config: config("hush-three", 3, "exit 1"), ExpectError: acctest.Says("the token is ***")},
		},
	})
}

// TestAppPackage_tooLarge checks that a plan names the largest files.
func TestAppPackage_tooLarge(t *testing.T) {
	b := newPackageBench(t)
	dir := sources(t, map[string]string{"a.txt": "a", "b.txt": "b", "video/large.bin": strings.Repeat("x", 5000), ".gitignore": "ignored\n", "ignored": strings.Repeat("x", 9000)})
	err := b.Refused(b.config(dir, map[string]any{"max_source_size": int64(4000)}))
	if err == nil || !strings.Contains(err.Error(), "holds 5.0 kB in 4 files, more than the limit of 4.0 kB. The largest are:\n  video/large.bin 5.0 kB\n") ||
		!strings.Contains(err.Error(), "raise max_source_size (4000 bytes now)") {
		t.Errorf("got %v", err)
	}
	if err := b.Refused(b.config(dir, map[string]any{"max_source_size": int64(4000), "excludes": []any{"video"}})); err != nil {
		t.Error(err)
	}
	if err := b.Refused(b.config(dir, map[string]any{"max_source_size": int64(6000), "ignore_files": []any{}})); err == nil || !strings.Contains(err.Error(), "ignored 9.0 kB") {
		t.Errorf("without ignore files, got %v", err)
	}
}
