package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Runner drives one release.
type Runner struct {
	Clock  clock.Clock
	Target Target
	Plan   Plan
	// Name of the target: it spreads the polling of many releases.
	Name string
	// Verify runs the checks that are due at the moment; nil passes.
	Verify func(ctx context.Context, at Moment) Verdict
	// Diagnose collects what can be known about a failure, before anything is
	// taken back; nil finds nothing.
	Diagnose func(ctx context.Context, s State) string
	// Stopping tells Ctrl-C, which ends the context too, from a caller that
	// is gone.
	Stopping func() bool
	// OnInterrupt is what Ctrl-C does.
	OnInterrupt InterruptAction
	// Notify hears of every change of phase and every new activity.
	Notify func(State, Observation)
	// Watch hears of every look at the target; nil is nobody.
	Watch func(State, Observation)
}

// tick is what one turn of the loop hands to the next.
type tick struct {
	state State
	seen  Observation
	acted State // what the target was last asked for
	count int
}

// Run drives the target until the release has ended. The state tells where it
// stands, with an error too.
func (r Runner) Run(ctx context.Context) (State, error) {
	defer r.Clock.Join()()
	o, err := r.observe(ctx)
	if err != nil {
		return r.stopped(ctx, State{}, err)
	}
	s, err := r.Plan.Begin(o, r.Clock.Now())
	if err != nil {
		return s, err
	}
	t := tick{state: s, seen: o}
	if !r.resumes(s) {
		t.acted = s
	}
	r.notify(t.state, o)
	r.watch(t.state, o)
	for {
		if err := r.act(ctx, &t); err != nil {
			return r.stopped(ctx, t.state, err)
		}
		if t.state.Phase.Done() {
			return t.state, nil
		}
		if err := r.wait(ctx, &t); err != nil {
			return r.stopped(ctx, t.state, err)
		}
		if err := r.look(ctx, &t); err != nil {
			return r.stopped(ctx, t.state, err)
		}
	}
}

// resumes reports whether the first state still has to be asked for: what was
// adopted has been asked for by whoever began it.
func (r Runner) resumes(s State) bool {
	return !(s.Adopted && (s.Phase == Shifting && r.Plan.SelfDriven || s.Phase == RollingBack))
}

// act asks the target once for what the state wants.
func (r Runner) act(ctx context.Context, t *tick) error {
	now := r.Clock.Now()
	if again := r.Plan.again(t.state, t.seen, now); !again &&
		t.acted.Phase == t.state.Phase && t.acted.Step == t.state.Step && t.acted.Since.Equal(t.state.Since) {
		return nil
	}
	var err error
	switch how := t.state.ending(); {
	case how != noEnding:
		err = r.Target.End(ctx, how)
	case t.state.Phase == Shifting:
		err = r.Target.Shift(ctx, r.Plan.Steps[t.state.Step])
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrExpired):
		return err
	case errors.Is(err, ErrRefused):
		r.enter(ctx, t, r.Plan.refused(t.state, t.seen, r.Clock.Now(), err.Error()))
		return r.act(ctx, t)
	case err != nil:
		t.state.Trouble = err.Error()
		t.seen.Activity = err.Error() // asked again in the next tick
		r.notify(t.state, t.seen)
		return nil
	}
	t.state.Trouble = ""
	if t.state.Phase == RollingBack {
		t.state.Asked, t.state.AskedAt = t.state.Asked+1, now
	}
	t.acted = t.state
	return nil
}

// wait sleeps until the next look, but never past the end of a pause or bake.
func (r Runner) wait(ctx context.Context, t *tick) error {
	t.count++
	now := r.Clock.Now()
	d := jitter(r.Plan.interval(t.state, now), r.Name, t.count)
	left := max(r.Plan.lasts(t.state)-now.Sub(t.state.Since), 0)
	if left > 0 && left < d {
		d = left
	}
	if w, ok := r.Target.(Waiter); ok && (t.state.Phase.ahead() || t.state.Phase == Waiting) {
		return w.Wait(ctx, d, left)
	}
	return r.Clock.Sleep(ctx, d)
}

// look observes, runs the checks that are due, and decides.
func (r Runner) look(ctx context.Context, t *tick) error {
	o, err := r.observe(ctx)
	if err != nil {
		return err
	}
	r.decide(ctx, t, o)
	if !r.Plan.Wants(t.state, r.Clock.Now()) {
		return nil
	}
	verdict := Verdict{Outcome: Pass}
	if r.Verify != nil {
		verdict = r.Verify(ctx, r.Plan.moment(t.state, r.Clock.Now()))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if o, err = r.observe(ctx); err != nil { // the checks took time
			return err
		}
	}
	o.Verdict = &verdict
	r.decide(ctx, t, o)
	if r.Plan.SelfDriven && t.state.Phase == Promoting {
		o.Verdict = nil
		r.decide(ctx, t, o) // nothing has to be asked of it: o tells whether it is done
	}
	return nil
}

// decide moves the state on and tells of what changed.
func (r Runner) decide(ctx context.Context, t *tick, o Observation) {
	before := t.seen
	t.seen = o
	defer func() { r.watch(t.state, o) }()
	next := r.Plan.Next(t.state, o, r.Clock.Now())
	if next.Phase != t.state.Phase || next.Step != t.state.Step {
		r.enter(ctx, t, next)
		return
	}
	t.state = next
	if before.Activity != o.Activity {
		r.notify(t.state, o)
	}
}

// enter makes next the state; a failure is looked into before it is acted on.
func (r Runner) enter(ctx context.Context, t *tick, next State) {
	bad := next.Phase == RollingBack || next.Phase == Aborted || next.Phase == Failed || next.Phase == Stopping && next.Then == Failed
	if bad && t.state.Phase.ahead() && r.Diagnose != nil {
		next.Evidence = r.Diagnose(ctx, next)
	}
	t.state = next
	r.notify(next, t.seen)
}

// observe looks at the target, and again after a while when that fails, for
// as long as the plan allows to be blind.
func (r Runner) observe(ctx context.Context) (Observation, error) {
	since := r.Clock.Now()
	for {
		o, err := r.Target.Observe(ctx)
		switch {
		case err == nil:
			return o, nil
		case ctx.Err() != nil:
			return o, context.Cause(ctx)
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrRefused), errors.Is(err, ErrExpired):
			return o, err
		case r.Clock.Now().Sub(since) >= r.Plan.Limits.Blind:
			return o, fmt.Errorf("observing for %s: %w", r.Clock.Now().Sub(since).Round(time.Second), err)
		}
		if err := r.Clock.Sleep(ctx, r.Plan.Poll.Short); err != nil {
			return o, err
		}
	}
}

func (r Runner) watch(s State, o Observation) {
	if r.Watch != nil {
		r.Watch(s, o)
	}
}

func (r Runner) notify(s State, o Observation) {
	if r.Notify != nil {
		r.Notify(s, o)
	}
}
