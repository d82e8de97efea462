package autoscaling

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Facts is what is live on a group, for plan and read.
type Facts struct {
	Group
	// Active is the refresh under way, in words; empty when there is none.
	Active string
	active types.InstanceRefresh
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
	f := Facts{Group: g}
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

// TemplateVersion is a launch template version as it stands.
type TemplateVersion struct {
	Template
	Name    string
	ImageID string
}

// FindTemplate resolves a launch template named by id or by name, and its
// version. What does not exist is rollout.ErrNotFound.
func FindTemplate(ctx context.Context, c *awsapi.Clients, id, name, version string) (TemplateVersion, error) {
	in := &ec2.DescribeLaunchTemplateVersionsInput{Versions: []string{version}}
	what := "launch template " + id
	if id != "" {
		in.LaunchTemplateId = aws.String(id)
	} else {
		in.LaunchTemplateName, what = aws.String(name), fmt.Sprintf("launch template %q", name)
	}
	out, err := c.EC2().DescribeLaunchTemplateVersions(ctx, in)
	switch {
	case awsapi.IsNotFound(err), err == nil && len(out.LaunchTemplateVersions) == 0:
		return TemplateVersion{}, fmt.Errorf("%s, version %s: %w", what, version, rollout.ErrNotFound)
	case err != nil:
		return TemplateVersion{}, fmt.Errorf("reading %s, version %s: %w", what, version, err)
	}
	v := out.LaunchTemplateVersions[0]
	found := TemplateVersion{
		Template: Template{ID: aws.ToString(v.LaunchTemplateId), Version: fmt.Sprint(aws.ToInt64(v.VersionNumber))},
		Name:     aws.ToString(v.LaunchTemplateName),
	}
	if v.LaunchTemplateData != nil {
		found.ImageID = aws.ToString(v.LaunchTemplateData.ImageId)
	}
	return found, nil
}

// FindImage looks an AMI up; one that does not exist is rollout.ErrNotFound.
func FindImage(ctx context.Context, c *awsapi.Clients, id string) error {
	out, err := c.EC2().DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: []string{id}})
	switch {
	case awsapi.IsNotFound(err), err == nil && len(out.Images) == 0:
		return fmt.Errorf("AMI %s: %w", id, rollout.ErrNotFound)
	case err != nil:
		return fmt.Errorf("reading AMI %s: %w", id, err)
	case out.Images[0].State != ec2types.ImageStateAvailable:
		return fmt.Errorf("AMI %s is %s, not available: %w", id, out.Images[0].State, rollout.ErrNotFound)
	}
	return nil
}
