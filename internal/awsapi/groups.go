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
	found, err := c.groups.get(ctx, name)
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
	found := map[string]autoscalingGroup{}
	for part := range slices.Chunk(names, groupsPerCall) {
		pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(c.AutoScaling(), &autoscaling.DescribeAutoScalingGroupsInput{
			AutoScalingGroupNames: part,
			MaxRecords:            aws.Int32(groupsPerCall),
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
