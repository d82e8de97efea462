package autoscaling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// follow tells of the refresh that the release rests on.
func (t *Target) follow(o *rollout.Observation, g Group, list []types.InstanceRefresh) error {
	if t.refresh == "" {
		t.before(o, g, list)
		return nil
	}
	at := slices.IndexFunc(list, func(r types.InstanceRefresh) bool { return aws.ToString(r.InstanceRefreshId) == t.refresh })
	if at < 0 {
		return nil // not visible yet
	}
	if other := list[0]; at > 0 && !t.ours(other) && !t.leadsBack(other, g) {
		o.Moved = fmt.Sprintf("somebody else started another instance refresh while ours (%s) was followed: %s", t.refresh, tell(other))
		return nil
	}
	r := list[at]
	if !known(r) {
		return fmt.Errorf("%w: %s, and this provider does not know that status: it was left as it is", rollout.ErrRefused, tell(r))
	}
	if _, o.Healthy, _ = g.count(t.release.Scope, t.release.Template); r.InstancesToUpdate != nil {
		o.Healthy = updated(r, g.size(t.release.Scope))
	}
	switch r.Status {
	case types.InstanceRefreshStatusBaking:
		// Nothing has succeeded yet, so that a check that fails now still finds
		// AWS's own way back.
		o.Waits, o.Arrived = true, t.release.Stepwise && t.final && g.serves(t.release.Scope, t.release.Template) && !g.busy()
	case types.InstanceRefreshStatusPending, types.InstanceRefreshStatusInProgress:
		o.Waits = t.atCheckpoint(r, g, o.Percent) && t.patient(r, g, o.Percent)
	case types.InstanceRefreshStatusSuccessful:
		o.Arrived = o.Saved
		if !t.release.Stepwise || t.final {
			t.strays(o, g)
		}
	case types.InstanceRefreshStatusFailed:
		o.Failure = reasonOf(r)
	case types.InstanceRefreshStatusRollbackInProgress:
		o.Failure, o.Returning = reasonOf(r), true
	case types.InstanceRefreshStatusRollbackSuccessful, types.InstanceRefreshStatusRollbackFailed:
		o.Failure, o.Returning = reasonOf(r), false
	case types.InstanceRefreshStatusCancelling, types.InstanceRefreshStatusCancelled:
		if !t.cancelled[t.refresh] {
			o.Moved = fmt.Sprintf("instance refresh %s was cancelled by somebody else (CloudTrail's CancelInstanceRefresh knows who)", t.refresh)
		}
	}
	return nil
}

// wayBackWithin is how long after the end of a release its way back begins at
// the latest.
const wayBackWithin = 10 * time.Minute

// onWayBack tells the way back of a release that failed or was stopped from
// somebody else's release: it leads to what is live, and began when a refresh
// to something else had just ended badly. An apply that was killed leaves one.
func (t *Target) onWayBack(o *rollout.Observation, g Group, list []types.InstanceRefresh) rollout.Active {
	if len(list) < 2 || list[0].DesiredConfiguration == nil || list[0].Preferences != nil && aws.ToBool(list[0].Preferences.AutoRollback) {
		return rollout.ActiveOther
	}
	r, from := list[0], list[1]
	began := t.clock.Now()
	if r.StartTime != nil {
		began = *r.StartTime
	}
	bad := !active(from) && from.Status != types.InstanceRefreshStatusSuccessful
	if !bad || from.EndTime == nil || began.Sub(*from.EndTime) > wayBackWithin || aim(from) == t.previous || !brings(r, g, t.previous, t.nameOf(t.previous)) {
		return rollout.ActiveOther
	}
	if !t.aimsAt(from, g) {
		return rollout.ActiveReturn
	}
	o.Failure = "its way back was under way already: " + tell(from)
	t.refresh, t.back = aws.ToString(from.InstanceRefreshId), aws.ToString(r.InstanceRefreshId)
	t.cancelled[t.refresh] = true
	return rollout.ActiveEnding
}

// nameOf is the name of a version's template, where it is known.
func (t *Target) nameOf(v Template) string {
	if v.ID == t.release.Template.ID {
		return t.release.TemplateName
	}
	return ""
}

// leadsBack reports whether a refresh is our own on the way back: also one
// whose start we asked for and whose answer was lost.
func (t *Target) leadsBack(r types.InstanceRefresh, g Group) bool {
	id := aws.ToString(r.InstanceRefreshId)
	if t.back == "" && t.returning && !t.known[id] && id != t.refresh {
		if brings(r, g, t.previous, t.nameOf(t.previous)) {
			t.back = id
		}
	}
	return id == t.back && id != ""
}

