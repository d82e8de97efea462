package chaos

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// role is one that the emulator lets everybody assume.
const role = "arn:aws:iam::" + emulator.Account + ":role/deployer"

// mostApplies is how often a person applies before giving up.
const mostApplies = 4

// cell is one fault at one call of one variant of a subject; at 0 no fault.
type cell struct {
	subject
	variant
	fault fault
	n     int
	// middle is the call at which a release is killed that is then reverted.
	middle int
}

// trial is a cell that runs.
type trial struct {
	cell
	t      *testing.T
	w      *acctest.World
	b      *acctest.Bench
	estate estate
	began  int  // how many calls there were before the apply
	handed bool // an operator put a hand to the release
	// handedAt is when.
	handedAt time.Time
	killer   *acctest.Killer
	watch    *watch
}

func (c cell) prepare(t *testing.T) *trial {
	t.Helper()
	tr := &trial{cell: c, t: t, killer: &acctest.Killer{}, watch: &watch{}}
	tr.w = acctest.New(t, emulator.WithSwitches(c.reading), emulator.OnCall(tr.killer.Hook), emulator.OnCall(tr.watch.hook))
	tr.estate = c.build(t, tr.w)
	if c.fault.role {
		tr.w.Role = role
	}
	tr.b = tr.w.NewBench(t, c.kind)
	if !c.created {
		if err := tr.b.Apply(context.Background(), tr.estate.old); err != nil {
			t.Fatalf("adopting: %v", err)
		}
	}
	return tr
}

// run runs the cell. It returns the calls of the apply that the fault met, and
// whether that call came.
func (c cell) run(t *testing.T) (calls []call, met bool) {
	t.Helper()
	tr := c.prepare(t)
	next := tr.estate.planned
	if c.interrupt != "" {
		next["on_interrupt"] = c.interrupt
	}
	if c.reverted {
		tr.killInTheMiddle()
		next = tr.estate.old
	}
	err := tr.apply(next)
	calls, victim := tr.watch.end()
	tr.b.Applying = nil
	tr.killer.Disarm()
	if c.n > 0 && victim == "" {
		return calls, false
	}
	tr.w.Emulator.Heal()
	tr.judge(err, victim)
	now := ending{variant: c.variant}
	for ; err != nil && now.applies < mostApplies; now.applies++ {
		if c.bad && now.applies > 0 {
			tr.w.SetAlarm(t, alarm, "OK", "quiet")
		}
		tr.b.Restart()
		tr.w.Pass(time.Duration(c.n%4) * 20 * time.Second) // nobody applies at once
		err = tr.b.Apply(context.Background(), next)
	}
	if err != nil {
		t.Fatalf("at %s: applying again: %v", victim, err)
	}
	tr.settled(next, now, victim)
	return calls, true
}

// killInTheMiddle leaves the release half done.
func (tr *trial) killInTheMiddle() {
	tr.t.Helper()
	tr.b.Applying = tr.killer.Begin
	err := tr.b.Apply(tr.killer.Arm(tr.middle, true), tr.estate.planned)
	if !errors.Is(err, acctest.ErrKilled) {
		tr.t.Fatalf("the release to be reverted ended with %v, want killed", err)
	}
	tr.killer.Disarm()
	tr.b.Applying = nil
	tr.b.Restart()
}

// apply applies a configuration, with the fault on its way.
func (tr *trial) apply(config map[string]any) error {
	tr.t.Helper()
	var spring func()
	switch {
	case tr.n == 0 || tr.fault.kill:
	case tr.fault.stop:
		spring = tr.b.Stop
	case tr.fault.role:
		spring = tr.w.Emulator.ExpireSessions
	default:
		f := tr.fault.inject
		f.After = tr.n - 1
		tr.w.Emulator.Inject(f)
	}
	at := 0
	switch {
	case tr.n == 0:
	case tr.fault.kill:
		at = tr.n
	case tr.fault.twice:
		at = tr.n + 1
	}
	ctx := tr.killer.Arm(at, tr.fault.acted)
	tr.killer.Begin()
	tr.began = len(tr.w.Emulator.Calls())
	tr.watch.begin(tr.n, spring)
	tr.b.Applying = func() {
		tr.watch.apply()
		tr.interfere()
	}
	return tr.b.Apply(ctx, config)
}

