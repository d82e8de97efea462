package launchtemplate

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// twin is the newest version that has exactly the ordered content and is newer
// than the source and than the one that the caller has. It is what an apply
// left that was killed before its state was saved: making the same once more
// would aim the next release elsewhere than the one under way.
func (t Templates) twin(ctx context.Context, o Order, source Version) (twin Version, found bool, err error) {
	best, err := newest(o.Source, o.After)
	if err != nil {
		return twin, false, err
	}
	want := o.Overrides.onto(source)
	in := &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateId: aws.String(o.TemplateID), MinVersion: aws.String(strconv.FormatInt(best, 10))}
	for more := true; more; more = in.NextToken != nil {
		page, err := t.Client.DescribeLaunchTemplateVersions(ctx, in)
		if err != nil {
			return twin, false, fmt.Errorf("reading the newest versions of launch template %s: %w", o.TemplateID, err)
		}
		in.NextToken = page.NextToken
		for _, v := range page.LaunchTemplateVersions {
			if n := aws.ToInt64(v.VersionNumber); n > best && v.LaunchTemplateData != nil &&
				aws.ToString(v.VersionDescription) == o.Description && same(*v.LaunchTemplateData, want) {
				twin, found, best = described(v), true, n
			}
		}
	}
	return twin, found, nil
}

// newest is the higher of version numbers; empty ones do not count.
func newest(numbers ...string) (int64, error) {
	var high int64
	for _, text := range numbers {
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("version %q is no number: %w", text, err)
		}
		high = max(high, n)
	}
	return high, nil
}

// onto is what EC2 shows of a version made from the source: each override
// takes the place of the source's whole member.
func (o Overrides) onto(source Version) types.ResponseLaunchTemplateData {
	data, request := source.data, o.request(source)
	data.ImageId = cmp.Or(request.ImageId, data.ImageId)
	data.KeyName = cmp.Or(request.KeyName, data.KeyName)
	data.UserData = cmp.Or(request.UserData, data.UserData)
	data.EbsOptimized = cmp.Or(request.EbsOptimized, data.EbsOptimized)
	data.InstanceType = cmp.Or(request.InstanceType, data.InstanceType)
	if len(request.SecurityGroupIds) > 0 {
		data.SecurityGroupIds = request.SecurityGroupIds
	}
	if p := request.IamInstanceProfile; p != nil {
		data.IamInstanceProfile = &types.LaunchTemplateIamInstanceProfileSpecification{Arn: p.Arn, Name: p.Name}
	}
	if m := request.Monitoring; m != nil {
		data.Monitoring = &types.LaunchTemplatesMonitoring{Enabled: m.Enabled}
	}
	if len(request.TagSpecifications) > 0 {
		data.TagSpecifications = nil
		for _, s := range request.TagSpecifications {
			data.TagSpecifications = append(data.TagSpecifications, types.LaunchTemplateTagSpecification{ResourceType: s.ResourceType, Tags: s.Tags})
		}
	}
	return data
}

// same compares whole contents: also the members that this package never
// sets, which a source or another tool may have. A difference that means
// nothing makes one version more than needed, and no harm.
func same(a, b types.ResponseLaunchTemplateData) bool {
	return reflect.DeepEqual(ordered(a), ordered(b))
}

// ordered has in a fixed order what AWS keeps as sets.
func ordered(data types.ResponseLaunchTemplateData) types.ResponseLaunchTemplateData {
	data.SecurityGroupIds = sorted(data.SecurityGroupIds)
	data.TagSpecifications = slices.Clone(data.TagSpecifications)
	for i, s := range data.TagSpecifications {
		tags := slices.Clone(s.Tags)
		slices.SortFunc(tags, func(a, b types.Tag) int { return cmp.Compare(aws.ToString(a.Key), aws.ToString(b.Key)) })
		data.TagSpecifications[i].Tags = tags
	}
	slices.SortFunc(data.TagSpecifications, func(a, b types.LaunchTemplateTagSpecification) int {
		return cmp.Compare(a.ResourceType, b.ResourceType)
	})
	return data
}
