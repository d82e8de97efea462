package rollout

import (
	"context"
	"errors"
	"time"
)

// Phase is where a release stands.
type Phase string

// Phases; the ones from Promoted on are ends.
const (
	Waiting     Phase = "waiting"      // for somebody else's release to end
	Shifting    Phase = "shifting"     // asked for the step's share, not there yet
	Pausing     Phase = "pausing"      // holding the step's share, watching
	Baking      Phase = "baking"       // all of it is new, watching
	Promoting   Phase = "promoting"    // asked for the new version to be the saved one
	RollingBack Phase = "rolling_back" // asked for the previous version, not there yet
	Stopping    Phase = "stopping"     // asked to stop where it is

	Promoted   Phase = "promoted"    // everything passed
	Held       Phase = "held"        // stopped at the step where the plan says so
	RolledBack Phase = "rolled_back" // the previous version has everything again
	Failed     Phase = "failed"      // left where it stopped
	Stranded   Phase = "stranded"    // the way back did not land either: a person must look
	Aborted    Phase = "aborted"     // an operator took over: never fought
	Detached   Phase = "detached"    // we stopped watching; the target may go on
)

// Done reports whether the engine has nothing left to do.
func (p Phase) Done() bool {
	switch p {
	case Promoted, Held, RolledBack, Failed, Stranded, Aborted, Detached:
		return true
	}
	return false
}

func (p Phase) ahead() bool {
	return p == Shifting || p == Pausing || p == Baking || p == Promoting
}

// State is everything that the engine remembers of a release under way.
type State struct {
	Phase Phase
	Step  int       // index into Plan.Steps
	Since time.Time // when Phase began
	Began time.Time // when the release, or its adoption, began
	// Reason says why a release goes back, stops or ended badly; empty while
	// all is well.
	Reason string
	// Then is the phase that follows Stopping.
	Then Phase
	// Verified counts the passes of the checks in this phase: on arrival, at
	// the end.
	Verified int
	// Doubt is what the last inconclusive check said, DoubtAt when.
	Doubt   string
	DoubtAt time.Time
	// Best is the highest number of new and healthy members seen, BestAt when
	// it rose, or when the target last waited on purpose.
	Best   int
	BestAt time.Time
	// Asked counts how often the way back was asked for and the target took
	// the request, AskedAt is when it last did.
	Asked   int
	AskedAt time.Time
	// Trouble is why the last request did not get through; empty once one did.
	Trouble string
	// Adopted: the release was under way when we came.
	Adopted bool
	// Watch: nobody has baked the whole for us, so that we must, even where
	// the target drives itself.
	Watch bool
	// Evidence is what was found out about a failure before anything was
	// taken back, a line for each finding.
	Evidence string
}

// Observation is what a target looks like right now.
type Observation struct {
	// Percent is the share of what is in scope that runs the new version.
	Percent float64
	// Arrived: the share that was asked for last is wholly there and healthy.
	// A self-driven target says so when its whole schedule has passed, and
	// before a release when its own records say so of the wanted version.
	Arrived bool
	// Saved: the target's own saved configuration names the new version, and
	// nothing of the previous one has any share.
	Saved bool
	// Back: everything runs the previous version again, the saved
	// configuration names it, and nothing is under way.
	Back bool
	// Idle: no release is under way at the target.
	Idle bool
	// Active is the release under way.
	Active Active
	// Heading is the share, in percent, that the release under way brings
	// before it waits for us; 0 where it waits nowhere or is not told.
	Heading float64
	// Failure is the target's own verdict on the release, with its reason.
	Failure string
	// Returning: the target itself is on the way back.
	Returning bool
	// Moved says what somebody else moved, from and to, during our release.
	Moved string
	// Alarms are the alarms that fire and that we must heed, each with its
	// reason. A target that watches them itself leaves them out.
	Alarms []string
	// Healthy counts the new members that are healthy.
	Healthy int
	// GivenUp counts new members given up as unhealthy.
	GivenUp int
	// Waits: the target waits on purpose (a checkpoint, a bake).
	Waits bool
	// Activity tells in a few words what the target does.
	Activity string
	// Shares is what each version has of what is in scope, in percent, for
	// reports; nil when not known.
	Shares map[string]float64
	// Serving counts the members in service, and Floor is the fewest that the
	// release may leave, for reports; 0 where the target has no members.
	Serving, Floor int
	// Verdict is what the checks said in this tick; nil when none ran.
	Verdict *Verdict
}

// Active tells whose release is under way at a target.
type Active string

// Kinds of releases under way.
const (
	ActiveNone   Active = ""       // none
	ActiveSame   Active = "same"   // what we want, guarded at least as we want
	ActiveLax    Active = "lax"    // what we want, with fewer guards: followed, then verified
	ActiveBack   Active = "back"   // from what we want to something else: ended by going back
	ActiveEnding Active = "ending" // what we want, but rolling back or being cancelled
	ActiveEnded  Active = "ended"  // what we want, being cancelled by our own Ctrl-C: begun again
	ActiveReturn Active = "return" // back to what was live, after a release of something else failed
	ActiveOther  Active = "other"  // somebody else's
)

// Verdict is what checks say of the new version.
type Verdict struct {
	Outcome Outcome
	// Detail names the check and what it saw.
	Detail string
}

// Outcome is pass, fail or inconclusive.
type Outcome string

// Outcomes.
const (
	Pass         Outcome = "pass"
	Fails        Outcome = "fail"
	Inconclusive Outcome = "inconclusive"
)

// Ending is a way to end a release.
type Ending string

// Endings.
const (
	Promote  Ending = "promote"  // the new version becomes the saved one
	GoBack   Ending = "go back"  // to the previous version
	LeaveIt  Ending = "leave it" // stop where it is
	noEnding Ending = ""
)

// Target is the thing being released to.
type Target interface {
	// Observe tells what is there now.
	Observe(ctx context.Context) (Observation, error)
	// Shift asks for the step's share on the new version. A self-driven
	// target is asked once, for the last step, and takes the others itself.
	Shift(ctx context.Context, step Step) error
	// End asks for the release to end that way. Asking for what is so
	// already changes nothing.
	End(ctx context.Context, how Ending) error
}

// Waiter is a target that knows a cheaper way to wait than to sleep and look.
type Waiter interface {
	// Wait sleeps until it is time to observe again: after about d; sooner when
	// something moved; later where many releases share what may be asked of
	// AWS, but never after most, if that is not 0.
	Wait(ctx context.Context, d, most time.Duration) error
}

// Errors that targets wrap.
var (
	// ErrNotFound: what the target points at is gone.
	ErrNotFound = errors.New("release target not found")
	// ErrRefused: asking again would be refused again (bad input, a missing
	// permission).
	ErrRefused = errors.New("refused")
	// ErrExpired: the credentials have run out and cannot be renewed.
	ErrExpired = errors.New("credentials have expired")
)

// Errors of Run.
var (
	// ErrActive: another release is under way and the plan does not say to
	// end it.
	ErrActive = errors.New("another release is under way")
	// ErrInterrupted: the person at the terminal asked to stop.
	ErrInterrupted = errors.New("interrupted")
	// ErrAbandoned: the caller is gone; nothing was done about it.
	ErrAbandoned = errors.New("abandoned by the caller")
)
