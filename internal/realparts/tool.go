//go:build linux

package realparts

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

// variable asks for the tests with real parts. They run as root.
const variable = "AWSDEPLOY_REAL"

// patience is how long a real server may take to come up.
const patience = 60 * time.Second

// Wanted skips the test unless real parts are asked for.
func Wanted(t *testing.T) {
	t.Helper()
	if os.Getenv(variable) == "" {
		t.Skipf("set %s=1 for the tests with real registries, engines and build tools", variable)
	}
}

// Tool finds a program that a test needs. Debian's own comes first.
func Tool(t *testing.T, name string) string {
	t.Helper()
	Wanted(t)
	for _, file := range []string{filepath.Join("/usr/bin", name), filepath.Join("/usr/sbin", name), name} {
		if found, err := exec.LookPath(file); err == nil {
			return found
		}
	}
	Missing(t, name)
	return ""
}

// Missing ends a test whose real part is not there: CI has all of them.
func Missing(t *testing.T, what string) {
	t.Helper()
	message := what + " is not there (.ci/run lists Debian's packages for the real parts)"
	if os.Getenv("CI") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
}

// Run runs a program that must succeed, and returns what it prints.
func Run(t *testing.T, file string, arguments ...string) string {
	t.Helper()
	out, err := exec.Command(file, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(file), strings.Join(arguments, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// Await polls until what is tried goes well.
func Await(t *testing.T, what string, try func() error) {
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

// Answers wants a page that contains a text.
func Answers(url, want string) error {
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

// FreeAddress is a loopback address that nobody serves on.
func FreeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
