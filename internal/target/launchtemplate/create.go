package launchtemplate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// Reads of EC2 lag behind writes by seconds.
const (
	visibleLimit = 2 * time.Minute
	visiblePoll  = time.Second
)

// Overrides are what a version has otherwise than its source; nil and empty
// leave the source's.
type Overrides struct {
	ImageID            *string
	InstanceType       *string
	KeyName            *string
	UserData           *string // base64
	SecurityGroupIDs   []string
	IAMInstanceProfile *string // name or ARN
	EBSOptimized       *bool
	Monitoring         *bool
	Tags               map[string]string // of instances, added to the source's
}

// Order asks for a version.
type Order struct {
	TemplateID string
	Source     string // a number
	// After is the number of the version that the caller has; empty is none.
	After       string
	Description string
	Overrides   Overrides
}

// Create makes a version and waits until EC2 shows it, or takes the one of just
// this content that an earlier attempt left. Warnings are what AWS finds wrong
// with the version without refusing it.
//
// The SDK sends one client token with all attempts of a call, so an answer
// that is lost on the way makes no second version.
func (t Templates) Create(ctx context.Context, o Order) (v Version, warnings []string, err error) {
	source, err := t.FindVersion(ctx, o.TemplateID, o.Source)
	if err != nil {
		return Version{}, nil, err
	}
	if left, found, err := t.twin(ctx, o, source); err != nil || found {
		return left, nil, err
	}
	in := &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId:   aws.String(o.TemplateID),
		SourceVersion:      aws.String(o.Source),
		LaunchTemplateData: o.Overrides.request(source),
	}
	if o.Description != "" {
		in.VersionDescription = aws.String(o.Description)
	}
	out, err := t.Client.CreateLaunchTemplateVersion(ctx, in)
	if err == nil && out.LaunchTemplateVersion == nil {
		err = awsapi.ErrNotFound
	}
	if err != nil {
		return Version{}, nil, fmt.Errorf("making a version of launch template %s: %w", o.TemplateID, err)
	}
	if out.Warning != nil {
		for _, w := range out.Warning.Errors {
			warnings = append(warnings, fmt.Sprintf("%s: %s", aws.ToString(w.Code), aws.ToString(w.Message)))
		}
	}
	v, err = t.visible(ctx, described(*out.LaunchTemplateVersion))
	return v, warnings, err
}

// visible waits until a version that was made can be read.
func (t Templates) visible(ctx context.Context, made Version) (Version, error) {
	deadline := t.Clock.Now().Add(visibleLimit)
	for {
		found, err := t.FindVersion(ctx, made.TemplateID, made.Number)
		if err == nil || !awsapi.IsNotFound(err) || t.Clock.Now().After(deadline) {
			return found, err
		}
		if err := t.Clock.Sleep(ctx, visiblePoll); err != nil {
			return made, fmt.Errorf("waiting for version %s of launch template %s: %w", made.Number, made.TemplateID, err)
		}
	}
}

func (o Overrides) request(source Version) *types.RequestLaunchTemplateData {
	data := &types.RequestLaunchTemplateData{
		ImageId:          o.ImageID,
		KeyName:          o.KeyName,
		UserData:         o.UserData,
		SecurityGroupIds: o.SecurityGroupIDs,
		EbsOptimized:     o.EBSOptimized,
	}
	if o.InstanceType != nil {
		data.InstanceType = types.InstanceType(*o.InstanceType)
	}
	if o.IAMInstanceProfile != nil {
		data.IamInstanceProfile = profile(*o.IAMInstanceProfile)
	}
	if o.Monitoring != nil {
		data.Monitoring = &types.LaunchTemplatesMonitoringRequest{Enabled: o.Monitoring}
	}
	if len(o.Tags) > 0 {
		data.TagSpecifications = o.tagSpecifications(source)
	}
	return data
}

func profile(nameOrARN string) *types.LaunchTemplateIamInstanceProfileSpecificationRequest {
	if strings.HasPrefix(nameOrARN, "arn:") {
		return &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Arn: aws.String(nameOrARN)}
	}
	return &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Name: aws.String(nameOrARN)}
}

// tagSpecifications are the source's, with the instances' tags added to.
func (o Overrides) tagSpecifications(source Version) []types.LaunchTemplateTagSpecificationRequest {
	var specs []types.LaunchTemplateTagSpecificationRequest
	for _, s := range source.data.TagSpecifications {
		if s.ResourceType != types.ResourceTypeInstance {
			specs = append(specs, types.LaunchTemplateTagSpecificationRequest{ResourceType: s.ResourceType, Tags: s.Tags})
		}
	}
	tags := source.instanceTags()
	maps.Copy(tags, o.Tags)
	list := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return append(specs, types.LaunchTemplateTagSpecificationRequest{ResourceType: types.ResourceTypeInstance, Tags: list})
}

func (v Version) instanceTags() map[string]string {
	tags := map[string]string{}
	for _, s := range v.data.TagSpecifications {
		if s.ResourceType == types.ResourceTypeInstance {
			for _, tag := range s.Tags {
				tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
		}
	}
	return tags
}

// Has tells whether the version holds all of the overrides already.
func (v Version) Has(o Overrides) bool {
	d := v.data
	instanceType := string(d.InstanceType)
	tags := v.instanceTags()
	for key, value := range o.Tags {
		if have, ok := tags[key]; !ok || have != value {
			return false
		}
	}
	return covers(o.ImageID, d.ImageId) && covers(o.InstanceType, &instanceType) && covers(o.KeyName, d.KeyName) &&
		covers(o.UserData, d.UserData) && covers(o.EBSOptimized, d.EbsOptimized) &&
		(o.Monitoring == nil || d.Monitoring != nil && covers(o.Monitoring, d.Monitoring.Enabled)) &&
		(o.IAMInstanceProfile == nil || d.IamInstanceProfile != nil &&
			(covers(o.IAMInstanceProfile, d.IamInstanceProfile.Name) || covers(o.IAMInstanceProfile, d.IamInstanceProfile.Arn))) &&
		(len(o.SecurityGroupIDs) == 0 || slices.Equal(sorted(o.SecurityGroupIDs), sorted(d.SecurityGroupIds)))
}

// covers tells whether an override, if there is one, is what the version has.
func covers[T comparable](override, have *T) bool {
	return override == nil || have != nil && *override == *have
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
