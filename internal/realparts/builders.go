//go:build linux

package realparts

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Program is the engine's client, and Host where it finds the engine.
func (e *Engine) Program() string { return e.docker }

// Host is the engine's address, as its client takes it.
func (e *Engine) Host() string { return e.host }

// Buildah sets Buildah up to work in a directory of the test's own and to
// pull from registries without TLS, and returns its program.
func Buildah(t *testing.T, registries ...string) string {
	t.Helper()
	program := Tool(t, "buildah")
	dir := t.TempDir()
	write := func(variable, name, text string) {
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, []byte(text), 0o644))
		t.Setenv(variable, file)
	}
	var text string
	for _, r := range registries {
		text += fmt.Sprintf("[[registry]]\nlocation = %q\ninsecure = true\n", r)
	}
	write("CONTAINERS_REGISTRIES_CONF", "registries.conf", text)
	write("CONTAINERS_STORAGE_CONF", "storage.conf", fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", filepath.Join(dir, "root"), filepath.Join(dir, "run")))
	// Here nobody may raise a limit.
	write("CONTAINERS_CONF", "containers.conf", "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\nnetns = \"host\"\n")
	t.Setenv("BUILDAH_ISOLATION", "chroot")
	return program
}

// Busybox is a static busybox, for bases that can run commands.
func Busybox(t *testing.T) string {
	t.Helper()
	Wanted(t)
	const file = "/bin/busybox" // of Debian's busybox-static
	if _, err := os.Stat(file); err != nil {
		Missing(t, "busybox (Debian: busybox-static)")
	}
	return file
}

// Runs pulls an image and runs it to its end; it must print what is wanted.
func (e *Engine) Runs(t *testing.T, reference, want string) {
	t.Helper()
	Run(t, e.docker, "--host", e.host, "pull", "--quiet", reference)
	if got := Run(t, e.docker, "--host", e.host, "run", "--rm", "--network", "host", reference); got != want {
		t.Errorf("%s printed %q", reference, got)
	}
}

// Forget has the engine forget all that it built and pulled.
func (e *Engine) Forget() {
	e.t.Helper()
	Run(e.t, e.docker, "--host", e.host, "builder", "prune", "--all", "--force")
	Run(e.t, e.docker, "--host", e.host, "image", "prune", "--all", "--force")
}
