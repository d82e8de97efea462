package rollout

import (
	"strings"
	"time"
)

// maxReturns bounds how often the way back is asked for again when the target
// comes to rest on the way.
const maxReturns = 3

// back follows the way back until it has landed, or strands.
func (p Plan) back(s State, o Observation, now time.Time) State {
	switch {
	case o.Back:
		return s.to(RolledBack, now, "")
	case p.Limits.Return > 0 && now.Sub(s.Since) >= p.Limits.Return:
		return s.to(Stranded, now, s.troubled(s.Reason))
	case o.Idle && s.Asked >= maxReturns && p.settled(s, now):
		return s.to(Stranded, now, "")
	}
	return s
}

// stop waits until nothing is under way.
func (p Plan) stop(s State, o Observation, now time.Time) State {
	switch {
	case o.Idle && s.Then == Shifting:
		s.Then = ""
		return s.to(Shifting, now, "")
	case o.Idle:
		return s.to(s.Then, now, "")
	case p.Limits.Return > 0 && now.Sub(s.Since) >= p.Limits.Return:
		return s.to(Stranded, now, s.troubled(s.Reason))
	}
	return s
}

// settled reports whether what was asked for last must be visible by now.
func (p Plan) settled(s State, now time.Time) bool { return now.Sub(s.AskedAt) >= 2*p.Poll.Short }

// ending is what the target must be asked for in this state.
func (s State) ending() Ending {
	switch s.Phase {
	case Promoting:
		return Promote
	case RollingBack:
		return GoBack
	case Stopping:
		return LeaveIt
	}
	return noEnding
}

// refused decides what follows when the target would not do what was asked and
// would refuse it again.
func (p Plan) refused(s State, o Observation, now time.Time, reason string) State {
	switch {
	case s.Phase == RollingBack || s.Phase == Stopping:
		return s.to(Stranded, now, strings.TrimPrefix(s.Reason+"; "+reason, "; "))
	case s.Phase == Shifting && s.Step == p.first() && !s.Adopted:
		return s.to(Failed, now, reason) // nothing has been changed
	}
	return p.fail(s, o, now, reason)
}

// again reports whether the way back must be asked for once more: the target
// came to rest before it was back.
func (p Plan) again(s State, o Observation, now time.Time) bool {
	return s.Phase == RollingBack && o.Idle && !o.Back && s.Asked < maxReturns && p.settled(s, now)
}
