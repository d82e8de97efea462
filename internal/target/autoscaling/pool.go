package autoscaling

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// stalePool reports whether the group's warm pool holds instances of another
// version, which scaling out would bring into service. What cannot be read is
// taken for fresh: a refresh sees to the pool anyway.
func (t *Target) stalePool(ctx context.Context, g Group) bool {
	if !g.Pool {
		return false
	}
	pages := autoscaling.NewDescribeWarmPoolPaginator(t.clients.AutoScaling(), &autoscaling.DescribeWarmPoolInput{AutoScalingGroupName: &t.release.Group})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false
		}
		for _, i := range page.Instances {
			if !strings.HasPrefix(string(i.LifecycleState), "Warmed:Terminat") && !g.runs(i, t.release.Template) {
				return true
			}
		}
	}
	return false
}

// pools tells the progress of a refresh in service and in the warm pool apart;
// empty for groups without a pool.
func pools(r types.InstanceRefresh) string {
	d := r.ProgressDetails
	if d == nil || d.WarmPoolProgress == nil {
		return ""
	}
	live := int32(0)
	if d.LivePoolProgress != nil {
		live = aws.ToInt32(d.LivePoolProgress.PercentageComplete)
	}
	return fmt.Sprintf(" (%d %% of what is in service, %d %% of the warm pool)", live, aws.ToInt32(d.WarmPoolProgress.PercentageComplete))
}

// updated counts what a refresh has updated, of so many units in scope. The
// warm pool counts too: while it is replaced, nothing else moves.
func updated(r types.InstanceRefresh, all int) int {
	d := r.ProgressDetails
	if d == nil || d.WarmPoolProgress == nil || d.LivePoolProgress == nil {
		return max(0, all-int(aws.ToInt32(r.InstancesToUpdate)))
	}
	return max(0, all-int(aws.ToInt32(d.LivePoolProgress.InstancesToUpdate))) + int(aws.ToInt32(d.WarmPoolProgress.PercentageComplete))
}
