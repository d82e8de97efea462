//go:build linux

package killtest

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// atOnce is how many cells run beside each other: more only slow each other
// down on the machines that run this.
const atOnce = 2

// lab is what the cells of one kind of release share.
type lab struct {
	release
	binaries string
	state    string // after the old version was adopted
	slots    chan struct{}
	tried    atomic.Int32
	survived atomic.Int32
	missed   atomic.Int32
}

func TestKill(t *testing.T) {
	began, full := clock.System{}.Now(), os.Getenv("AWSDEPLOY_KILL") == "full"
	acctest.NewFast(t, speed) // skips where there is no CLI
	binaries, slots := acctest.Build(t), make(chan struct{}, atOnce)
	var labs []*lab
	t.Run("releases", func(t *testing.T) {
		for _, r := range releases() {
			l := &lab{release: r, binaries: binaries, slots: slots}
			labs = append(labs, l)
			calls := l.reference(t)
			moments := r.moments(calls, full)
			for _, m := range moments {
				l.run(t, "provider "+m.String(), func(t *testing.T) bool { return l.cell(t, m, 2) })
				if m.acted && (full || m.nth > 1 || m.operation == r.changes[0]) {
					l.run(t, "provider, then reverted, "+m.String(), func(t *testing.T) bool { return l.cell(t, m, 1) })
				}
			}
			l.signals(t, calls, full)
		}
	})
	for _, l := range labs {
		t.Logf("%s: %d cells tried, %d survived; %d ended before their moment; %s in all",
			l.name, l.tried.Load(), l.survived.Load(), l.missed.Load(), clock.System{}.Now().Sub(began).Round(1e9))
		if l.tried.Load() == 0 {
			t.Errorf("%s: nothing was killed", l.name)
		}
	}
}

// run runs a cell beside others; it tells whether its moment came.
func (l *lab) run(t *testing.T, name string, cell func(t *testing.T) bool) {
	t.Run(l.name+": "+name, func(t *testing.T) {
		t.Parallel()
		l.slots <- struct{}{}
		defer func() { <-l.slots }()
		if !cell(t) {
			l.missed.Add(1)
			return
		}
		l.tried.Add(1)
		if !t.Failed() {
			l.survived.Add(1)
		}
	})
}

// reference adopts the old version, and releases the new one with nobody
// killed: its calls are the moments of the matrix.
func (l *lab) reference(t *testing.T) []string {
	t.Helper()
	watch := &trap{}
	e := l.build(t, watch.hook)
	c := e.w.NewCommandWith(t, l.binaries, e.config(1, ""))
	must(t, c, "apply", "-auto-approve", "-no-color")
	state, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	l.state = string(state)
	c.Configure(t, e.config(2, ""))
	if out, err := c.ApplyAs(watch.arm); err != nil {
		t.Fatalf("the release that nobody kills: %v\n%s", err, out)
	}
	_, calls, _ := watch.disarm()
	e.ends(t, c, 2, 0)
	return calls
}

// begin is an estate whose old version was adopted, and a configuration that
// releases the new one.
func (l *lab) begin(t *testing.T, watch *trap, more string) (estate, *acctest.Command) {
	t.Helper()
	e := l.build(t, watch.hook)
	c := e.w.NewCommandWith(t, l.binaries, e.config(2, more))
	c.Write(t, filepath.Join(c.Dir, "terraform.tfstate"), l.state)
	return e, c
}

// cell kills the provider at a moment, and applies the version again.
func (l *lab) cell(t *testing.T, m moment, version int) bool {
	watch := &trap{at: m, sig: syscall.SIGKILL}
	e, c := l.begin(t, watch, "")
	said, err := c.ApplyAs(watch.arm)
	killed, _, missed := watch.disarm()
	switch {
	case missed != nil:
		t.Fatal(missed)
	case killed && err == nil:
		t.Fatalf("apply succeeded without a provider:\n%s", said)
	case !killed && err != nil:
		t.Fatalf("nobody was killed, but apply failed: %v\n%s", err, said)
	}
	c.Configure(t, e.config(version, ""))
	must(t, c, "apply", "-auto-approve", "-no-color")
	if killed {
		e.ends(t, c, version, 0)
	}
	return killed
}

// ends checks what is live, and that the plan is empty.
func (e estate) ends(t *testing.T, c *acctest.Command, version, takenBack int) {
	t.Helper()
	if err := e.check(version, takenBack); err != nil {
		t.Error(err)
	}
	if out, err := c.Run("plan", "-detailed-exitcode", "-no-color"); err != nil {
		t.Errorf("the next plan is not empty: %v\n%s", err, out)
	}
}

func must(t *testing.T, c *acctest.Command, arguments ...string) {
	t.Helper()
	if out, err := c.Run(arguments...); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}
