//go:build linux

package killtest

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// signals are the cells in which the provider lives and Terraform is gone, or
// was asked to stop.
func (l *lab) signals(t *testing.T) {
	t.Helper()
	first := moment{l.changes[0], 1, false}
	for _, m := range []moment{first, {first.operation, 1, true}, {l.follows, 4, false}} {
		l.run(t, "terraform "+m.String(), func(t *testing.T) bool { return l.orphan(t, m) })
	}
	for _, action := range l.actions {
		l.run(t, "interrupted, "+action, func(t *testing.T) bool { return l.interrupt(t, action) })
	}
}

// orphan kills Terraform: the provider hears that its caller is gone, and must
// neither change anything nor linger.
func (l *lab) orphan(t *testing.T, m moment) bool {
	watch := &trap{at: m, spare: true, sig: syscall.SIGKILL}
	e, c := l.begin(t, watch, "")
	_, _ = c.ApplyAs(watch.arm)
	killed, _, missed := watch.disarm()
	if missed != nil {
		t.Fatal(missed)
	}
	if !killed {
		return false
	}
	if err := gone(watch.orphan); err != nil {
		t.Errorf("the provider outlives Terraform: %v", err)
	}
	changed := map[string]int{}
	for _, call := range e.w.Emulator.Calls() {
		changed[call.Operation]++
	}
	for _, operation := range []string{"StartInstanceRefresh", "CancelInstanceRefresh", "RollbackInstanceRefresh", "UpdateAlias"} {
		if changed[operation] > watch.seen[operation] {
			t.Errorf("%s was called %d times: the orphan went on", operation, changed[operation])
		}
	}
	must(t, c, "apply", "-auto-approve", "-no-color")
	e.ends(t, c, 2, 0)
	return true
}

// interrupt presses Ctrl-C in the middle of a release, and applies again.
func (l *lab) interrupt(t *testing.T, action string) bool {
	watch := &trap{at: moment{l.follows, 6, true}, spare: true, sig: syscall.SIGINT}
	e, c := l.begin(t, watch, fmt.Sprintf("  on_interrupt = %q", action))
	said, err := c.ApplyAs(watch.arm)
	stopped, _, missed := watch.disarm()
	switch {
	case missed != nil:
		t.Fatal(missed)
	case !stopped:
		return false
	case err == nil || !strings.Contains(said, "Release interrupted"):
		t.Errorf("apply ended with %v and does not say what was interrupted:\n%s", err, said)
	}
	must(t, c, "apply", "-auto-approve", "-no-color")
	takenBack := 0
	if action != "detach" {
		takenBack = 1
	}
	e.ends(t, c, 2, takenBack)
	return true
}
