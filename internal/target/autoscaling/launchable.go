package autoscaling

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// TemplateVersion is a launch template version and what it names.
type TemplateVersion struct {
	Template
	Name    string
	ImageID string
	// Names are what must exist for a launch, by kind.
	Names map[awsapi.Kind][]string
	// ByRequirements: instance types are chosen by attributes.
	ByRequirements bool
}

// FromParameter reports whether the AMI is whatever a parameter of Systems
// Manager says at the launch.
func (v TemplateVersion) FromParameter() bool { return strings.HasPrefix(v.ImageID, "resolve:") }

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
		Name:     aws.ToString(v.LaunchTemplateName), Names: map[awsapi.Kind][]string{},
	}
	if v.LaunchTemplateData != nil {
		found.take(*v.LaunchTemplateData)
	}
	return found, nil
}

// take notes what launches need.
func (v *TemplateVersion) take(d ec2types.ResponseLaunchTemplateData) {
	v.ImageID, v.ByRequirements = aws.ToString(d.ImageId), d.InstanceRequirements != nil
	add := func(kind awsapi.Kind, names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(v.Names[kind], n) {
				v.Names[kind] = append(v.Names[kind], n)
			}
		}
	}
	if strings.HasPrefix(v.ImageID, "ami-") {
		add(awsapi.Image, v.ImageID)
	}
	add(awsapi.KeyPair, aws.ToString(d.KeyName))
	add(awsapi.SecurityGroup, d.SecurityGroupIds...)
	for _, i := range d.NetworkInterfaces {
		add(awsapi.SecurityGroup, i.Groups...)
	}
	if p := d.IamInstanceProfile; p != nil {
		arn := aws.ToString(p.Arn)
		add(awsapi.InstanceProfile, aws.ToString(p.Name), arn[strings.LastIndex(arn, "/")+1:])
	}
}

// Kinds are the kinds of things that a version names, in the order in which
// they are told.
func Kinds() []awsapi.Kind {
	return []awsapi.Kind{awsapi.Image, awsapi.KeyPair, awsapi.SecurityGroup, awsapi.InstanceProfile}
}

// Launchable reads which of the things that versions name exist. A kind that
// could not be read is left out, with an error of its own.
func Launchable(ctx context.Context, c *awsapi.Clients, versions ...TemplateVersion) (map[awsapi.Kind]map[string]awsapi.Thing, []error) {
	found := map[awsapi.Kind]map[string]awsapi.Thing{}
	var failed []error
	for _, kind := range Kinds() {
		var names []string
		for _, v := range versions {
			names = append(names, v.Names[kind]...)
		}
		if len(names) == 0 {
			continue
		}
		things, err := c.Find(ctx, kind, names...)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		found[kind] = things
	}
	return found, failed
}

// ByRequirements reports whether the group chooses instance types by attributes.
func (g Group) ByRequirements() bool {
	if g.Policy == nil || g.Policy.LaunchTemplate == nil {
		return false
	}
	for _, o := range g.Policy.LaunchTemplate.Overrides {
		if o.InstanceRequirements != nil {
			return true
		}
	}
	return false
}

// Floating are the templates of single instance types in the group's policy
// whose version is no number: AWS cannot roll back to them.
func (g Group) Floating() (names []string) {
	if g.Policy == nil || g.Policy.LaunchTemplate == nil {
		return nil
	}
	for _, o := range g.Policy.LaunchTemplate.Overrides {
		if o.LaunchTemplateSpecification == nil {
			continue
		}
		if t := templateOf(o.LaunchTemplateSpecification); strings.HasPrefix(t.Version, "$") {
			names = append(names, t.String())
		}
	}
	return names
}

// Weighted reports whether the group's capacity counts units, not instances.
func (g Group) Weighted() bool { return g.weighted }

// Blocking counts the instances that do not run the version and that a refresh
// waits for when it is told to: protected from scale-in, and in standby.
func (g Group) Blocking(want Template) (protected, standby int) {
	for _, i := range g.Instances {
		switch {
		case g.runs(i, want):
		case strings.Contains(string(i.LifecycleState), "Standby"):
			standby++
		case aws.ToBool(i.ProtectedFromScaleIn):
			protected++
		}
	}
	return protected, standby
}
