package autoscaling

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// stance is what of a group tells that its refresh has moved.
type stance struct {
	saved     Template // changes when a refresh succeeds
	busy      bool     // instances are on their way in or out; when that ends, a step may be there
	unhealthy int      // new instances found unhealthy: AWS replaces them soon
}

func (t *Target) stanceOf(g Group) stance {
	s := stance{saved: g.Saved, busy: g.busy()}
	for _, i := range g.Instances {
		if strings.EqualFold(aws.ToString(i.HealthStatus), "Unhealthy") && g.runs(i, t.release.Template) {
			s.unhealthy++
		}
	}
	return s
}

// moved tells that what was seen last has gone a step further.
func (s stance) moved(now stance) bool {
	return now.saved != s.saved || s.busy && !now.busy || now.unhealthy > s.unhealthy
}

// nearly is how long before the end of a bake AWS's end is waited for: it was
// seen to begin later than it did.
const nearly = 15 * time.Second

// Wait sleeps until it is time to observe again. A refresh is read one group a
// call; groups are read many in one, together with those of all other releases
// of this process, and tell when there is something to see. That is for many
// releases, which are observed less often, and for the end of one.
func (t *Target) Wait(ctx context.Context, d, most time.Duration) error {
	many := false
	if !t.cancelled[t.refresh] { // else something has to be asked as soon as it has ended
		asked := d
		d = t.clients.Stretch(d)
		many = d > asked
	}
	if most > 0 {
		d = min(d, most)
	}
	until := t.clock.Now().Add(d)
	if from := t.ending; !many && !t.watching {
		if from.IsZero() || !from.Before(until) {
			return t.clock.Sleep(ctx, d)
		}
		if err := t.clock.Sleep(ctx, from.Sub(t.clock.Now())); err != nil {
			return err
		}
	}
	for {
		left := until.Sub(t.clock.Now())
		next := t.clients.Beat()
		if err := t.clock.Sleep(ctx, min(next, left)); err != nil || next >= left {
			return err
		}
		if t.woken = t.stirs(ctx); t.woken {
			return nil
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
}

// foresee notes from when on a refresh may end.
func (t *Target) foresee(r types.InstanceRefresh, percent float64) {
	switch now := t.clock.Now(); {
	case !active(r) || percent < 100:
		t.ending, t.baking = time.Time{}, time.Time{}
	case r.Status != types.InstanceRefreshStatusBaking:
		t.ending = now
	case t.baking.IsZero():
		bake := time.Duration(0)
		if p := r.Preferences; p != nil {
			bake = time.Duration(aws.ToInt32(p.BakeTime)) * time.Second
		}
		t.baking, t.ending = now, now.Add(bake-nearly)
	}
}

// stirs looks at the group, and at the alarms that AWS does not watch for us.
func (t *Target) stirs(ctx context.Context) bool {
	g, err := t.beat(ctx)
	if err != nil {
		return errors.Is(err, rollout.ErrNotFound) // the next look tells what else is wrong
	}
	now, before := t.stanceOf(g), t.stance
	t.stance, t.onBeat, t.beatAt = now, g, t.clock.Now()
	return before.moved(now) || t.watching && len(t.alarming(ctx)) > 0
}

// beat reads the group, a large one without its instances.
func (t *Target) beat(ctx context.Context) (Group, error) {
	if len(t.last.instances) <= large {
		return findGroup(ctx, t.clients, t.release.Group)
	}
	brief, err := t.clients.GroupBrief(ctx, t.release.Group)
	g, err := found(brief, t.release.Group, err)
	g.Instances = t.last.instances
	return g, err
}

// urgent marks the calls of a release by how much depends on them.
func (t *Target) urgent(ctx context.Context) context.Context {
	switch {
	case t.returning, t.cancelled[t.refresh]:
		return awsapi.OnWayBack(ctx)
	case t.woken, !t.begun:
		return ctx
	}
	return awsapi.Unhurried(ctx)
}
