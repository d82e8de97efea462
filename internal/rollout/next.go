package rollout

import (
	"fmt"
	"strings"
	"time"
)

// Next decides what follows s. It is pure: no waiting, no I/O, no clock.
func (p Plan) Next(s State, o Observation, now time.Time) State {
	switch {
	case s.Phase.Done():
		return s
	case o.Moved != "" && s.Phase != Waiting:
		return s.to(Aborted, now, o.Moved)
	case s.Phase.ahead():
		if reason := p.trouble(&s, o, now); reason != "" {
			return p.fail(s, o, now, reason)
		}
		if p.over(s, now) && (p.SelfDriven || p.HoldsAlone) {
			return s.to(Detached, now, p.timedOut(s))
		}
		return p.forward(s, o, now)
	case s.Phase == RollingBack:
		return p.back(s, o, now)
	case s.Phase == Stopping:
		return p.stop(s, o, now)
	case s.Phase == Waiting && o.Idle && len(o.Alarms) > 0:
		return s.to(Failed, now, strings.Join(o.Alarms, "; ")) // nothing has been changed
	case s.Phase == Waiting && o.Idle:
		return s.to(Shifting, now, "")
	case s.Phase == Waiting && p.over(s, now):
		return s.to(Detached, now, fmt.Sprintf("waited %s for the release under way: %s", p.Limits.Total, o.Activity))
	}
	return s
}

// to enters a phase.
func (s State) to(ph Phase, now time.Time, reason string) State {
	s.Phase, s.Since, s.Verified, s.Doubt = ph, now, 0, ""
	s.DoubtAt = time.Time{}
	if reason != "" {
		s.Reason = reason
	}
	return s
}

// troubled adds to a reason why the last request did not get through.
func (s State) troubled(reason string) string {
	if s.Trouble == "" {
		return reason
	}
	return strings.TrimPrefix(reason+"; ", "; ") + s.Trouble
}

func (p Plan) over(s State, now time.Time) bool {
	return p.Limits.Total > 0 && now.Sub(s.Began) >= p.Limits.Total
}

// trouble is the reason for a release not to go on, or empty. It notes
// progress in s.
func (p Plan) trouble(s *State, o Observation, now time.Time) string {
	if o.Healthy > s.Best || o.Waits || s.Phase != Shifting {
		s.Best, s.BestAt = max(o.Healthy, s.Best), now
	}
	switch {
	case o.Failure != "":
		return o.Failure
	case len(o.Alarms) > 0:
		return strings.Join(o.Alarms, "; ")
	case o.Verdict != nil && o.Verdict.Outcome == Fails:
		return o.Verdict.Detail
	case p.MaxFailed > 0 && o.GivenUp >= p.MaxFailed:
		return fmt.Sprintf("%d new instances were given up as unhealthy (max_failed_instances = %d)", o.GivenUp, p.MaxFailed)
	case s.Phase != Shifting || o.Arrived:
		return p.overdue(*s, now)
	case p.Limits.Progress > 0 && now.Sub(s.BestAt) >= p.Limits.Progress:
		return fmt.Sprintf("nothing newly healthy for %s (progress_deadline)", now.Sub(s.BestAt).Round(time.Second))
	case p.Limits.Arrive > 0 && now.Sub(s.Since) >= p.Limits.Arrive:
		return fmt.Sprintf("not at %d %% after %s", p.Steps[s.Step].Percent, now.Sub(s.Since).Round(time.Second))
	}
	return p.overdue(*s, now)
}

// overdue is the reason when the whole operation ran out of time and nobody
// but us could carry it on.
func (p Plan) overdue(s State, now time.Time) string {
	if p.SelfDriven || p.HoldsAlone || !p.over(s, now) {
		return ""
	}
	return p.timedOut(s)
}

// timedOut says that time is up, and what was waited for last.
func (p Plan) timedOut(s State) string {
	reason := s.troubled(fmt.Sprintf("timed out after %s", p.Limits.Total))
	if s.Doubt != "" {
		reason += "; inconclusive: " + s.Doubt
	}
	return reason
}

// fail turns a release that is in trouble back, or leaves it where it stopped.
func (p Plan) fail(s State, o Observation, now time.Time, reason string) State {
	switch {
	case o.Returning:
		s.Asked = 1 // the target is on its way already
		return s.to(RollingBack, now, reason)
	case p.OnFailure == Hold:
		s = s.to(Stopping, now, reason)
		s.Then = Failed
		return s
	}
	return s.to(RollingBack, now, reason)
}

// forward moves a healthy release on.
func (p Plan) forward(s State, o Observation, now time.Time) State {
	step := p.Steps[s.Step]
	switch s.Phase {
	case Shifting:
		switch {
		case !o.Arrived:
			return s
		case p.last(s.Step):
			return s.to(Baking, now, "")
		}
		return s.to(Pausing, now, "")
	case Pausing:
		if s = s.heed(o, now); !p.watched(s, step.Pause, now) {
			return s
		}
		if p.holds(s.Step) {
			s = s.to(Stopping, now, "")
			s.Then = Held
			return s
		}
		s.Step++
		return s.to(Shifting, now, "")
	case Baking:
		if s = s.heed(o, now); !p.watched(s, p.bake(s), now) {
			return s
		}
		return s.to(Promoting, now, "")
	case Promoting:
		if o.Saved {
			return s.to(Promoted, now, "")
		}
	}
	return s
}

// bake is how long we watch the whole; a self-driven target has done it
// unless the release was none of ours.
func (p Plan) bake(s State) time.Duration {
	if p.SelfDriven && !s.Watch {
		return 0
	}
	return p.Bake
}
