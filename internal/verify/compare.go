package verify

import (
	"context"
	"math"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// comparePeriod is the distance of the datapoints that are compared.
const comparePeriod = time.Minute

// Compare holds the new version against the old one, over the same minutes:
// what is wrong with everything is not the new version's fault. Once the new
// one has everything, against the old one's last minutes.
type Compare struct {
	// Of words what is compared, and Unit its unit: "errors per invocation", "%".
	Of, Unit string
	// New and Old word the versions.
	New, Old string
	// The new version's value may be as high as the old one's times Ratio, and
	// Difference more.
	Ratio, Difference float64
	// MinInvocations is how often each must have been invoked for a verdict.
	MinInvocations float64
	// Window is how far to look back; 0 is since the share arrived.
	Window time.Duration
	Read   ReadSide
	// Temporary tells errors of Read that pass by themselves.
	Temporary func(error) bool
	Clock     clock.Clock
}

// Side is what one version did.
type Side struct{ Value, Invocations float64 }

// ReadSide reads what the new or the old version did in [from, to).
type ReadSide func(ctx context.Context, old bool, from, to time.Time) (Side, error)

// Check is c as a check.
func (c Compare) Check() Check {
	return func(ctx context.Context, at rollout.Moment) (rollout.Verdict, error) {
		from, to := Periods(c.Clock.Now(), at.Since, c.Window, comparePeriod)
		if !from.Before(to) {
			return doubts("no whole minute has passed yet: give strategy.pause, or bake, more time"), nil
		}
		before, until := from, to
		if at.Percent == 100 { // the old version gets nothing any more
			until = at.Since.Truncate(comparePeriod)
			before = until.Add(from.Sub(to))
		}
		now, err := c.Read(ctx, false, from, to)
		then := Side{}
		if err == nil {
			then, err = c.Read(ctx, true, before, until)
		}
		switch {
		case ctx.Err() != nil:
			return rollout.Verdict{}, context.Cause(ctx)
		case err != nil && c.Temporary(err):
			return doubts("reading %s: %s", c.Of, err), nil
		case err != nil:
			return fails("reading %s: %s", c.Of, err), nil
		}
		return c.judge(now, then, to.Sub(from)), nil
	}
}

func (c Compare) judge(now, then Side, span time.Duration) rollout.Verdict {
	for _, s := range []struct {
		name string
		Side
	}{{c.New, now}, {c.Old, then}} {
		if !(s.Invocations >= c.MinInvocations) {
			return doubts("%s was invoked %s times in %s, want at least %s (min_invocations): %s",
				s.name, Number(s.Invocations), short(span), Number(c.MinInvocations), c.patience(s.Invocations, span))
		}
	}
	if allowed := then.Value*c.Ratio + c.Difference; !(now.Value <= allowed) {
		return fails("%s of %s: %s %s, above the %s %s that %s allows with %s %s (%s and %s invocations in %s)", c.Of, c.New,
			Number(now.Value), c.Unit, Number(allowed), c.Unit, c.Old, Number(then.Value), c.Unit, Number(now.Invocations), Number(then.Invocations), short(span))
	}
	return pass()
}

// patience says how to come to a verdict.
func (c Compare) patience(invocations float64, span time.Duration) string {
	if invocations == 0 {
		return "give strategy.pause, or bake, more time, or lower min_invocations"
	}
	needed := time.Duration(math.Ceil(span.Minutes()*c.MinInvocations/invocations)) * time.Minute
	return "a pause, or bake, of " + short(needed) + " would do at this rate; or lower min_invocations"
}
