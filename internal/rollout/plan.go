package rollout

import (
	"time"
)

// Plan says how a release travels: configuration and nothing else.
type Plan struct {
	// Steps ascend; the last one is 100 percent. A first step of 0 percent is
	// for checks that run before the new version gets any traffic.
	Steps []Step
	// Bake is how long the whole is watched before it counts.
	Bake time.Duration
	// HoldAt is the percentage at which the release stops and succeeds as
	// held; 0 is none.
	HoldAt int
	// SelfDriven targets take the steps, pauses and bake by themselves and go
	// on when we are gone.
	SelfDriven bool
	// HoldsAlone targets keep what they have, watched, when we are gone: a
	// release that runs out of time is left to them.
	HoldsAlone bool
	// From is the share that was held and verified before; the release goes on
	// above it.
	From int
	// OnFailure says what becomes of a release that fails.
	OnFailure FailureAction
	// OnActive says what to do about a release that somebody else started.
	OnActive ActiveAction
	// MaxFailed ends the release when so many new members were given up as
	// unhealthy; 0 is off.
	MaxFailed int
	Limits    Limits
	Poll      Poll
}

// Step is a share of the target on the new version, and how long it is watched.
type Step struct {
	Percent int
	Pause   time.Duration
}

// Limits are the deadlines of a release. Zero is no limit.
type Limits struct {
	Arrive   time.Duration // a step that was asked for is not there
	Progress time.Duration // nothing newly healthy while the target works
	Return   time.Duration // a roll-back does not land
	Total    time.Duration // the whole operation
	Blind    time.Duration // observations fail for so long
}

// Poll is how often to look: Short soon after a change and near an expected
// one, Long at most.
type Poll struct {
	Short, Long time.Duration
}

// FailureAction is what on_failure says.
type FailureAction string

// Failure actions.
const (
	Rollback FailureAction = "rollback" // back to the previous version
	Hold     FailureAction = "hold"     // leave it where it stopped
)

// ActiveAction is what on_active says.
type ActiveAction string

// Actions about a release of somebody else's that is under way.
const (
	Adopt     ActiveAction = "adopt"     // follow it when it is the same release, else fail
	Wait      ActiveAction = "wait"      // until it has ended, then begin
	Supersede ActiveAction = "supersede" // end it, then begin
	Fail      ActiveAction = "fail"      // refuse to begin
)

// InterruptAction is what on_interrupt says.
type InterruptAction string

// Actions when the person at the terminal presses Ctrl-C.
const (
	DetachOnInterrupt   InterruptAction = "detach"   // leave it running
	RollbackOnInterrupt InterruptAction = "rollback" // ask for the way back
	CancelOnInterrupt   InterruptAction = "cancel"   // stop it where it is
)

// Schedule is the plan's steps up to where it holds, as configuration alone
// tells them; checks before any traffic are no step of it.
func (p Plan) Schedule() []Step {
	var out []Step
	for _, s := range p.Steps {
		if s.Percent == 0 {
			continue
		}
		if s.Percent == 100 {
			s.Pause = p.Bake
		}
		out = append(out, s)
		if p.HoldAt > 0 && s.Percent >= p.HoldAt {
			break
		}
	}
	return out
}

// Longest is the time that pauses and bake take, without the work between.
func (p Plan) Longest() time.Duration {
	total := time.Duration(0)
	for _, s := range p.Schedule() {
		total += s.Pause
	}
	return total
}

func (p Plan) last(step int) bool { return step == len(p.Steps)-1 }

// holds reports whether the release stops for good at this step.
func (p Plan) holds(step int) bool {
	return p.HoldAt > 0 && p.HoldAt < 100 && p.Steps[step].Percent >= p.HoldAt
}
