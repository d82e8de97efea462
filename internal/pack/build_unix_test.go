//go:build unix

package pack

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

func TestBuild_stops(t *testing.T) {
	dir := lay(t, map[string]string{"a": "a"})
	pids := filepath.Join(t.TempDir(), "pids")
	spec := Spec{Dir: dir, Tool: Command, Command: []string{"sh", "-c", "sleep 600 & echo $! > " + pids + "; wait"}, Artifact: "x"}
	tree, err := spec.Walk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for i := 0; i < 500; i++ {
			if data, _ := os.ReadFile(pids); len(data) > 1 {
				return
			}
			_ = clock.System{}.Sleep(ctx, 10*time.Millisecond)
		}
	}()
	if _, err := (Store{Dir: t.TempDir()}).Build(ctx, spec, tree); err == nil || !strings.Contains(err.Error(), "the build was stopped") {
		t.Fatalf("got %v", err)
	}
	data, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; syscall.Kill(pid, 0) == nil && !zombie(pid); i++ {
		if i > 200 {
			t.Fatalf("process %d, which the build started, still runs", pid)
		}
		_ = clock.System{}.Sleep(t.Context(), 10*time.Millisecond)
	}
}

// zombie tells that a process has ended and waits for its parent's look.
func zombie(pid int) bool {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.Contains(string(data), ") Z ")
}
