package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
)

// What runs here is built for here.
const (
	goos   = goruntime.GOOS
	goarch = goruntime.GOARCH
)

// pluginVersion is the provider's version in the mirror.
const pluginVersion = "0.0.1"

// cli is terraform or tofu with the provider in a mirror of its own.
type cli struct {
	path, name  string
	logs        string
	environment []string
	runs        int
}

const noCLI = `neither terraform nor tofu is here. Install Terraform 1.11 or later
(https://developer.hashicorp.com/terraform/install) or OpenTofu 1.10 or later
(https://opentofu.org/docs/intro/install), or set TF_CLI to one; "make demo"
builds OpenTofu itself where there is none`

// newCLI finds the CLI, builds the provider, and puts it where the CLI's init
// finds it as it would find it in a registry.
func newCLI(ctx context.Context, work string, s *screen) (*cli, error) {
	c := &cli{logs: filepath.Join(work, "logs")}
	for _, name := range []string{os.Getenv("TF_CLI"), "terraform", "tofu"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			if c.path, err = filepath.Abs(path); err != nil {
				return nil, err
			}
			break
		}
	}
	if c.path == "" {
		return nil, errors.New(noCLI)
	}
	c.name = strings.TrimSuffix(filepath.Base(c.path), ".exe")
	s.say("building the provider, as a registry would serve it")
	mirror := filepath.Join(work, "mirror")
	binary := filepath.Join(mirror, "registry.terraform.io", pluginPath())
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+pluginVersion, "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	other := filepath.Join(mirror, "registry.opentofu.org", pluginPath())
	if err := errors.Join(os.MkdirAll(filepath.Dir(other), 0o755), os.Link(binary, other)); err != nil {
		return nil, err
	}
	settings := filepath.Join(work, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		return nil, err
	}
	c.environment = append(ownEnvironment(),
		"TF_CLI_CONFIG_FILE="+settings, "CHECKPOINT_DISABLE=1", "AWSDEPLOY_CACHE_DIR="+filepath.Join(work, "cache"),
		"DOCKER_CONFIG="+filepath.Join(work, "docker"), "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"AWS_ACCESS_KEY_ID=emulated", "AWS_SECRET_ACCESS_KEY=emulated", "AWS_REGION="+region, "AWS_EC2_METADATA_DISABLED=true")
	return c, nil
}

func pluginPath() string {
	name := "terraform-provider-awsdeploy_v" + pluginVersion
	if goos == "windows" {
		name += ".exe"
	}
	return filepath.Join("awsdeploy", "awsdeploy", pluginVersion, goos+"_"+goarch, name)
}

// ownEnvironment is the environment without what the user set for Terraform,
// AWS and Docker: the demo has nothing to do with real accounts.
func ownEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "TF_") || strings.HasPrefix(v, "AWS") || strings.HasPrefix(v, "DOCKER_")
	})
}

// running is a command of the CLI that is under way, in a process group of its
// own, which also has the provider.
type running struct {
	cmd    *exec.Cmd
	output *bytes.Buffer
	log    *os.File
	done   chan struct{} // closed at the end
	err    error
}

// begin starts the CLI in a directory. What it says goes to a log file too.
func (c *cli) begin(ctx context.Context, dir, log string, args ...string) (*running, error) {
	c.runs++
	file, err := os.Create(filepath.Join(c.logs, fmt.Sprintf("%02d-%s.log", c.runs, log)))
	if err != nil {
		return nil, err
	}
	r := &running{cmd: exec.CommandContext(ctx, c.path, args...), output: &bytes.Buffer{}, log: file, done: make(chan struct{})}
	both := io.MultiWriter(r.output, file)
	r.cmd.Dir, r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = dir, c.environment, both, both
	ownGroup(r.cmd)
	if err := r.cmd.Start(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	go func() {
		r.err = r.cmd.Wait()
		close(r.done)
	}()
	return r, nil
}

// wait waits for the end.
func (r *running) wait() (output string, err error) {
	<-r.done
	return r.output.String(), errors.Join(r.err, r.log.Close())
}

// over tells whether it has ended.
func (r *running) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// run runs the CLI to its end.
func (c *cli) run(ctx context.Context, dir, log string, args ...string) (output string, err error) {
	r, err := c.begin(ctx, dir, log, args...)
	if err != nil {
		return "", err
	}
	return r.wait()
}

// exitCode is how the CLI ended.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}
