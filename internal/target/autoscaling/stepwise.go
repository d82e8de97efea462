package autoscaling

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// holdTime is how long AWS holds a refresh at its checkpoint: the longest it
// takes. Nothing has succeeded meanwhile, so the group's saved configuration is
// still the previous version and AWS's roll-back works.
const holdTime = 48 * time.Hour

// shiftStep brings one step's share by a refresh of its own, which AWS holds
// at its checkpoint. The engine asks in every tick until the share is there.
func (t *Target) shiftStep(ctx context.Context, step rollout.Step) error {
	g, list, err := t.look(ctx)
	if err != nil {
		return err
	}
	t.step = step.Percent
	if len(list) > 0 && active(list[0]) {
		return t.shiftOn(ctx, g, list[0], step)
	}
	running, all := g.running(t.release.Scope, t.release.Template), g.size(t.release.Scope)
	switch need := share(step.Percent, all) - running; {
	case step.Percent == 100:
		if r, ok := t.finalByUs(list, g); ok {
			t.refresh, t.final = aws.ToString(r.InstanceRefreshId), true
			return nil
		}
		t.final = true
		return t.start(ctx, g, nil)
	case need <= 0:
		return nil // reached without a refresh
	default:
		t.size = all
		if err := t.start(ctx, g, []int32{t.checkpoint(step.Percent, need, running, all), 100}); err != nil {
			return err
		}
		return fmt.Errorf("%w for %d of %d instances", errWait, share(step.Percent, all), all)
	}
}

// shiftOn goes on beside a refresh that is under way.
func (t *Target) shiftOn(ctx context.Context, g Group, r types.InstanceRefresh, step rollout.Step) error {
	switch t.whose(r, g) {
	case rollout.ActiveSame, rollout.ActiveLax:
	case rollout.ActiveBack:
		return t.turnBack(ctx, r)
	default:
		if t.cancelled[aws.ToString(r.InstanceRefreshId)] {
			return fmt.Errorf("%w for the step before to end: %s", errWait, tell(r))
		}
		return fmt.Errorf("%w: %s", rollout.ErrRefused, tell(r))
	}
	t.refresh = aws.ToString(r.InstanceRefreshId)
	running, all := g.running(t.release.Scope, t.release.Template), g.size(t.release.Scope)
	switch final := r.Preferences == nil || len(r.Preferences.CheckpointPercentages) == 0; {
	case final && step.Percent == 100:
		t.final = true
		return nil
	case !t.rests(r, g, g.percent(t.release.Scope, t.release.Template)):
		return fmt.Errorf("%w: %s", errWait, tell(r))
	case step.Percent < 100 && running >= share(step.Percent, all) && t.holds(r):
		return nil // AWS holds it here
	}
	// The next step, or this one fell short of its share, or AWS would go on
	// before we are done with it: a refresh of its own.
	t.fellShort = t.fellShort || running == t.had
	if err := t.cancel(ctx, t.refresh); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", errWait, tell(r))
}

// checkpoint is the percentage to send for a step. Whether AWS counts it of
// the whole group or of what does not match yet is not established: the smaller
// of the two is sent, and when that brought nothing, AWS counts the whole.
func (t *Target) checkpoint(percent, need, running, all int) int32 {
	t.had = running
	ofRest := 100 * need / max(1, all-running)
	if t.fellShort || running == 0 || ofRest >= percent {
		return int32(percent)
	}
	return int32(max(1, ofRest))
}

// share is how many of all make up a percentage, at least what AWS replaces.
func share(percent, all int) int { return (percent*all + 99) / 100 }

// finalByUs finds the last step's refresh when the answer to its start was lost.
func (t *Target) finalByUs(list []types.InstanceRefresh, g Group) (types.InstanceRefresh, bool) {
	r, ok := t.begunByUs(list, g)
	return r, ok && !t.cancelled[aws.ToString(r.InstanceRefreshId)] && r.Preferences != nil && len(r.Preferences.CheckpointPercentages) == 0
}

// stepped tells whether the step asked for last has arrived: its share is new,
// healthy and warm, and nothing is on its way.
func (t *Target) stepped(o *rollout.Observation, g Group, list []types.InstanceRefresh) {
	running, healthy, _ := g.count(t.release.Scope, t.release.Template)
	all := g.size(t.release.Scope)
	want := share(t.step, all)
	if t.step == 0 || t.step == 100 || t.final {
		return
	}
	over := running >= want+g.Heaviest() // one weight more than was asked for is nobody's fault
	stands := o.Idle
	if len(list) > 0 && active(list[0]) {
		r := list[0]
		warm := r.InstancesToUpdate != nil && updated(r, all) >= want
		stands = warm && t.rests(r, g, o.Percent) && t.holds(r)
	}
	o.Arrived = stands && healthy >= want && !g.busy()
	switch {
	case t.landed == t.step && over && len(list) > 0 && active(list[0]) && t.heldFor(list[0]) >= holdTime:
		o.Failure = fmt.Sprintf("AWS held the step of %d %% for %d hours and has gone on: %d of %d instances run the new version", t.step, holdTime/time.Hour, running, all)
	case t.landed == t.step || !o.Arrived:
		// An instance that dies while AWS holds is replaced by a new one: that is no step of ours.
	case all == t.size && over:
		o.Arrived = false
		o.Failure = fmt.Sprintf("%d of %d instances run the new version, and the step of %d %% allows %d", running, all, t.step, want)
	default:
		t.landed = t.step
	}
}

// rests reports whether a refresh stands at its checkpoint. In a small group
// the first one may be all of it, and whether AWS waits at the last checkpoint
// too is not established.
func (t *Target) rests(r types.InstanceRefresh, g Group, percent float64) bool {
	whole := isHeld(r) && percent >= 100 && r.InstancesToUpdate != nil && *r.InstancesToUpdate == 0 && !g.busy()
	return whole || t.atCheckpoint(r, g, percent)
}

// isHeld reports whether AWS holds a refresh at its next checkpoint for us.
func isHeld(r types.InstanceRefresh) bool {
	p := r.Preferences
	return p != nil && len(p.CheckpointPercentages) > 0 && time.Duration(aws.ToInt32(p.CheckpointDelay))*time.Second >= holdTime
}

// heldFor is how long AWS has held a refresh at most.
func (t *Target) heldFor(r types.InstanceRefresh) time.Duration {
	return t.clock.Now().Sub(aws.ToTime(r.StartTime))
}

// holds reports whether AWS holds a refresh for as long as the step takes.
func (t *Target) holds(r types.InstanceRefresh) bool {
	return isHeld(r) && t.heldFor(r)+t.release.Pause+spareTime < holdTime
}

// spareTime is what checks may take beside the pause.
const spareTime = time.Hour

// Holds reports whether what the release last asked for waits at its step.
func (t *Target) Holds() bool { return t.release.Stepwise && !t.final }

// heading is the share that a refresh brings before it waits for us: that of
// its checkpoint, or all of it when it has none.
func (t *Target) heading(r types.InstanceRefresh) float64 {
	switch {
	case !t.release.Stepwise:
		return 0
	case isHeld(r):
		return float64(r.Preferences.CheckpointPercentages[0])
	case r.Preferences == nil || len(r.Preferences.CheckpointPercentages) == 0:
		return 100
	}
	return 0
}

// serves reports whether every instance in scope serves the version, whatever
// the group would launch.
func (g Group) serves(s Scope, want Template) bool {
	_, healthy, all := g.count(s, want)
	return healthy == all
}
