package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// patience is how long an engine may take to come up.
const patience = time.Minute

// engine is a Docker Engine: the one that DOCKER_HOST names by a socket, or
// one that is started for a row and ended with it.
type engine struct {
	missing string // why there is none
	host    string
	dir     string
	server  *exec.Cmd
}

func findEngine() *engine {
	if absent("docker") != "" {
		return &engine{missing: "no docker"}
	}
	if host := os.Getenv("DOCKER_HOST"); strings.HasPrefix(host, "unix://") {
		return &engine{host: host}
	}
	if absent("dockerd") != "" || os.Geteuid() != 0 {
		return &engine{missing: "no engine"}
	}
	return &engine{}
}

// start starts an engine of its own, where one is needed and can be.
func (e *engine) start() error {
	if e.missing != "" || e.host != "" {
		return nil
	}
	dir, err := os.MkdirTemp("/tmp", "bench-") // a socket's path is short
	if err != nil {
		return err
	}
	e.dir, e.host = dir, "unix://"+filepath.Join(dir, "docker.sock")
	e.server = exec.Command("dockerd", "--host", e.host, "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"), "--iptables=false", "--bridge=none", "--log-level=error")
	if err := e.server.Start(); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for {
		err := e.run(ctx, "version")
		if err == nil {
			return nil
		}
		if late := (clock.System{}).Sleep(ctx, 200*time.Millisecond); late != nil {
			return errors.Join(fmt.Errorf("the Docker Engine did not come up: %w", err), e.stop())
		}
	}
}

// stop ends the engine that start started.
func (e *engine) stop() error {
	if e.server == nil {
		return nil
	}
	err := e.server.Process.Signal(os.Interrupt)
	if err == nil {
		_ = e.server.Wait() // ended by our signal
	}
	_ = unmount(filepath.Join(e.dir, "exec", "netns", "default")) // the engine leaves it
	e.server, e.host = nil, ""
	return errors.Join(err, os.RemoveAll(e.dir))
}

// run asks the engine. Without the plug-in of BuildKit, the builder that is
// built in has to do.
func (e *engine) run(ctx context.Context, arguments ...string) error {
	cmd := exec.CommandContext(ctx, "docker", append([]string{"--host", e.host}, arguments...)...)
	if exec.CommandContext(ctx, "docker", "buildx", "version").Run() != nil {
		cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker %s: %w\n%s", strings.Join(arguments, " "), err, out)
	}
	return nil
}
