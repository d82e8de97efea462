//go:build linux

package realparts

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Registry serves Debian's docker-registry and returns its host and port. More
// are lines of its configuration.
func Registry(t *testing.T, more ...string) string {
	t.Helper()
	return registry(t, "", more)
}

// DeletingRegistry is a Registry that lets manifests be deleted.
func DeletingRegistry(t *testing.T) string {
	t.Helper()
	return registry(t, ", delete: {enabled: true}", nil)
}

// registry serves with more in its storage's settings, and more lines.
func registry(t *testing.T, storage string, more []string) string {
	t.Helper()
	program := Tool(t, "docker-registry")
	address, dir := FreeAddress(t), t.TempDir()
	config := filepath.Join(dir, "registry.yml")
	text := fmt.Sprintf("version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %s}%s}\nhttp: {addr: %s}\n", dir, storage, address)
	for _, line := range more {
		text += line + "\n"
	}
	must(t, os.WriteFile(config, []byte(text), 0o644))
	serve(t, program, "serve", config)
	Await(t, "the registry", func() error {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			err = connection.Close()
		}
		return err
	})
	return address
}

// Engine is a Docker Engine of the test's own.
type Engine struct {
	t            *testing.T
	docker, host string
}

// NewEngine starts one. It has no bridge: containers use the host's network.
func NewEngine(t *testing.T) *Engine {
	t.Helper()
	program, docker := Tool(t, "dockerd"), Tool(t, "docker")
	dir := t.TempDir()
	// The engine leaves the namespace of the host's network mounted.
	t.Cleanup(func() { _ = syscall.Unmount(filepath.Join(dir, "exec", "netns", "default"), syscall.MNT_DETACH) })
	host := "unix://" + filepath.Join(dir, "docker.sock")
	serve(t, program, "--host", host, "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"), "--iptables=false", "--bridge=none")
	Await(t, "the engine", func() error { return exec.Command(docker, "--host", host, "version").Run() })
	return &Engine{t: t, docker: docker, host: host}
}

// Start pulls an image and runs it until the test ends.
func (e *Engine) Start(reference string) {
	e.t.Helper()
	Run(e.t, e.docker, "--host", e.host, "pull", "--quiet", reference)
	id := Run(e.t, e.docker, "--host", e.host, "run", "--detach", "--network", "host", reference)
	e.t.Cleanup(func() {
		if e.t.Failed() {
			e.t.Logf("the container says:\n%s", Run(e.t, e.docker, "--host", e.host, "logs", id))
		}
		Run(e.t, e.docker, "--host", e.host, "rm", "--force", id)
	})
}
