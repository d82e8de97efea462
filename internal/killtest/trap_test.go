//go:build linux

package killtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// notice is how long the provider may take to see that its caller is gone: the
// kernel closes the connection with the process.
const notice = 200 * time.Millisecond

// trap waits for one call among those of an apply, and signals a process there.
type trap struct {
	at    moment
	spare bool // whose call it is lives on: only Terraform is signalled
	sig   syscall.Signal
	twice bool // Terraform is signalled again a moment later

	mu     sync.Mutex
	armed  bool
	sprung bool
	cli    *os.Process
	seen   map[string]int // by operation
	calls  []string
	orphan int // the provider's process when Terraform was signalled
	err    error
}

// moment is the nth call of an operation, before AWS acts on it or after.
type moment struct {
	operation string
	nth       int
	acted     bool
}

func (m moment) String() string {
	when := "before"
	if m.acted {
		when = "after"
	}
	return fmt.Sprintf("%s %s %d", when, m.operation, m.nth)
}

// arm begins to count: Terraform was told to go on.
func (t *trap) arm(cli *os.Process) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed, t.cli, t.seen = true, cli, map[string]int{}
}

// disarm ends the count; whoever calls then is somebody else.
func (t *trap) disarm() (sprung bool, calls []string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = false
	return t.sprung, t.calls, t.err
}

// hook is the emulator's.
func (t *trap) hook(c emulator.Call, acted bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.armed:
		return true
	case t.sprung:
		return t.spare // the dead are not heard
	case !acted:
		t.seen[c.Operation]++
		t.calls = append(t.calls, c.Operation)
	}
	if (moment{c.Operation, t.seen[c.Operation], acted}) != t.at {
		return true
	}
	t.sprung = true
	if t.orphan, t.err = provider(t.cli.Pid); t.err != nil {
		return true
	}
	if t.spare {
		t.err = t.cli.Signal(t.sig)
		if t.err == nil && t.twice {
			_ = clock.System{}.Sleep(context.Background(), notice) // one press is heard before the next
			_ = t.cli.Signal(t.sig)                                // it may have ended by then
		}
		if t.err == nil && t.sig == syscall.SIGKILL {
			t.err = gone(t.cli.Pid)
			_ = clock.System{}.Sleep(context.Background(), notice)
		}
		return true
	}
	if t.err = syscall.Kill(t.orphan, t.sig); t.err == nil {
		t.err = gone(t.orphan)
	}
	return false
}

// provider is the process of the provider that a CLI has started.
func provider(cli int) (int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		name, rest, _ := bytes.Cut(stat, []byte(") "))
		fields := strings.Fields(string(rest))
		if !bytes.Contains(name, []byte("(terraform-provi")) || len(fields) < 2 || fields[1] != strconv.Itoa(cli) || fields[0] == "Z" {
			continue
		}
		return strconv.Atoi(filepath.Base(filepath.Dir(path)))
	}
	return 0, fmt.Errorf("process %d has no provider", cli)
}

// gone waits until a process runs no more.
func gone(pid int) error {
	for range 1000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return nil
		}
		if _, rest, _ := bytes.Cut(stat, []byte(") ")); bytes.HasPrefix(rest, []byte("Z")) {
			return nil
		}
		_ = clock.System{}.Sleep(context.Background(), 10*time.Millisecond)
	}
	return fmt.Errorf("process %d still runs", pid)
}
