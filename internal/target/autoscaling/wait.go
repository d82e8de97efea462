package autoscaling

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

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

// Wait sleeps until it is time to observe again. A refresh is read one group a
// call; groups are read many in one, together with those of all other releases
// of this process, and tell when there is something to see.
func (t *Target) Wait(ctx context.Context, d, most time.Duration) error {
	t.woken = false
	if !t.cancelled[t.refresh] { // else something has to be asked as soon as it has ended
		d = t.clients.Stretch(d)
	}
	if most > 0 {
		d = min(d, most)
	}
	until := t.clock.Now().Add(d)
	for {
		left := until.Sub(t.clock.Now())
		if left <= 0 {
			return nil
		}
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

// stirs looks at the group, and at the alarms that AWS does not watch for us.
func (t *Target) stirs(ctx context.Context) bool {
	g, err := t.beat(ctx)
	if err != nil {
		return errors.Is(err, rollout.ErrNotFound) // the next look tells what else is wrong
	}
	now, before := t.stanceOf(g), t.stance
	t.stance = now
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
