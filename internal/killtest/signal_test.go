//go:build linux

package killtest

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// signals are the cells in which the provider lives and Terraform is gone, or
// was asked to stop.
func (l *lab) signals(t *testing.T, calls []string, full bool) {
	t.Helper()
	first := moment{l.changes[0], 1, false}
	for _, m := range []moment{first, {first.operation, 1, true}, {l.follows, 4, false}} {
		l.run(t, "terraform "+m.String(), func(t *testing.T) bool { return l.orphan(t, m) })
	}
	for _, action := range l.actions {
		for n, m := range l.phases(calls, full) {
			l.run(t, fmt.Sprintf("interrupted, %s, %s", action, m), func(t *testing.T) bool { return l.interrupt(t, m, action) })
			if full || n == 0 {
				l.run(t, fmt.Sprintf("interrupted twice, %s, %s", action, m), func(t *testing.T) bool { return l.interruptTwice(t, m, action) })
			}
		}
	}
}

// phases are moments of a release that lie in each of its phases: right after
// each change that it makes, and at even distances on the way. A sample is one
// on the way.
func (r release) phases(calls []string, full bool) []moment {
	follows, changes := 0, 0
	var out []moment
	for _, operation := range calls {
		switch {
		case operation == r.follows:
			follows++
		case slices.Contains(r.changes, operation):
			changes++
			out = append(out, moment{operation, changes, true})
		}
	}
	if !full {
		return []moment{{r.follows, min(6, follows), true}}
	}
	for _, eighth := range []int{2, 4, 6, 7} {
		out = append(out, moment{r.follows, follows * eighth / 8, true})
	}
	return out
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

// interrupt presses Ctrl-C at a moment, and applies again.
func (l *lab) interrupt(t *testing.T, m moment, action string) bool {
	watch := &trap{at: m, spare: true, sig: syscall.SIGINT}
	e, c := l.begin(t, watch, fmt.Sprintf("  on_interrupt = %q", action))
	said, err := c.ApplyAs(watch.arm)
	stopped, _, missed := watch.disarm()
	switch {
	case missed != nil:
		t.Fatal(missed)
	case !stopped:
		return false
	case err == nil:
		// It was over when Terraform's word came.
	case !strings.Contains(said, "Release interrupted"):
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

// interruptTwice presses Ctrl-C again before the provider can have done what
// the first press asks for: Terraform ends, and the provider with it.
func (l *lab) interruptTwice(t *testing.T, m moment, action string) bool {
	watch := &trap{at: m, spare: true, sig: syscall.SIGINT, twice: true}
	e, c := l.begin(t, watch, fmt.Sprintf("  on_interrupt = %q", action))
	said, err := c.ApplyAs(watch.arm)
	stopped, _, missed := watch.disarm()
	switch {
	case missed != nil:
		t.Fatal(missed)
	case !stopped:
		return false
	case err != nil && !strings.Contains(strings.ToLower(said), "interrupt"):
		t.Errorf("apply ended with %v and does not say that it was interrupted:\n%s", err, said)
	}
	if err := gone(watch.orphan); err != nil {
		t.Errorf("the provider outlives Terraform: %v", err)
	}
	must(t, c, "apply", "-auto-approve", "-no-color")
	e.ends(t, c, 2, 1)
	return true
}
