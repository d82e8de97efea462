package rollout_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// fake is a target that moves a minute after it was asked.
type fake struct {
	clock   *clock.Virtual
	percent int // what it was asked for
	since   time.Time
	saved   bool
	asked   []string

	stuck    bool // never arrives
	oneWay   bool // never goes back
	alarmAt  time.Duration
	movedAt  time.Duration
	failAt   time.Duration
	refuse   string // refuses to shift
	active   rollout.Active
	failures int // observations that fail
	endFails error
	endLost  int // so often End fails by what passes
}

func (f *fake) passed() time.Duration { return f.clock.Now().Sub(epoch) }

func (f *fake) Observe(context.Context) (rollout.Observation, error) {
	if f.failures > 0 {
		f.failures--
		return rollout.Observation{}, errors.New("throttled")
	}
	there := f.clock.Now().Sub(f.since) >= time.Minute
	o := rollout.Observation{
		Percent: float64(f.percent), Arrived: there && !f.stuck, Saved: f.saved,
		Back: f.percent == 0 && there && !f.oneWay, Idle: there, Active: f.active, Activity: "at work",
	}
	if f.alarmAt > 0 && f.passed() >= f.alarmAt && f.percent > 0 {
		o.Alarms = []string{"alarm HighErrors"}
	}
	if f.movedAt > 0 && f.passed() >= f.movedAt {
		o.Moved = "alias moved from 2 to 3"
	}
	if f.failAt > 0 && f.passed() >= f.failAt {
		o.Failure = "refresh failed"
	}
	return o, nil
}

func (f *fake) Shift(_ context.Context, s rollout.Step) error {
	if f.refuse != "" {
		return errors.Join(rollout.ErrRefused, errors.New(f.refuse))
	}
	f.move(s.Percent, "shift")
	return nil
}

func (f *fake) End(_ context.Context, how rollout.Ending) error {
	if f.endFails != nil {
		return f.endFails
	}
	if f.endLost > 0 && how == rollout.GoBack {
		f.endLost--
		return errors.New("throttled, try later")
	}
	switch how {
	case rollout.Promote:
		f.saved = true
	case rollout.GoBack:
		f.move(0, "back")
	}
	f.asked = append(f.asked, string(how))
	return nil
}

func (f *fake) move(percent int, word string) {
	if percent != f.percent || word == "back" {
		f.percent, f.since = percent, f.clock.Now()
	}
	f.asked = append(f.asked, word)
}

func canary() rollout.Plan {
	return rollout.Plan{
		Steps:     []rollout.Step{{Percent: 10, Pause: 20 * time.Minute}, {Percent: 100}},
		Bake:      10 * time.Minute,
		OnFailure: rollout.Rollback,
		Limits:    rollout.Limits{Arrive: 5 * time.Minute, Return: 5 * time.Minute, Blind: 5 * time.Minute},
		Poll:      rollout.Poll{Short: 10 * time.Second, Long: time.Minute},
	}
}

