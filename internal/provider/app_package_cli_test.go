package provider_test

import (
	"bufio"
	"bytes"
	"errors"
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

// shell runs the CLI as a user does: each command starts the provider's own
// processes, so plan and apply know of each other only what is on the disk.
type shell struct {
	t   *testing.T
	cli string
	dir string
	env []string
}

func newShell(t *testing.T, config string) *shell {
	t.Helper()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "terraform-provider-awsdeploy"), "../..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dir := t.TempDir()
	lay(t, dir, "main.tf", "terraform {\n  required_providers {\n    awsdeploy = { source = \"awsdeploy/awsdeploy\" }\n  }\n}\n"+config)
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"awsdeploy/awsdeploy\" = %q\n  }\n  direct {}\n}\n", bin)
	lay(t, bin, "cli.tfrc", overrides)
	return &shell{t: t, cli: os.Getenv("TF_ACC_TERRAFORM_PATH"), dir: dir,
		env: append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(bin, "cli.tfrc"), "TF_CLI_ARGS=-no-color", "TF_IN_AUTOMATION=1")}
}

func (s *shell) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.cli, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	return cmd
}

// run runs a command that must succeed.
func (s *shell) run(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// fails runs a command that must fail.
func (s *shell) fails(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		s.t.Fatalf("%s succeeded (%v):\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (s *shell) says(out string, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !acctest.Says(text).MatchString(out) {
			s.t.Errorf("nothing says %q:\n%s", text, out)
		}
	}
}

// approve runs an apply that asks, does something in the moment of the
// question, and says yes.
func (s *shell) approve(meanwhile func()) (string, error) {
	s.t.Helper()
	cmd := s.command("apply")
	in, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		_ = write.Close()
		ended <- err
	}()
	var out bytes.Buffer
	for r := bufio.NewReader(io.TeeReader(read, &out)); ; {
		b, err := r.ReadByte()
		if err != nil {
			break
		}
		if b == ':' && strings.HasSuffix(strings.TrimSpace(out.String()), "Enter a value:") {
			meanwhile()
			if _, err := io.WriteString(in, "yes\n"); err != nil {
				s.t.Fatal(err)
			}
			meanwhile = func() {}
		}
	}
	return out.String(), <-ended
}

func TestAccAppPackage_changesAfterThePlan(t *testing.T) {
	w := acctest.New(t)
	dir := filepath.Join(sources(t, nil), "shop")
	lay(t, dir, "a.txt", "one")
	lay(t, dir, "b.txt", "b")
	s := newShell(t, shopPackage(w, dir, ""))
	change := func(content string) func() { return func() { lay(t, dir, "a.txt", content) } }

	// A saved plan, for a package that is not there yet.
	s.run("plan", "-out=saved")
	change("two")()
	lay(t, dir, "c.txt", "c")
	out := s.fails("apply", "saved")
	s.says(out, "Sources of "+dir+" changed", "a.txt changed", "c.txt is new", "Nothing was built or pushed")
	if state := s.run("show"); !strings.Contains(state, "No state") && !strings.Contains(state, "The state file is empty") {
		t.Errorf("a refused apply left state: %s", state)
	}
	if built, _ := filepath.Glob(filepath.Join(os.Getenv("AWSDEPLOY_CACHE_DIR"), "packages", "*")); len(built) > 0 {
		t.Errorf("a refused apply built %v", built)
	}

	// A saved plan whose sources stay.
	s.run("plan", "-out=saved")
	s.run("apply", "saved")
	s.says(s.run("plan", "-detailed-exitcode"), "No changes")

	// A saved plan, for a package that is there.
	change("three")()
	s.run("plan", "-out=saved")
	change("four")()
	s.says(s.fails("apply", "saved"), "Sources of "+dir+" changed", "a.txt changed")
	if out := s.run("plan"); strings.Contains(out, "Sources of") {
		t.Errorf("a new plan warns of what the last one said already:\n%s", out)
	}

	// An apply that asks: the provider knows that this is its plan.
	out, err := s.approve(change("five"))
	if err == nil {
		t.Fatalf("the apply succeeded:\n%s", out)
	}
	s.says(out, "Sources of "+dir+" changed", "a.txt changed")
	if runtime.GOOS == "linux" {
		s.says(out, "Nothing was built or pushed. Run the plan again.")
		if strings.Contains(out, "inconsistent") {
			t.Errorf("Terraform blames the provider:\n%s", out)
		}
	}
	if out, err := s.approve(func() {}); err != nil {
		t.Errorf("an apply whose sources stay: %v\n%s", err, out)
	}
	s.says(s.run("plan", "-detailed-exitcode"), "No changes")
}
