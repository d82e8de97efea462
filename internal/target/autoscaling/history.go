package autoscaling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// Refresh is one instance refresh of a group, as it is remembered for six
// weeks.
type Refresh struct {
	ID, Status, Reason string
	Start, End         time.Time // zero until it began or ended
	// Aim is what it brings; empty when it was started without a desired
	// configuration. AWS may tell a template by name alone.
	Aim     Template
	AimName string
	Percent *int32 // complete; nil until AWS tells
	Left    *int32 // instances that are still to be updated
	// RolledBack is why AWS took it back, and since when; empty when it did not.
	RolledBack   string
	RolledBackAt time.Time
	preferences  types.RefreshPreferences
}

func refreshOf(r types.InstanceRefresh) Refresh {
	out := Refresh{
		ID: aws.ToString(r.InstanceRefreshId), Status: string(r.Status), Reason: aws.ToString(r.StatusReason),
		Start: aws.ToTime(r.StartTime), End: aws.ToTime(r.EndTime), Percent: r.PercentageComplete, Left: r.InstancesToUpdate,
	}
	if d := r.DesiredConfiguration; d != nil {
		spec := d.LaunchTemplate
		if d.MixedInstancesPolicy != nil && d.MixedInstancesPolicy.LaunchTemplate != nil {
			spec = d.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification
		}
		if spec != nil {
			out.Aim, out.AimName = templateOf(spec), aws.ToString(spec.LaunchTemplateName)
		}
	}
	if b := r.RollbackDetails; b != nil {
		out.RolledBack, out.RolledBackAt = aws.ToString(b.RollbackReason), aws.ToTime(b.RollbackStartTime)
	}
	if r.Preferences != nil {
		out.preferences = *r.Preferences
	}
	return out
}

func historyOf(list []types.InstanceRefresh) []Refresh {
	var out []Refresh
	for _, r := range list {
		out = append(out, refreshOf(r))
	}
	return out
}

// Brought reports whether the refresh was to bring a version; name is that of
// its template.
func (r Refresh) Brought(want Template, name string) bool {
	return r.Aim.Version == want.Version && (r.Aim.ID == want.ID && want.ID != "" || r.Aim.ID == "" && r.AimName == name && name != "")
}

// Failed reports whether AWS ended it short of its aim.
func (r Refresh) Failed() bool {
	switch types.InstanceRefreshStatus(r.Status) {
	case types.InstanceRefreshStatusFailed, types.InstanceRefreshStatusRollbackSuccessful, types.InstanceRefreshStatusRollbackFailed:
		return true
	}
	return false
}

// Why is the reason that AWS gives for its end, or for its roll-back.
func (r Refresh) Why() string {
	if r.RolledBack != "" {
		return r.RolledBack
	}
	return r.Reason
}

// Succeeded reports whether it brought all that it was to bring.
func (r Refresh) Succeeded() bool { return r.Status == string(types.InstanceRefreshStatusSuccessful) }

// Pace is how a refresh travelled, as its preferences say.
type Pace struct {
	Checkpoints         []int
	Delay, Bake, Warmup time.Duration
	Least, Most         int // healthy percentages
}

// Pace reads the preferences; what AWS leaves out is AWS's default.
func (r Refresh) Pace() Pace {
	p := r.preferences
	out := Pace{Bake: time.Duration(aws.ToInt32(p.BakeTime)) * time.Second, Warmup: time.Duration(aws.ToInt32(p.InstanceWarmup)) * time.Second, Least: 90, Most: 100}
	if p.MinHealthyPercentage != nil {
		out.Least = int(*p.MinHealthyPercentage)
	}
	if p.MaxHealthyPercentage != nil {
		out.Most = int(*p.MaxHealthyPercentage)
	}
	for _, c := range p.CheckpointPercentages {
		out.Checkpoints = append(out.Checkpoints, int(c))
	}
	if out.Delay = defaultDelay; p.CheckpointDelay != nil {
		out.Delay = time.Duration(*p.CheckpointDelay) * time.Second
	}
	return out
}

// historyPage is the most that AWS gives in one answer.
const historyPage = 100

// FindHistory reads a group's refreshes, the newest first, at most so many;
// zero is all that AWS remembers. A group that is gone is awsapi.ErrNotFound.
func FindHistory(ctx context.Context, c *awsapi.Clients, group string, most int) ([]Refresh, error) {
	if _, err := c.Group(ctx, group); err != nil {
		if errors.Is(err, awsapi.ErrNotFound) || !awsapi.IsAccessDenied(err) {
			return nil, err
		}
		// The refreshes may be read all the same.
	}
	var list []types.InstanceRefresh
	in := &autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: aws.String(group), MaxRecords: aws.Int32(historyPage)}
	for {
		page, err := c.AutoScaling().DescribeInstanceRefreshes(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("reading the instance refreshes of %q: %w", group, err)
		}
		list = append(list, page.InstanceRefreshes...)
		if in.NextToken = page.NextToken; aws.ToString(in.NextToken) == "" || most > 0 && len(list) >= most {
			break
		}
	}
	list = newestFirst(list)
	if most > 0 && len(list) > most {
		list = list[:most]
	}
	return historyOf(list), nil
}
