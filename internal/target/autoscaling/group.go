package autoscaling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Template is a launch template and one of its versions.
type Template struct {
	ID      string
	Version string // a number; "$Latest" or "$Default" only as a group saved it
}

// String is id:version, as the attribute live names a version.
func (t Template) String() string {
	if t.ID == "" {
		return NoTemplate
	}
	return t.ID + ":" + t.Version
}

// Numbered reports whether the version is a fixed one.
func (t Template) Numbered() bool { return t.ID != "" && !strings.HasPrefix(t.Version, "$") }

// NoTemplate stands for instances that run without a launch template.
const NoTemplate = "none"

// Group is what a release needs to know of an Auto Scaling group.
type Group struct {
	Name  string
	ARN   string
	Saved Template // what the group launches, as saved
	// SavedName is the name of its launch template.
	SavedName string
	// Policy is the group's mixed instances policy, nil when it has none.
	Policy        *types.MixedInstancesPolicy
	Instances     []types.Instance
	Desired, Max  int
	HealthCheck   string // EC2, ELB, …
	TargetGroups  []string
	Subnets       []string      // none where the group names zones instead
	Warmup        time.Duration // the default of an instance refresh
	Maintenance   *types.InstanceMaintenancePolicy
	Suspended     []string
	Configuration string // the launch configuration, of groups that still have one
	Pool          bool   // it has a warm pool
	weighted      bool   // its capacity is counted in weights
}

func groupOf(g types.AutoScalingGroup) Group {
	out := Group{
		Name: aws.ToString(g.AutoScalingGroupName), ARN: aws.ToString(g.AutoScalingGroupARN),
		Policy: g.MixedInstancesPolicy, Instances: g.Instances,
		Desired: int(aws.ToInt32(g.DesiredCapacity)), Max: int(aws.ToInt32(g.MaxSize)),
		HealthCheck: aws.ToString(g.HealthCheckType), TargetGroups: g.TargetGroupARNs,
		Maintenance: g.InstanceMaintenancePolicy, Configuration: aws.ToString(g.LaunchConfigurationName),
	}
	out.Pool = g.WarmPoolConfiguration != nil
	out.weighted = slices.ContainsFunc(overrides(out.Policy), func(o types.LaunchTemplateOverrides) bool { return o.WeightedCapacity != nil })
	spec := g.LaunchTemplate
	if p := g.MixedInstancesPolicy; p != nil && p.LaunchTemplate != nil {
		spec = p.LaunchTemplate.LaunchTemplateSpecification
	}
	out.Saved = templateOf(spec)
	if spec != nil {
		out.SavedName = aws.ToString(spec.LaunchTemplateName)
	}
	if list := aws.ToString(g.VPCZoneIdentifier); list != "" {
		out.Subnets = strings.Split(strings.ReplaceAll(list, " ", ""), ",")
	}
	for _, p := range g.SuspendedProcesses {
		out.Suspended = append(out.Suspended, aws.ToString(p.ProcessName))
	}
	// InstanceWarmup defaults to the group's default warm-up, else to its grace period.
	out.Warmup = time.Duration(aws.ToInt32(g.HealthCheckGracePeriod)) * time.Second
	if g.DefaultInstanceWarmup != nil {
		out.Warmup = time.Duration(*g.DefaultInstanceWarmup) * time.Second
	}
	return out
}

func templateOf(spec *types.LaunchTemplateSpecification) Template {
	if spec == nil {
		return Template{}
	}
	version := aws.ToString(spec.Version)
	if version == "" {
		version = "$Default"
	}
	return Template{ID: aws.ToString(spec.LaunchTemplateId), Version: version}
}

// findGroup reads a group; one that is gone is rollout.ErrNotFound.
func findGroup(ctx context.Context, c *awsapi.Clients, name string) (Group, error) {
	g, err := c.Group(ctx, name)
	return found(g, name, err)
}

func found(g types.AutoScalingGroup, name string, err error) (Group, error) {
	switch {
	case errors.Is(err, awsapi.ErrNotFound):
		return Group{}, fmt.Errorf("auto scaling group %q: %w", name, rollout.ErrNotFound)
	case err != nil:
		return Group{}, kind(fmt.Errorf("reading group %q: %w", name, err))
	}
	return groupOf(g), nil
}

// kind wraps an error of AWS's by what the engine should think of it.
func kind(err error) error {
	switch {
	case err == nil:
		return nil
	case awsapi.IsExpired(err):
		return fmt.Errorf("%w: %s", rollout.ErrExpired, awsapi.Describe(err))
	case awsapi.IsAccessDenied(err), awsapi.IsBadCredentials(err), awsapi.Code(err) == "ValidationError":
		return fmt.Errorf("%w: %s", rollout.ErrRefused, awsapi.Describe(err))
	}
	return errors.New(awsapi.Describe(err))
}
