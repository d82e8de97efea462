package autoscaling

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// How many pages of a hundred activities are read at most: a large group makes
// thousands.
const (
	newActivities = 2  // on the way
	allActivities = 10 // to explain a failure
)

// activities are the group's scaling activities since then; none when they
// cannot be read, for they only explain.
func (t *Target) activities(ctx context.Context, since time.Time, most int) []types.Activity {
	pages := autoscaling.NewDescribeScalingActivitiesPaginator(t.clients.AutoScaling(), &autoscaling.DescribeScalingActivitiesInput{
		AutoScalingGroupName: &t.release.Group, MaxRecords: aws.Int32(100),
	})
	var list []types.Activity
	for n := 0; pages.HasMorePages() && n < most; n++ {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return list
		}
		older := false
		for _, a := range page.Activities {
			switch {
			case a.StartTime == nil:
			case !a.StartTime.Before(since):
				list = append(list, a)
			case a.EndTime != nil: // those under way come first, whenever they began
				older = true
			}
		}
		if older {
			break
		}
	}
	return list
}

func failed(a types.Activity) bool {
	return a.StatusCode == types.ScalingActivityStatusCodeFailed && strings.HasPrefix(aws.ToString(a.Description), "Launching") && !abandoned(a)
}

// abandoned tells a launch that a lifecycle hook gave up, by AWS's words for it.
func abandoned(a types.Activity) bool {
	said := aws.ToString(a.StatusMessage) + aws.ToString(a.Description)
	return strings.HasPrefix(aws.ToString(a.Description), "Launching") && strings.Contains(said, "Lifecycle Action") && strings.Contains(said, "was abandoned")
}

// whatFailed words an activity; AWS repeats the message in some descriptions.
func whatFailed(a types.Activity) string {
	description, message := aws.ToString(a.Description), aws.ToString(a.StatusMessage)
	if message == "" || strings.Contains(description, message) {
		return description
	}
	return description + ": " + message
}

// held tells of lifecycle hooks that hold instances now, or abandon what
// nobody answers for: such instances never serve.
func (t *Target) held(ctx context.Context) []string {
	g, err := findGroup(ctx, t.clients, t.release.Group)
	if err != nil {
		return nil
	}
	var waiting []string
	for _, i := range g.Instances {
		if strings.HasSuffix(string(i.LifecycleState), ":Wait") && len(waiting) < maxWitnesses {
			waiting = append(waiting, fmt.Sprintf("%s is %s", aws.ToString(i.InstanceId), i.LifecycleState))
		}
	}
	gaveUp := slices.ContainsFunc(t.activities(ctx, t.evidence.began, allActivities), abandoned)
	if len(waiting) == 0 && !gaveUp {
		return nil
	}
	out, err := t.clients.AutoScaling().DescribeLifecycleHooks(ctx, &autoscaling.DescribeLifecycleHooksInput{AutoScalingGroupName: &t.release.Group})
	if err != nil {
		return waiting
	}
	for _, h := range out.LifecycleHooks {
		waiting = append(waiting, fmt.Sprintf("lifecycle hook %s (%s) takes %s after %d s without an answer",
			aws.ToString(h.LifecycleHookName), strings.TrimPrefix(aws.ToString(h.LifecycleTransition), "autoscaling:"),
			aws.ToString(h.DefaultResult), aws.ToInt32(h.HeartbeatTimeout)))
	}
	return waiting
}

// suspended tells of processes that a refresh needs and that do not work.
func suspended(g Group) []string {
	var lines []string
	for _, p := range []struct{ name, then string }{
		{"Launch", "nothing new is launched"}, {"Terminate", "nothing old is terminated"}, {"InstanceRefresh", "the instance refresh stands still"},
		{"HealthCheck", "no instance is found unhealthy"}, {"ReplaceUnhealthy", "unhealthy instances stay"},
		{"AddToLoadBalancer", "new instances get no traffic from load balancers, and never get healthy there"},
	} {
		if slices.Contains(g.Suspended, p.name) {
			lines = append(lines, fmt.Sprintf("process %s is suspended: %s", p.name, p.then))
		}
	}
	return lines
}
