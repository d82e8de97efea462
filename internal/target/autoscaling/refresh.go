package autoscaling

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// recent is how many refreshes to read: the one under way and what came
// shortly before it.
const recent = 20

// refreshes are the group's latest instance refreshes, the newest first.
func (t *Target) refreshes(ctx context.Context) ([]types.InstanceRefresh, error) {
	out, err := t.clients.AutoScaling().DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{
		AutoScalingGroupName: &t.release.Group, MaxRecords: aws.Int32(recent),
	})
	if err != nil {
		return nil, kind(fmt.Errorf("reading the instance refreshes of %q: %w", t.release.Group, err))
	}
	return newestFirst(out.InstanceRefreshes), nil
}

// newestFirst orders refreshes: the one under way, then by when they began.
// One that was cancelled in Pending never began, and counts from its end.
func newestFirst(list []types.InstanceRefresh) []types.InstanceRefresh {
	slices.SortStableFunc(list, func(a, b types.InstanceRefresh) int {
		return cmp.Compare(age(b), age(a))
	})
	return list
}

func age(r types.InstanceRefresh) int64 {
	switch {
	case active(r):
		return 1<<63 - 1 // a group has at most one
	case r.StartTime != nil:
		return r.StartTime.UnixNano()
	case r.EndTime != nil:
		return r.EndTime.UnixNano()
	}
	return 0
}

// active reports whether a refresh is under way. A status that we do not know
// counts as under way: only the documented ends are ends.
func active(r types.InstanceRefresh) bool {
	switch r.Status {
	case types.InstanceRefreshStatusSuccessful, types.InstanceRefreshStatusFailed, types.InstanceRefreshStatusCancelled,
		types.InstanceRefreshStatusRollbackFailed, types.InstanceRefreshStatusRollbackSuccessful:
		return false
	}
	return true
}

// known reports whether we know what a status means. One that AWS has added
// since must not be taken for "go on waiting".
func known(r types.InstanceRefresh) bool { return slices.Contains(r.Status.Values(), r.Status) }

// ending reports whether a refresh is on its way back or being cancelled.
func ending(r types.InstanceRefresh) bool {
	return r.Status == types.InstanceRefreshStatusCancelling || r.Status == types.InstanceRefreshStatusRollbackInProgress
}

// aim is the template that a refresh brings; empty without a desired
// configuration.
func aim(r types.InstanceRefresh) Template {
	d := r.DesiredConfiguration
	switch {
	case d == nil:
		return Template{}
	case d.MixedInstancesPolicy != nil && d.MixedInstancesPolicy.LaunchTemplate != nil:
		return templateOf(d.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification)
	}
	return templateOf(d.LaunchTemplate)
}

// aimsAt reports whether a refresh brings what the release wants.
func (t *Target) aimsAt(r types.InstanceRefresh, g Group) bool {
	return brings(r, g, t.release.Template, t.release.TemplateName)
}

// brings reports whether a refresh brings a version, with the group's own
// policy where it has one. AWS may echo a template by name alone, so the name
// counts too.
func brings(r types.InstanceRefresh, g Group, want Template, name string) bool {
	d := r.DesiredConfiguration
	if d == nil {
		return g.Saved == want // as CloudFormation does: the group first, then a refresh to what it has
	}
	spec := d.LaunchTemplate
	if d.MixedInstancesPolicy != nil {
		if g.Policy == nil || !samePolicy(d.MixedInstancesPolicy, policyTo(g, want)) {
			return false
		}
		spec = d.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification
	} else if g.Policy != nil {
		return false
	}
	if spec == nil || aws.ToString(spec.Version) != want.Version {
		return false
	}
	if id := aws.ToString(spec.LaunchTemplateId); id != "" {
		return id == want.ID
	}
	return name != "" && aws.ToString(spec.LaunchTemplateName) == name
}

// whose classifies the refresh under way, before we have started any.
func (t *Target) whose(r types.InstanceRefresh, g Group) rollout.Active {
	switch same := t.aimsAt(r, g); {
	case same && r.Status == types.InstanceRefreshStatusCancelling && (t.release.Stepwise && isHeld(r) || aws.ToString(r.InstanceRefreshId) == t.release.Cancelled):
		return rollout.ActiveEnded // by our own Ctrl-C, or to make way for the next step
	case same && ending(r):
		return rollout.ActiveEnding
	case same && t.guarded(r):
		return rollout.ActiveSame
	case same:
		return rollout.ActiveLax
	case g.Saved == t.release.Template && r.DesiredConfiguration != nil:
		return rollout.ActiveBack // it leads away from what is wanted, and rolls back to it
	}
	return rollout.ActiveOther
}

// guarded reports whether a refresh has alarms, bake and auto-rollback at least
// as the release wants them.
func (t *Target) guarded(r types.InstanceRefresh) bool {
	p := r.Preferences
	if p == nil {
		p = &types.RefreshPreferences{}
	}
	if t.release.AutoRollback && !aws.ToBool(p.AutoRollback) && t.reversible {
		return false
	}
	held := t.release.Stepwise && len(p.CheckpointPercentages) > 0 // its bake comes with the last step
	if !held && time.Duration(aws.ToInt32(p.BakeTime))*time.Second < t.release.Bake {
		return false
	}
	var watched []string
	if p.AlarmSpecification != nil {
		watched = p.AlarmSpecification.Alarms
	}
	for _, name := range t.heeded {
		if !slices.Contains(watched, name) {
			return false
		}
	}
	return true
}

// tell words a refresh for a person.
func tell(r types.InstanceRefresh) string {
	text := fmt.Sprintf("instance refresh %s is %s", aws.ToString(r.InstanceRefreshId), r.Status)
	if to := aim(r); to.ID != "" {
		text += " to " + to.String()
	}
	if r.PercentageComplete != nil {
		text += fmt.Sprintf(", %d %% complete", *r.PercentageComplete) + pools(r)
	}
	if reason := aws.ToString(r.StatusReason); reason != "" {
		text += ": " + reason
	}
	return text
}

// reasonOf is why a refresh failed or went back, in AWS's words.
func reasonOf(r types.InstanceRefresh) string {
	if d := r.RollbackDetails; d != nil && aws.ToString(d.RollbackReason) != "" {
		return aws.ToString(d.RollbackReason)
	}
	if reason := aws.ToString(r.StatusReason); reason != "" {
		return reason
	}
	return fmt.Sprintf("AWS gave no reason; the instance refresh is %s", r.Status)
}
