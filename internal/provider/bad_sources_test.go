package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestAccAppPackage_buildFails checks that the cause is read without opening
// the log, and that the log is where the message says.
func TestAccAppPackage_buildFails(t *testing.T) {
	w := acctest.New(t)
	dir := sources(t, map[string]string{"a.txt": "a"})
	s := newShell(t, shopPackage(w, dir, `
  build    = { tool = "command", command = ["sh", "-c", "for i in $(seq 200); do echo line $i; done; echo 'Shop.java:3: error: bad thing' >&2; seq 300 320; exit 7"] }
  artifact = "out.jar"
`))
	out := s.fails("apply", "-auto-approve")
	s.says(out, "exit status 7", "First error: Shop.java:3: error: bad thing", "Last lines of the output:", "319 320", "The whole output is in")
	if strings.Contains(out, "line 50\n") {
		t.Errorf("the whole log is told:\n%s", out)
	}
	found := regexp.MustCompile(`whole output is in ?(\S+)`).FindStringSubmatch(unwrapped(out))
	if found == nil {
		t.Fatalf("no log is named:\n%s", out)
	}
	log, err := os.ReadFile(strings.TrimSuffix(found[1], "."))
	if err != nil || !strings.Contains(string(log), "line 50\n") || !strings.Contains(string(log), "320\n") {
		t.Errorf("the log: %v, %.100q", err, log)
	}
}

// TestAcc_sourcesVanishAfterThePlan checks that nothing is made of what is left.
func TestAcc_sourcesVanishAfterThePlan(t *testing.T) {
	w := newImageWorld(t)
	w.write(t, "etc/more.conf", "y = 1\n", 0o644)
	s := newShell(t, w.config(w.files())+fmt.Sprintf("resource \"awsdeploy_app_package\" \"shop\" {\n  source_dir = %q\n}\n", w.dir))
	s.run("plan", "-out=saved")
	remove := func(name string) {
		if err := os.RemoveAll(filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	remove("etc/more.conf")
	s.says(s.fails("apply", "saved"), "Sources of "+w.dir+" changed", "etc/more.conf is gone", "Sources of "+w.host()+"/shop changed")

	s.run("plan", "-out=saved")
	remove("")
	out := s.fails("apply", "saved")
	s.says(out, "Cannot use files", w.dir+" is not there", w.dir+" does not exist")
	if strings.Contains(out, "inconsistent") {
		t.Errorf("Terraform blames the provider:\n%s", out)
	}
	if got := w.registryWrites(); len(got) > 0 {
		t.Errorf("it wrote %q", got)
	}
	if built, _ := filepath.Glob(filepath.Join(os.Getenv("AWSDEPLOY_CACHE_DIR"), "packages", "*")); len(built) > 0 {
		t.Errorf("it built %v", built)
	}
}
