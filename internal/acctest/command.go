package acctest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Command runs the CLI in a directory of its own, with the provider as a
// process of its own: what depends on processes cannot be seen otherwise.
type Command struct {
	Dir string
	cli string
	env []string
}

// Build builds the provider, and returns the directory that holds it.
func Build(t testing.TB) string {
	t.Helper()
	binaries := t.TempDir()
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(binaries, "terraform-provider-awsdeploy"), "github.com/awsdeploy/terraform-provider-awsdeploy")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v\n%s", err, out)
	}
	return binaries
}

// NewCommand builds the provider and writes a configuration that uses it.
func (w *World) NewCommand(t testing.TB, config string) *Command {
	t.Helper()
	return w.NewCommandWith(t, Build(t), config)
}

// NewCommandWith writes a configuration that uses a provider that was built.
// The provider lives on this world's clock where it can be shared.
func (w *World) NewCommandWith(t testing.TB, binaries, config string) *Command {
	t.Helper()
	c := &Command{Dir: t.TempDir(), cli: cliPath()}
	settings := filepath.Join(c.Dir, "cli.tfrc")
	c.Write(t, settings, fmt.Sprintf("provider_installation {\n  dev_overrides { \"awsdeploy/awsdeploy\" = %q }\n  direct {}\n}\n", binaries))
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TF_CLI_CONFIG_FILE=") && !strings.HasPrefix(v, "TF_LOG=") {
			c.env = append(c.env, v)
		}
	}
	c.env = append(c.env, "TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1")
	if scaled, ok := w.Clock.(clock.Scaled); ok {
		c.env = append(c.env, "AWSDEPLOY_CLOCK="+scaled.String())
	}
	c.Configure(t, config)
	return c
}

// Configure replaces the configuration.
func (c *Command) Configure(t testing.TB, config string) {
	t.Helper()
	c.Write(t, filepath.Join(c.Dir, "main.tf"), "terraform {\n  required_providers {\n    awsdeploy = { source = \"awsdeploy/awsdeploy\" }\n  }\n}\n"+config)
}

// Write writes a file.
func (c *Command) Write(t testing.TB, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Run runs the CLI and returns all that it prints.
func (c *Command) Run(arguments ...string) (string, error) {
	out, err := c.command(arguments...).CombinedOutput()
	return string(out), err
}

// Apply runs apply, calls before when it asks for approval, and approves.
func (c *Command) Apply(before func()) (string, error) {
	return c.ApplyAs(func(*os.Process) { before() })
}

// ApplyAs is Apply for who wants to know the CLI's process.
func (c *Command) ApplyAs(before func(cli *os.Process)) (string, error) {
	cmd := c.command("apply", "-no-color")
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return "", err
	}
	var said bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(out, &said))
	for {
		// The question ends without a line's end.
		text, err := reader.ReadString(':')
		if err != nil {
			break
		}
		if strings.HasSuffix(text, "Enter a value:") {
			before(cmd.Process)
			if _, err := io.WriteString(in, "yes\n"); err != nil {
				return said.String(), err
			}
		}
	}
	return said.String(), cmd.Wait()
}

func (c *Command) command(arguments ...string) *exec.Cmd {
	cmd := exec.Command(c.cli, arguments...)
	cmd.Dir, cmd.Env = c.Dir, c.env
	return cmd
}
