package awsapi

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// groupsPerCall is how many names DescribeAutoScalingGroups takes.
const groupsPerCall = 100

type autoscalingGroup = autoscalingtypes.AutoScalingGroup

// Group reads an Auto Scaling group together with all others that are asked
// for in the same moment. A missing group is ErrNotFound.
func (c *Clients) Group(ctx context.Context, name string) (autoscalingtypes.AutoScalingGroup, error) {
	return c.group(ctx, c.groups, name)
}

// GroupBrief is Group without its instances: AWS throttles whoever reads large
// groups whole again and again.
func (c *Clients) GroupBrief(ctx context.Context, name string) (autoscalingtypes.AutoScalingGroup, error) {
	return c.group(ctx, c.briefs, name)
}

func (c *Clients) group(ctx context.Context, from *shared[autoscalingGroup], name string) (autoscalingtypes.AutoScalingGroup, error) {
	found, err := from.get(ctx, name)
	if err != nil {
		return autoscalingGroup{}, err
	}
	group, ok := found[name]
	if !ok {
		return autoscalingGroup{}, notFound("Auto Scaling group", name)
	}
	return group, nil
}

func (c *Clients) fetchGroups(ctx context.Context, names []string) (map[string]autoscalingGroup, error) {
	return c.describeGroups(ctx, names, nil)
}

func (c *Clients) fetchBriefs(ctx context.Context, names []string) (map[string]autoscalingGroup, error) {
	return c.describeGroups(ctx, names, aws.Bool(false))
}

func (c *Clients) describeGroups(ctx context.Context, names []string, instances *bool) (map[string]autoscalingGroup, error) {
	found := map[string]autoscalingGroup{}
	for part := range slices.Chunk(names, groupsPerCall) {
		pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(c.AutoScaling(), &autoscaling.DescribeAutoScalingGroupsInput{
			AutoScalingGroupNames: part,
			MaxRecords:            aws.Int32(groupsPerCall),
			IncludeInstances:      instances,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx, func(o *autoscaling.Options) { o.Retryer = once() })
			if err != nil {
				return nil, err
			}
			for _, group := range page.AutoScalingGroups {
				found[aws.ToString(group.AutoScalingGroupName)] = group
			}
		}
	}
	return found, nil
}
