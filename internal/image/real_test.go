//go:build linux

package image

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// realVariable asks for the tests with a registry, a client and an engine that
// others made. They run as root.
const realVariable = "AWSDEPLOY_REAL"

// patience is how long a real server may take to come up.
const patience = 30 * time.Second

// tool finds a program that a real test needs.
func tool(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv(realVariable) == "" {
		t.Skipf("set %s=1 for the tests with real registries and engines", realVariable)
	}
	for _, file := range []string{filepath.Join("/usr/bin", name), filepath.Join("/usr/sbin", name), name} {
		if found, err := exec.LookPath(file); err == nil {
			return found
		}
	}
	message := name + " is not installed (Debian: docker-registry, skopeo, docker.io, iptables)"
	if os.Getenv("CI") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// serve starts a server and ends it, and it alone, with the test.
func serve(t *testing.T, file string, arguments ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(file)+".log"))
	must(t, err)
	c := exec.Command(file, arguments...)
	c.Stdout, c.Stderr = log, log
	must(t, c.Start())
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s says:\n%s", filepath.Base(file), text)
		}
		if c.Process.Signal(syscall.SIGTERM) == nil {
			_ = c.Wait() // ended by our signal
		}
	})
}

// await polls until what is tried goes well.
func await(t *testing.T, what string, try func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := try()
		if err == nil {
			return
		}
		if (clock.System{}).Sleep(ctx, 100*time.Millisecond) != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func run(t *testing.T, file string, arguments ...string) string {
	t.Helper()
	out, err := exec.Command(file, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(file), strings.Join(arguments, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// realRegistry is Debian's docker-registry.
func realRegistry(t *testing.T) string {
	t.Helper()
	program := tool(t, "docker-registry")
	address, dir := freeAddress(t), t.TempDir()
	config := filepath.Join(dir, "registry.yml")
	must(t, os.WriteFile(config, fmt.Appendf(nil, "version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %s}\n", dir, address), 0o644))
	serve(t, program, "serve", config)
	await(t, "the registry", func() error { return answers("http://"+address+"/v2/", "") })
	return address
}

// answers wants a page that contains a text.
func answers(url, want string) error {
	r, err := http.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err == nil && (r.StatusCode != http.StatusOK || !strings.Contains(string(body), want)) {
		err = fmt.Errorf("%s: %s %q", url, r.Status, body)
	}
	return err
}

const webServer = `package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "served by user %d", os.Getuid()) })
	if err := http.ListenAndServe(os.Getenv("ADDRESS"), nil); err != nil {
		panic(err)
	}
}
`

// webImage pushes an image of a static web server and names it by its digest.
func webImage(t *testing.T, registry, address string) (reference, digest string) {
	t.Helper()
	dir := lay(t, map[string]string{"main.go": webServer, "go.mod": "module web\n\ngo 1.26\n"})
	build := exec.Command("go", "build", "-trimpath", "-o", "web", ".")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the web server: %v\n%s", err, out)
	}
	m := newMaker(t)
	image, err := m.Make(t.Context(), Recipe{
		Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{pkg(t, filepath.Join(dir, "web"))},
		Config: Config{Env: map[string]string{"ADDRESS": address}, User: "1000:1000", Labels: map[string]string{"made": "by us"}},
	}, nil)
	must(t, err)
	repo, err := ParseRepository(registry + "/team/web")
	must(t, err)
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	return repo.Digest(image.Digest.String()).Name(), image.Digest.String()
}

func TestReal_readBackBySkopeo(t *testing.T) {
	skopeo := tool(t, "skopeo")
	registry := realRegistry(t)
	_, digest := webImage(t, registry, "127.0.0.1:1")
	source := "docker://" + registry + "/team/web:1"
	if got := run(t, skopeo, "inspect", "--tls-verify=false", "--format", "{{.Digest}} {{.Labels.made}} {{.Architecture}}", source); got != digest+" by us amd64" {
		t.Errorf("inspected: %s", got)
	}
	layout := t.TempDir()
	run(t, skopeo, "copy", "--src-tls-verify=false", source, "oci:"+layout+":1")
	if _, err := os.Stat(filepath.Join(layout, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))); err != nil {
		t.Errorf("the copy has another manifest: %v", err)
	}
}

func TestReal_runsUnderDockerEngine(t *testing.T) {
	engine, docker := tool(t, "dockerd"), tool(t, "docker")
	registry := realRegistry(t)
	address := freeAddress(t)
	reference, _ := webImage(t, registry, address)
	dir := t.TempDir()
	// The engine leaves the namespace of the host's network mounted.
	t.Cleanup(func() { _ = syscall.Unmount(filepath.Join(dir, "exec", "netns", "default"), syscall.MNT_DETACH) })
	host := "unix://" + filepath.Join(dir, "docker.sock")
	serve(t, engine, "--host", host, "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"), "--iptables=false", "--bridge=none")
	await(t, "the engine", func() error { return exec.Command(docker, "--host", host, "version").Run() })
	run(t, docker, "--host", host, "pull", reference)
	id := run(t, docker, "--host", host, "run", "--detach", "--network", "host", reference)
	t.Cleanup(func() { run(t, docker, "--host", host, "rm", "--force", id) })
	await(t, "the web server in the container", func() error { return answers("http://"+address+"/", "served by user 1000") })
}