// interfere lets the variant's other hands act while the release goes on.
func (tr *trial) interfere() {
	act := func(call emulator.CallFunc) {}
	switch {
	case tr.scaled:
		act = func(call emulator.CallFunc) {
			if err := tr.estate.scale(call); err != nil {
				tr.t.Errorf("scaling out: %v", err)
			}
		}
	case tr.hand != "":
		act = func(call emulator.CallFunc) {
			tr.handed, tr.handedAt = tr.estate.hand[tr.hand](call), tr.w.Virtual.Now()
		}
	case tr.bad:
		act = func(call emulator.CallFunc) {
			_, err := call(acctest.Region, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": alarm, "StateValue": "ALARM", "StateReason": "too many"})
			if err != nil {
				tr.t.Error(err)
			}
		}
	default:
		return
	}
	tr.w.Emulator.At(tr.w.Virtual.Now().Add(tr.moment), func(call emulator.CallFunc) { act(call) })
}

// judge tells whether the apply that the fault met ended as it must.
func (tr *trial) judge(err error, victim string) {
	tr.t.Helper()
	fatal := tr.n > 0 && tr.fault.fatal
	switch {
	case fatal && tr.fault.stop:
		tr.interrupted(err, victim)
	case tr.bad && !fatal:
		if err == nil || !takenBack.MatchString(err.Error()) {
			tr.t.Errorf("at %s: the apply ended with %v, want it to say that it was %s", victim, err, takenBack)
		}
		if err := tr.estate.back(); err != nil {
			tr.t.Errorf("at %s, taken back: %v", victim, err)
		}
	case fatal && tr.fault.kill:
		if !errors.Is(err, acctest.ErrKilled) {
			tr.t.Errorf("at %s: the apply ended with %v, want killed", victim, err)
		}
	case tr.handed && err == nil:
		tr.t.Errorf("at %s: the apply succeeded against the operator's hand", victim)
	case tr.handed && !fatal && !byHand.MatchString(err.Error()):
		tr.t.Errorf("at %s: the apply ended with %v, want it to say that it was %s", victim, err, byHand)
	case tr.handed && err != nil && strings.Contains(err.Error(), "by hand") && tr.moved(tr.handedAt) > 0:
		tr.t.Errorf("at %s: the apply went on against the operator's hand", victim)
	case fatal && err != nil && tr.running != "" && tr.moved(time.Time{}) > 0 && !tr.handed && !strings.Contains(err.Error(), tr.running):
		tr.t.Errorf("at %s: the apply ended with %v, want it to say %q", victim, err, tr.running)
	case !fatal && !tr.handed && err != nil:
		tr.t.Errorf("at %s: the apply ended with %v", victim, err)
	}
}

// interrupted tells whether the apply that Ctrl-C met did what on_interrupt
// says, and said so.
func (tr *trial) interrupted(err error, victim string) {
	tr.t.Helper()
	switch {
	case err == nil, errors.Is(err, acctest.ErrKilled): // it was over by then, or the next press ended it
		return
	case tr.moved(time.Time{}) > 0 && !strings.Contains(err.Error(), "Release interrupted") && !takenBack.MatchString(err.Error()):
		tr.t.Errorf("at %s: the apply ended with %v, want it to say that it was interrupted", victim, err)
	case strings.Contains(err.Error(), "on its way back"):
		tr.w.Pass(time.Hour)
		fallthrough
	case strings.Contains(err.Error(), "is back on"):
		if err := tr.estate.back(); err != nil {
			tr.t.Errorf("at %s, which says that it went back: %v", victim, err)
		}
	case tr.interrupt == "rollback" && tr.moved(time.Time{}) > 0 && !tr.bad:
		tr.t.Errorf("at %s: the apply ended with %v, want it to go back", victim, err)
	case tr.interrupt == "detach" && tr.moved(time.Time{}) > 0 && !tr.bad && !strings.Contains(err.Error(), tr.running):
		tr.t.Errorf("at %s: the apply ended with %v, want it to say %q", victim, err, tr.running)
	}
}

// takenBack is what an apply says of a release that an alarm ended, or that an
// alarm did not let begin.
var takenBack = regexp.MustCompile("Release rolled back|Alarm already firing")

// byHand is what an apply says that an operator ended. A way back that the
// operator asked AWS for is followed to its end.
var byHand = regexp.MustCompile("by hand|MANUAL_STOP|manual rollback")

// moved counts what the apply that the fault meets began or moved since then.
func (tr *trial) moved(since time.Time) (n int) {
	for _, c := range tr.w.Emulator.Calls()[tr.began:] {
		if slices.Contains(tr.starts, c.Operation) && c.Acted && c.ErrorCode == "" && !c.Time.Before(since) {
			n++
		}
	}
	return n
}

// settled checks what is there when all has ended, and that state tells it.
func (tr *trial) settled(config map[string]any, now ending, victim string) {
	tr.t.Helper()
	if err := tr.estate.check(tr.b, now); err != nil {
		tr.t.Errorf("at %s: %v", victim, err)
	}
	if status := tr.b.Attribute("status"); tr.release && (status != "promoted" || tr.b.Attribute("last_failure") != "") {
		tr.t.Errorf("at %s: the state says %s, %q", victim, status, tr.b.Attribute("last_failure"))
	}
	tr.b.Read()
	if _, _, changes := tr.b.Plan(config); changes {
		tr.t.Errorf("at %s: the next plan is not empty; status %s", victim, tr.b.Attribute("status"))
	}
}

// name is the cell's in the tree of tests: the fault, then the call.
func (c cell) at(calls []call) string {
	return fmt.Sprintf("%s/call %d %s", c.fault.name, c.n, calls[c.n-1].operation)
}
