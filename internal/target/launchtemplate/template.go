package launchtemplate

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Templates finds launch templates and makes versions of them.
type Templates struct {
	Client awsapi.EC2
	Groups *autoscaling.Client // to find who uses a version
	Clock  clock.Clock
}

// Template is a launch template.
type Template struct {
	ID, Name string
	Default  string // the number of the default version
}

// Version is a version of a launch template, as AWS describes it.
type Version struct {
	TemplateID  string
	Number      string
	Description string
	IsDefault   bool

	data types.ResponseLaunchTemplateData
}

// Find reads a template by its id, or by its name when id is empty. A missing
// one is an error for which awsapi.IsNotFound holds.
func (t Templates) Find(ctx context.Context, id, name string) (Template, error) {
	in := &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{id}}
	if id == "" {
		in = &ec2.DescribeLaunchTemplatesInput{LaunchTemplateNames: []string{name}}
	}
	out, err := t.Client.DescribeLaunchTemplates(ctx, in)
	if err == nil && len(out.LaunchTemplates) == 0 {
		err = awsapi.ErrNotFound
	}
	if err != nil {
		return Template{}, fmt.Errorf("reading launch template %s: %w", id+name, err)
	}
	found := out.LaunchTemplates[0]
	return Template{
		ID:      aws.ToString(found.LaunchTemplateId),
		Name:    aws.ToString(found.LaunchTemplateName),
		Default: strconv.FormatInt(aws.ToInt64(found.DefaultVersionNumber), 10),
	}, nil
}

// FindVersion reads one version by its number. A missing one is an error for
// which awsapi.IsNotFound holds.
func (t Templates) FindVersion(ctx context.Context, id, number string) (Version, error) {
	out, err := t.Client.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateId: aws.String(id),
		Versions:         []string{number},
	})
	if err == nil && len(out.LaunchTemplateVersions) == 0 {
		err = awsapi.ErrNotFound
	}
	if err != nil {
		return Version{}, fmt.Errorf("reading version %s of launch template %s: %w", number, id, err)
	}
	return described(out.LaunchTemplateVersions[0]), nil
}

func described(v types.LaunchTemplateVersion) Version {
	out := Version{
		TemplateID:  aws.ToString(v.LaunchTemplateId),
		Number:      strconv.FormatInt(aws.ToInt64(v.VersionNumber), 10),
		Description: aws.ToString(v.VersionDescription),
		IsDefault:   aws.ToBool(v.DefaultVersion),
	}
	if v.LaunchTemplateData != nil {
		out.data = *v.LaunchTemplateData
	}
	return out
}

// CheckImage asks whether instances can be launched from an AMI. An error for
// which ImageFault holds is the AMI's; others are of the asking.
func (t Templates) CheckImage(ctx context.Context, id string) error {
	out, err := t.Client.DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: []string{id}})
	switch {
	case err != nil:
		return fmt.Errorf("reading AMI %s: %w", id, err)
	case len(out.Images) == 0:
		return fmt.Errorf("reading AMI %s: %w", id, awsapi.ErrNotFound)
	case out.Images[0].State == types.ImageStateAvailable || out.Images[0].State == types.ImageStatePending:
		return nil
	}
	return fmt.Errorf("AMI %s is %s: %w", id, out.Images[0].State, errUnusableImage)
}

var errUnusableImage = errors.New("no instance can be launched from it")

// ImageFault tells that an AMI is at fault and not the asking.
func ImageFault(err error) bool {
	return awsapi.IsNotFound(err) || errors.Is(err, errUnusableImage) || awsapi.Code(err) == "InvalidAMIID.Malformed"
}

// Users are the Auto Scaling groups that launch from a version, or have
// instances of it.
func (t Templates) Users(ctx context.Context, id, number string) ([]string, error) {
	var users []string
	pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(t.Groups, &autoscaling.DescribeAutoScalingGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking for groups that use version %s of %s: %w", number, id, err)
		}
		for _, g := range page.AutoScalingGroups {
			for _, s := range specifications(g) {
				if s != nil && aws.ToString(s.LaunchTemplateId) == id && aws.ToString(s.Version) == number {
					users = append(users, aws.ToString(g.AutoScalingGroupName))
					break
				}
			}
		}
	}
	return users, nil
}

// specifications are all places in which a group names a template.
func specifications(g autoscalingtypes.AutoScalingGroup) []*autoscalingtypes.LaunchTemplateSpecification {
	all := []*autoscalingtypes.LaunchTemplateSpecification{g.LaunchTemplate}
	if p := g.MixedInstancesPolicy; p != nil && p.LaunchTemplate != nil {
		all = append(all, p.LaunchTemplate.LaunchTemplateSpecification)
		for _, o := range p.LaunchTemplate.Overrides {
			all = append(all, o.LaunchTemplateSpecification)
		}
	}
	for _, i := range g.Instances {
		all = append(all, i.LaunchTemplate)
	}
	return all
}

// Delete deletes a version. One that is gone already is no error.
func (t Templates) Delete(ctx context.Context, id, number string) error {
	out, err := t.Client.DeleteLaunchTemplateVersions(ctx, &ec2.DeleteLaunchTemplateVersionsInput{
		LaunchTemplateId: aws.String(id),
		Versions:         []string{number},
	})
	if awsapi.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deleting version %s of launch template %s: %w", number, id, err)
	}
	for _, kept := range out.UnsuccessfullyDeletedLaunchTemplateVersions { // AWS tells refusals inside a good answer
		if e := kept.ResponseError; e != nil && e.Code != types.LaunchTemplateErrorCodeLaunchTemplateVersionDoesNotExist {
			return fmt.Errorf("deleting version %s of launch template %s: %s: %s", number, id, e.Code, aws.ToString(e.Message))
		}
	}
	return nil
}
