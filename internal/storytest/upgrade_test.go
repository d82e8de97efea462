package storytest_test

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestUpgrade installs one version of the provider as a registry serves it, by
// a version constraint, releases with it, and goes on with the next version:
// the state is kept, and there is nothing to do.
func TestUpgrade(t *testing.T) {
	w := acctest.NewFast(t, 600)
	point(t, w)
	g := w.NewGroup(t, "shop-web", 2, nil)
	dir := t.TempDir()
	mirror := filepath.Join(dir, "mirror")
	for _, version := range []string{"0.1.0", "0.2.0"} {
		if snapshots := os.Getenv("AWSDEPLOY_SNAPSHOTS"); snapshots != "" {
			install(t, mirror, version, filepath.Join(snapshots, version, archiveName(version)))
		} else {
			install(t, mirror, version, pack(t, version))
		}
	}
	settings := filepath.Join(dir, "cli.tfrc")
	write(t, settings, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror))
	cli := func(arguments ...string) string {
		t.Helper()
		cmd := exec.Command(acctest.CLI(t), append(arguments, "-no-color")...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+settings, "AWSDEPLOY_CLOCK="+fmt.Sprint(w.Clock))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
		return string(out)
	}
	configure := func(constraint string, release int) {
		write(t, filepath.Join(dir, "main.tf"), fmt.Sprintf(`
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy", version = %q }
  }
}
resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = %q
  launch_template        = { id = %q, version = "%d" }
}
`, constraint, g.Name, g.TemplateID, release))
	}
	configure("~> 0.1.0", 1)
	cli("init", "-input=false")
	cli("apply", "-auto-approve", "-input=false")
	configure("~> 0.1.0", 2)
	cli("apply", "-auto-approve", "-input=false")
	before := cli("state", "pull")

	configure("~> 0.2.0", 2)
	if out := cli("init", "-input=false", "-upgrade"); !strings.Contains(out, "v0.2.0") {
		t.Fatalf("the next version was not installed:\n%s", out)
	}
	cli("plan", "-input=false", "-detailed-exitcode") // 2, and so an error, when there is anything to do
	if after := cli("state", "pull"); after != before {
		t.Errorf("the state changed:\n%s\nit was\n%s", after, before)
	}
}

func archiveName(version string) string {
	return fmt.Sprintf("terraform-provider-awsdeploy_%s_%s_%s.zip", version, runtime.GOOS, runtime.GOARCH)
}

// install puts the archive of a version into a mirror, for both registries.
func install(t *testing.T, mirror, version, archive string) {
	t.Helper()
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		dir := filepath.Join(mirror, host, "awsdeploy", "awsdeploy")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(archive, filepath.Join(dir, archiveName(version))); err != nil {
			t.Fatal(err)
		}
	}
}

// pack is an archive of a version as a release has it; `make snapshot` brings
// the real ones.
func pack(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	name := "terraform-provider-awsdeploy_v" + version
	binary := filepath.Join(dir, name)
	build := exec.Command("go", "build", "-ldflags", "-s -w -X main.version="+version, "-o", binary, "github.com/awsdeploy/terraform-provider-awsdeploy")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	archive, err := os.Create(filepath.Join(dir, archiveName(version)))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(archive)
	header := &zip.FileHeader{Name: name, Method: zip.Store}
	header.SetMode(0o755)
	entry, err := z.CreateHeader(header)
	if err == nil {
		err = copyFile(entry, binary)
	}
	if closed := z.Close(); err == nil {
		err = closed
	}
	if closed := archive.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
	return archive.Name()
}

func copyFile(to io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(to, f)
	return err
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