func TestRun(t *testing.T) {
	for _, tc := range []struct {
		name   string
		target fake
		change func(*rollout.Plan)
		phase  rollout.Phase
		reason string
		about  time.Duration // virtual time, give or take a poll a phase
	}{
		{name: "a healthy target is promoted", phase: rollout.Promoted, about: 32 * time.Minute},
		{name: "an alarm in the pause rolls back", target: fake{alarmAt: 7 * time.Minute}, phase: rollout.RolledBack, reason: "alarm HighErrors", about: 9 * time.Minute},
		{name: "an alarm with hold leaves it there", target: fake{alarmAt: 7 * time.Minute}, change: func(p *rollout.Plan) { p.OnFailure = rollout.Hold }, phase: rollout.Failed, reason: "alarm HighErrors", about: 7 * time.Minute},
		{name: "a target that never moves rolls back", target: fake{stuck: true}, phase: rollout.RolledBack, reason: "not at 10 % after 5m", about: 6 * time.Minute},
		{name: "a roll-back that never lands is stranded", target: fake{alarmAt: 2 * time.Minute, oneWay: true}, phase: rollout.Stranded, reason: "alarm HighErrors", about: 5 * time.Minute},
		{name: "a way back whose requests do not get through is asked for again", target: fake{alarmAt: 2 * time.Minute, endLost: 9}, phase: rollout.RolledBack, reason: "alarm HighErrors", about: 4 * time.Minute},
		{name: "a way back that cannot be asked for says why", target: fake{alarmAt: 2 * time.Minute, endLost: 900}, phase: rollout.Stranded, reason: "alarm HighErrors; throttled, try later", about: 7 * time.Minute},
		{name: "an operator's move is never fought", target: fake{movedAt: 4 * time.Minute}, phase: rollout.Aborted, reason: "moved from 2 to 3", about: 4 * time.Minute},
		{name: "a refusal before anything moved changes nothing", target: fake{refuse: "no such version"}, phase: rollout.Failed, reason: "no such version"},
		{name: "observations that fail for a while are borne", target: fake{failures: 4}, phase: rollout.Promoted, about: 32 * time.Minute},
		{name: "holding stops at its step", change: func(p *rollout.Plan) { p.HoldAt = 10 }, phase: rollout.Held, about: 21 * time.Minute},
		{name: "out of time where we do the work goes back", change: func(p *rollout.Plan) { p.Limits.Total = 10 * time.Minute }, phase: rollout.RolledBack, reason: "timed out after 10m", about: 11 * time.Minute},
		{name: "out of time where the target works detaches", target: fake{stuck: true}, change: func(p *rollout.Plan) {
			p.SelfDriven, p.Limits.Total, p.Limits.Arrive = true, 10*time.Minute, 0
		}, phase: rollout.Detached, reason: "timed out after 10m", about: 10 * time.Minute},
		{name: "the target's own failure rolls back", target: fake{failAt: 3 * time.Minute}, phase: rollout.RolledBack, reason: "refresh failed", about: 4 * time.Minute},
		{name: "a release that goes back already is followed", target: fake{active: rollout.ActiveEnding, failAt: time.Nanosecond}, phase: rollout.RolledBack},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan := canary()
			if tc.change != nil {
				tc.change(&plan)
			}
			tc.target.clock = clock.NewVirtual(epoch)
			got, err := rollout.Runner{Clock: tc.target.clock, Target: &tc.target, Plan: plan, Name: tc.name}.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if got.Phase != tc.phase || !strings.Contains(got.Reason, tc.reason) {
				t.Errorf("ended %s (%q), want %s (%q); asked %v", got.Phase, got.Reason, tc.phase, tc.reason, tc.target.asked)
			}
			if off := tc.target.passed() - tc.about; off < 0 || off > 2*time.Minute {
				t.Errorf("took %s, want about %s", tc.target.passed(), tc.about)
			}
		})
	}
}

func TestNext_alarmsWhileWaiting(t *testing.T) {
	s := canary().Next(rollout.State{Phase: rollout.Waiting, Since: epoch, Began: epoch},
		rollout.Observation{Idle: true, Alarms: []string{"alarm HighErrors"}}, epoch.Add(time.Minute))
	if s.Phase != rollout.Failed || s.Reason != "alarm HighErrors" {
		t.Errorf("went on to %s (%q), want failed for the alarm before anything is changed", s.Phase, s.Reason)
	}
}

func TestRun_checksOnArrivalAndAtTheEnd(t *testing.T) {
	f := &fake{clock: clock.NewVirtual(epoch)}
	var ran []string
	r := rollout.Runner{Clock: f.clock, Target: f, Plan: canary(), Verify: func(_ context.Context, at rollout.Moment) rollout.Verdict {
		ran = append(ran, f.passed().Round(time.Minute).String())
		if at.Percent != f.percent {
			t.Errorf("checked %d %% while %d %% is there", at.Percent, f.percent)
		}
		return rollout.Verdict{Outcome: rollout.Pass}
	}}
	if s, err := r.Run(context.Background()); err != nil || s.Phase != rollout.Promoted {
		t.Fatalf("ended %+v, %v", s, err)
	}
	if got, want := strings.Join(ran, " "), "1m0s 21m0s 22m0s 32m0s"; got != want {
		t.Errorf("checks ran at %s, want %s", got, want)
	}
}

func TestRun_inconclusiveHolds(t *testing.T) {
	f := &fake{clock: clock.NewVirtual(epoch)}
	plan := canary()
	plan.Limits.Total = time.Hour
	r := rollout.Runner{Clock: f.clock, Target: f, Plan: plan, Verify: func(context.Context, rollout.Moment) rollout.Verdict {
		return rollout.Verdict{Outcome: rollout.Inconclusive, Detail: "3 of 50 samples"}
	}}
	s, err := r.Run(context.Background())
	if err != nil || s.Phase != rollout.RolledBack || !strings.Contains(s.Reason, "inconclusive: 3 of 50 samples") {
		t.Fatalf("ended %+v, %v; want rolled back at the deadline, never promoted", s, err)
	}
}