// ours reports whether a refresh is one that this release started.
func (t *Target) ours(r types.InstanceRefresh) bool {
	id := aws.ToString(r.InstanceRefreshId)
	return id == t.refresh || id == t.back || t.known[id]
}

// before tells of what is under way, or went before, while nothing is ours.
func (t *Target) before(o *rollout.Observation, g Group, list []types.InstanceRefresh) {
	if len(list) == 0 {
		return
	}
	r := list[0]
	if active(r) {
		if o.Active = t.whose(r, g); o.Active == rollout.ActiveOther {
			o.Active = t.onWayBack(o, g, list)
		}
		switch o.Active {
		case rollout.ActiveEnding:
			if t.back != "" {
				return
			}
			o.Failure = reasonOf(r)
			t.refresh = aws.ToString(r.InstanceRefreshId)
			t.cancelled[t.refresh] = true // whoever did it, it is followed to its end
		case rollout.ActiveSame, rollout.ActiveLax:
			t.refresh = aws.ToString(r.InstanceRefreshId)
			o.Heading = t.heading(r)
		}
		return
	}
	// AWS's own record that the wanted version passed all that we ask for.
	o.Arrived = o.Saved && r.Status == types.InstanceRefreshStatusSuccessful && t.aimsAt(r, g) && t.guarded(r)
}

// atCheckpoint reports whether a refresh stands at one of its checkpoints:
// enough is new, the rest is not begun.
func (t *Target) atCheckpoint(r types.InstanceRefresh, g Group, percent float64) bool {
	if r.Preferences == nil || g.busy() {
		return false
	}
	for _, c := range r.Preferences.CheckpointPercentages {
		if done := float64(aws.ToInt32(r.PercentageComplete)); percent < 100 && (percent >= float64(c) || done >= float64(c)) {
			return true
		}
	}
	return false
}

// patient reports whether a refresh that stands at a checkpoint may still be
// waiting there. AWS does not tell when it goes on, and one that cannot launch
// anything for its next step looks the same.
func (t *Target) patient(r types.InstanceRefresh, g Group, percent float64) bool {
	now := t.clock.Now()
	if percent > t.reached || t.reachedAt.IsZero() {
		t.reached, t.reachedAt = percent, now
	}
	delay, warmup := defaultDelay, g.Warmup
	if s := r.Preferences.CheckpointDelay; s != nil {
		delay = time.Duration(*s) * time.Second
	}
	if s := r.Preferences.InstanceWarmup; s != nil {
		warmup = time.Duration(*s) * time.Second
	}
	return now.Sub(t.reachedAt) < delay+warmup
}

// defaultDelay is AWS's checkpoint delay when none was given.
const defaultDelay = time.Hour

// strays makes a failure of a refresh that AWS calls successful while
// instances in scope do not serve the version.
func (t *Target) strays(o *rollout.Observation, g Group) {
	if o.Saved {
		return
	}
	if g.coming(t.release.Scope, t.release.Template) {
		t.stray = time.Time{}
		o.Waits = len(g.Instances) > 0
		return
	}
	now := t.clock.Now()
	if t.stray.IsZero() {
		t.stray = now
	}
	if !o.Idle || now.Sub(t.stray) < strayTime {
		return
	}
	_, healthy, all := g.count(t.release.Scope, t.release.Template)
	o.Failure = fmt.Sprintf("AWS calls instance refresh %s successful, but %d of %d instances serve %s and the group launches %s",
		t.refresh, healthy, all, t.release.Template, g.Saved)
}

// heed reads the alarms that AWS does not watch for us now.
func (t *Target) heed(ctx context.Context, o *rollout.Observation) error {
	t.watching = len(t.heeded) > 0 && !t.blind && !o.Returning && o.Failure == "" &&
		(t.refresh == "" || o.Idle || o.Active == rollout.ActiveLax || t.lax)
	if !t.watching {
		return nil
	}
	if o.Active == rollout.ActiveLax {
		t.lax = true
	}
	alarms, err := t.clients.Alarms(ctx, t.heeded...)
	if err != nil {
		return kind(fmt.Errorf("reading alarms: %w", err))
	}
	for _, name := range t.heeded {
		if a := alarms[name]; a.Firing() {
			o.Alarms = append(o.Alarms, fmt.Sprintf("alarm %s is in ALARM: %s", name, a.Reason))
		}
	}
	return nil
}
