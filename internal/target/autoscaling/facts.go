package autoscaling

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// Facts is what is live on a group, for plan and read.
type Facts struct {
	Group
	// Active is the refresh under way, in words; empty when there is none.
	Active string
	active types.InstanceRefresh
	// History are the latest refreshes, the newest first.
	History []Refresh
}

// Brings reports whether the refresh under way brings a version; name is that
// of its template.
func (f Facts) Brings(want Template, name string) bool {
	return f.Active != "" && brings(f.active, f.Group, want, name)
}

// Find reads a group's facts. A group that is gone is rollout.ErrNotFound.
func Find(ctx context.Context, c *awsapi.Clients, group string) (Facts, error) {
	t := &Target{clients: c, release: Release{Group: group}}
	g, list, err := t.look(ctx)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Group: g, History: historyOf(list)}
	if len(list) > 0 && active(list[0]) {
		f.Active, f.active = tell(list[0]), list[0]
	}
	return f, nil
}

// OutOfScope counts the instances that a release leaves alone.
func (g Group) OutOfScope(s Scope) (protected, standby int) {
	for _, i := range g.Instances {
		switch {
		case s.IgnoreStandby && i.LifecycleState == types.LifecycleStateStandby:
			standby++
		case s.ignoresProtected(i):
			protected++
		}
	}
	return protected, standby
}

// InScope is how many instances a release covers.
func (g Group) InScope(s Scope) int { return len(g.scoped(s)) }
