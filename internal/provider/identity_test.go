package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// importsByIdentity skips the test on a CLI older than import by identity.
func importsByIdentity(t *testing.T, cli string) {
	t.Helper()
	skipBelow(t, cli, 12, "import by identity")
}

// skipBelow skips the test on a CLI older than 1.minor, which brought what it
// needs.
func skipBelow(t *testing.T, cli string, minor int, what string) {
	t.Helper()
	out, err := exec.Command(cli, "version", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var about struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &about); err != nil {
		t.Fatal(err)
	}
	var major, has int
	if _, err := fmt.Sscanf(about.Version, "%d.%d", &major, &has); err != nil {
		t.Fatalf("%q: %v", about.Version, err)
	}
	if major == 1 && has < minor {
		t.Skipf("%s is older than %s (1.%d)", about.Version, what, minor)
	}
}

// TestAccImport_byIdentity imports by what names each thing in AWS, with and
// without the scope, and checks that nothing is released or made for it.
func TestAccImport_byIdentity(t *testing.T) {
	w := acctest.New(t)
	importsByIdentity(t, os.Getenv("TF_ACC_TERRAFORM_PATH"))
	g := w.NewGroup(t, "shop-web", 2, nil)
	f := w.NewFunction(t, "shop-api", 2)
	f.NewAlias("live", "1")
	config := func(region string) string {
		return rolling(w, g, 1, "") + fmt.Sprintf(`
resource "awsdeploy_alias_promotion" "live" {
  function_name = "shop-api"
  alias         = "live"
  version       = "1"
}
resource "awsdeploy_function_version" "api" {
  function_name = "shop-api"
  s3_bucket     = "artifacts"
  s3_key        = "api.zip"
  lifecycle { ignore_changes = all }
}
resource "awsdeploy_launch_template_version" "web" {
  launch_template_id = %[1]q
  lifecycle { ignore_changes = all }
}
import {
  to       = awsdeploy_rolling_release.web
  identity = { autoscaling_group_name = "shop-web", region = %[2]q }
}
import {
  to       = awsdeploy_alias_promotion.live
  identity = { function_name = "shop-api", alias = "live" }
}
import {
  to       = awsdeploy_function_version.api
  identity = { function_name = "shop-api", version = "2" }
}
import {
  to       = awsdeploy_launch_template_version.web
  identity = { launch_template_id = %[1]q, version = "2" }
}
`, g.TemplateID, region)
	}
	s := newShell(t, config("us-west-2"))
	s.says(s.fails("plan"), "Import from elsewhere", "us-west-2")

	s = newShell(t, config(acctest.Region))
	w.Emulator.ForgetCalls()
	s.says(s.run("apply", "-auto-approve"), "4 imported, 0 added", "0 destroyed")
	for address, want := range map[string]string{
		web: `"promoted"`, alias: `"promoted"`, functionVersion: `"2"`, "awsdeploy_launch_template_version.web": `"2"`,
	} {
		if out := s.run("state", "show", address); !strings.Contains(out, "= "+want) {
			t.Errorf("%s lacks %s:\n%s", address, want, out)
		}
	}
	s.says(s.run("plan", "-detailed-exitcode"), "No changes")
	for _, call := range w.Emulator.Calls() {
		for _, verb := range []string{"Start", "Create", "Update", "Publish"} {
			if strings.HasPrefix(call.Operation, verb) {
				t.Errorf("importing called %s", call.Operation)
			}
		}
	}
}