func TestRun_interrupted(t *testing.T) {
	for _, tc := range []struct {
		name     string
		stopping bool
		action   rollout.InterruptAction
		phase    rollout.Phase
		err      error
		asked    string
	}{
		{"a caller that is gone is answered with nothing", false, rollout.RollbackOnInterrupt, rollout.Pausing, rollout.ErrAbandoned, "shift"},
		{"detach leaves it", true, rollout.DetachOnInterrupt, rollout.Detached, rollout.ErrInterrupted, "shift"},
		{"rollback asks for the way back", true, rollout.RollbackOnInterrupt, rollout.RollingBack, rollout.ErrInterrupted, "shift back go back"},
		{"cancel stops it where it is", true, rollout.CancelOnInterrupt, rollout.Failed, rollout.ErrInterrupted, "shift leave it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &fake{clock: clock.NewVirtual(epoch)}
			ctx, cancel := context.WithCancel(context.Background())
			r := rollout.Runner{
				Clock: f.clock, Target: f, Plan: canary(), OnInterrupt: tc.action,
				Stopping: func() bool { return tc.stopping },
				Notify: func(s rollout.State, _ rollout.Observation) {
					if s.Phase == rollout.Pausing {
						cancel()
					}
				},
			}
			s, err := r.Run(ctx)
			if s.Phase != tc.phase || !errors.Is(err, tc.err) || strings.Join(f.asked, " ") != tc.asked {
				t.Errorf("ended %s, %v, asked %v; want %s, %v, %s", s.Phase, err, f.asked, tc.phase, tc.err, tc.asked)
			}
		})
	}
}

func TestRun_interruptedAfterAnOperatorsMove(t *testing.T) {
	f := &fake{clock: clock.NewVirtual(epoch), endFails: errors.New("precondition failed")}
	ctx, cancel := context.WithCancel(context.Background())
	r := rollout.Runner{
		Clock: f.clock, Target: f, Plan: canary(), OnInterrupt: rollout.RollbackOnInterrupt, Stopping: func() bool { return true },
		Notify: func(s rollout.State, _ rollout.Observation) {
			if s.Phase == rollout.Pausing {
				f.movedAt = time.Nanosecond
				cancel()
			}
		},
	}
	if s, err := r.Run(ctx); s.Phase != rollout.Aborted || !errors.Is(err, rollout.ErrInterrupted) || s.Reason != "alias moved from 2 to 3" {
		t.Errorf("ended %+v, %v; want aborted by the operator's move", s, err)
	}
}

func TestBegin(t *testing.T) {
	plan := canary()
	for _, tc := range []struct {
		name   string
		seen   rollout.Observation
		active rollout.ActiveAction
		want   rollout.Phase
		step   int
		err    error
	}{
		{"nothing there begins at the first step", rollout.Observation{}, rollout.Adopt, rollout.Shifting, 0, nil},
		{"all there is only verified", rollout.Observation{Percent: 100, Saved: true}, rollout.Adopt, rollout.Baking, 1, nil},
		{"one in the middle is taken up at its step", rollout.Observation{Percent: 10, Active: rollout.ActiveSame}, rollout.Adopt, rollout.Shifting, 0, nil},
		{"one at its last weight is taken up there", rollout.Observation{Percent: 100, Active: rollout.ActiveSame}, rollout.Adopt, rollout.Shifting, 1, nil},
		{"somebody else's is refused", rollout.Observation{Active: rollout.ActiveOther}, rollout.Adopt, "", 0, rollout.ErrActive},
		{"one that our own Ctrl-C cancels is waited for", rollout.Observation{Active: rollout.ActiveEnded}, rollout.Adopt, rollout.Waiting, 0, nil},
		{"somebody else's is waited for", rollout.Observation{Active: rollout.ActiveOther}, rollout.Wait, rollout.Waiting, 0, nil},
		{"somebody else's is ended", rollout.Observation{Active: rollout.ActiveOther}, rollout.Supersede, rollout.Stopping, 0, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan.OnActive = tc.active
			s, err := plan.Begin(tc.seen, epoch)
			if s.Phase != tc.want || s.Step != tc.step || !errors.Is(err, tc.err) {
				t.Errorf("begins %s at %d, %v; want %s at %d, %v", s.Phase, s.Step, err, tc.want, tc.step, tc.err)
			}
		})
	}
}
