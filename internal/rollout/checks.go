package rollout

import "time"

// doubtEvery is how often inconclusive checks are asked again: a check may be
// a whole journey through the application.
const doubtEvery = time.Minute

// Moment is when checks run: at which share, and how long that has been there.
type Moment struct {
	Percent int
	Since   time.Time // when the share arrived, or was taken up again
	First   bool      // for the first time at this share
	Last    bool      // at the end of its pause, or of the bake
}

// String words a moment for a person; before any traffic there is but one.
func (m Moment) String() string {
	switch {
	case m.Percent == 0:
		return ""
	case m.First:
		return " on arrival"
	case m.Percent < 100:
		return " at the end of the pause"
	}
	return " at the end of the bake"
}

// heed counts a check's pass and keeps its doubt.
func (s State) heed(o Observation, now time.Time) State {
	switch {
	case o.Verdict == nil:
	case o.Verdict.Outcome == Pass:
		s.Verified, s.Doubt = s.Verified+1, ""
	case o.Verdict.Outcome == Inconclusive:
		s.Doubt, s.DoubtAt = o.Verdict.Detail, now
	}
	return s
}

// watched reports whether a phase that lasts d is over and its checks passed
// on arrival and at its end.
func (p Plan) watched(s State, d time.Duration, now time.Time) bool {
	return now.Sub(s.Since) >= d && s.Verified >= passes(d)
}

// passes is how often the checks must pass in a phase that lasts d.
func passes(d time.Duration) int {
	if d > 0 {
		return 2
	}
	return 1
}

// Wants reports whether the checks are due now, for a state after Next.
func (p Plan) Wants(s State, now time.Time) bool {
	switch d := p.lasts(s); {
	case s.Phase != Pausing && s.Phase != Baking:
		return false
	case s.Doubt != "" && now.Sub(s.DoubtAt) < doubtEvery:
		return false
	case s.Verified == 0:
		return true
	default:
		return s.Verified < passes(d) && now.Sub(s.Since) >= d
	}
}

// lasts is how long the state's phase lasts by plan.
func (p Plan) lasts(s State) time.Duration {
	switch s.Phase {
	case Pausing:
		return p.Steps[s.Step].Pause
	case Baking:
		return p.bake(s)
	}
	return 0
}

// moment is when the checks of a state run.
func (p Plan) moment(s State, now time.Time) Moment {
	d := p.lasts(s)
	return Moment{Percent: p.Steps[s.Step].Percent, Since: s.Since, First: s.Verified == 0, Last: now.Sub(s.Since) >= d}
}
