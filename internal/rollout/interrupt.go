package rollout

import (
	"context"
	"time"
)

// cleanUpTime is how long (really) the answer to Ctrl-C may take: whoever
// pressed it waits, and the next press kills us.
const cleanUpTime = 30 * time.Second

// stopped tells how a run ends that cannot go on: by Ctrl-C it does what the
// plan says; with the caller gone it does nothing at all, so that no orphan
// works against the next apply.
func (r Runner) stopped(ctx context.Context, s State, err error) (State, error) {
	switch {
	case ctx.Err() == nil:
		return s, err
	case r.Stopping == nil || !r.Stopping():
		return s, ErrAbandoned
	case !s.Phase.ahead():
		return s, ErrInterrupted // nothing began, or it is on its way back or to a stop
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	switch r.OnInterrupt {
	case RollbackOnInterrupt:
		s = r.leave(clean, s.to(RollingBack, r.Clock.Now(), "interrupted"), GoBack)
	case CancelOnInterrupt:
		s = r.leave(clean, s.to(Stopping, r.Clock.Now(), "interrupted"), LeaveIt)
		s.Then = Failed
	default:
		s = s.to(Detached, r.Clock.Now(), "interrupted")
	}
	r.notify(s, Observation{})
	return s, ErrInterrupted
}

// leave asks for an ending and looks once at what came of it.
func (r Runner) leave(ctx context.Context, s State, how Ending) State {
	if err := r.Target.End(ctx, how); err != nil {
		if o, lost := r.Target.Observe(ctx); lost == nil && o.Moved != "" {
			return s.to(Aborted, r.Clock.Now(), o.Moved) // an operator was first
		}
		s.Reason += "; " + err.Error()
		return s.to(Stranded, r.Clock.Now(), "")
	}
	o, err := r.Target.Observe(ctx)
	switch {
	case err != nil:
		return s
	case how == GoBack && o.Back:
		return s.to(RolledBack, r.Clock.Now(), "")
	case how == LeaveIt && o.Idle:
		return s.to(Failed, r.Clock.Now(), "")
	}
	return s
}
