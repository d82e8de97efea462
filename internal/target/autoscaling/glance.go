package autoscaling

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

const (
	// large groups are not read whole in every look.
	large = 100
	// glanceFor is how long the instances of a large group are taken for what
	// they were, while its refresh does not move.
	glanceFor = time.Minute
	// beatFor is how long a group is what the last beat read, while neither it
	// nor its refresh moves.
	beatFor = 20 * time.Second
)

// glance is what the last whole look at a group saw.
type glance struct {
	instances []types.Instance
	at        time.Time
	refresh   string // how its newest refresh stood
}

// see reads the group and its refreshes. The instances of a large group are
// read again when its refresh has moved, and from time to time.
func (t *Target) see(ctx context.Context) (Group, []types.InstanceRefresh, error) {
	list, err := t.refreshes(ctx)
	if err != nil {
		return Group{}, nil, err
	}
	now, stands := t.clock.Now(), standing(list)
	if len(t.last.instances) > large && t.refresh != "" && stands == t.last.refresh && now.Sub(t.last.at) < glanceFor {
		brief, err := t.clients.GroupBrief(ctx, t.release.Group)
		g, err := found(brief, t.release.Group, err)
		g.Instances = t.last.instances
		return g, list, err
	}
	if same := t.stands == stands; same && t.refresh != "" && !t.woken && active(list[0]) && now.Sub(t.beatAt) < beatFor {
		return t.onBeat, list, nil // nothing tells that it has changed since
	}
	t.stands = stands
	g, err := findGroup(ctx, t.clients, t.release.Group)
	t.last = glance{instances: g.Instances, at: now, refresh: stands}
	return g, list, err
}

// standing tells how the newest refresh stands, as far as instances move with it.
func standing(list []types.InstanceRefresh) string {
	if len(list) == 0 {
		return ""
	}
	r := list[0]
	return fmt.Sprint(aws.ToString(r.InstanceRefreshId), r.Status, aws.ToInt32(r.PercentageComplete), aws.ToInt32(r.InstancesToUpdate))
}
