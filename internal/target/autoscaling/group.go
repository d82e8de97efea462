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

// Scope says which instances a release leaves alone.
type Scope struct {
	IgnoreProtected bool // scale-in-protected ones
	IgnoreStandby   bool
}

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
	Warmup        time.Duration // the default of an instance refresh
	Maintenance   *types.InstanceMaintenancePolicy
	Suspended     []string
	Configuration string // the launch configuration, of groups that still have one
}

func groupOf(g types.AutoScalingGroup) Group {
	out := Group{
		Name: aws.ToString(g.AutoScalingGroupName), ARN: aws.ToString(g.AutoScalingGroupARN),
		Policy: g.MixedInstancesPolicy, Instances: g.Instances,
		Desired: int(aws.ToInt32(g.DesiredCapacity)), Max: int(aws.ToInt32(g.MaxSize)),
		HealthCheck: aws.ToString(g.HealthCheckType), TargetGroups: g.TargetGroupARNs,
		Maintenance: g.InstanceMaintenancePolicy, Configuration: aws.ToString(g.LaunchConfigurationName),
	}
	spec := g.LaunchTemplate
	if p := g.MixedInstancesPolicy; p != nil && p.LaunchTemplate != nil {
		spec = p.LaunchTemplate.LaunchTemplateSpecification
	}
	out.Saved = templateOf(spec)
	if spec != nil {
		out.SavedName = aws.ToString(spec.LaunchTemplateName)
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

// scoped are the instances that a release covers and that serve, or are about to.
func (g Group) scoped(s Scope) []types.Instance {
	var out []types.Instance
	for _, i := range g.Instances {
		switch state := string(i.LifecycleState); {
		case strings.HasPrefix(state, "Terminat"), strings.HasPrefix(state, "Warmed"), strings.HasPrefix(state, "Detach"):
		case s.IgnoreStandby && strings.Contains(state, "Standby"):
		case s.IgnoreProtected && aws.ToBool(i.ProtectedFromScaleIn):
		default:
			out = append(out, i)
		}
	}
	return out
}

// Shares is the share of each template version in percent of what is in scope
// and in service.
func (g Group) Shares(s Scope) map[string]float64 {
	counts := map[string]int{}
	total := 0
	for _, i := range g.scoped(s) {
		if !strings.HasPrefix(string(i.LifecycleState), "Pending") {
			counts[templateOf(i.LaunchTemplate).key(i)]++
			total++
		}
	}
	out := map[string]float64{}
	for name, n := range counts {
		out[name] = 100 * float64(n) / float64(total)
	}
	return out
}

// key is the name under which an instance counts in live.
func (t Template) key(i types.Instance) string {
	if i.LaunchTemplate == nil {
		return NoTemplate
	}
	return t.String()
}

// runs reports whether an instance runs the wanted version: the wanted
// template's, or the one that the group's policy names for its own type.
func (g Group) runs(i types.Instance, want Template) bool {
	got := templateOf(i.LaunchTemplate)
	return got == want || slices.Contains(g.overrides(), got)
}

// overrides are the templates of their own that the policy's overrides name.
func (g Group) overrides() []Template {
	if g.Policy == nil || g.Policy.LaunchTemplate == nil {
		return nil
	}
	var out []Template
	for _, o := range g.Policy.LaunchTemplate.Overrides {
		if o.LaunchTemplateSpecification != nil {
			out = append(out, templateOf(o.LaunchTemplateSpecification))
		}
	}
	return out
}

// count tells how many instances in scope run the version, how many of those
// are in service and healthy, and how many there are.
func (g Group) count(s Scope, want Template) (running, healthy, all int) {
	for _, i := range g.scoped(s) {
		all++
		if !g.runs(i, want) {
			continue
		}
		running++
		if i.LifecycleState == types.LifecycleStateInService && aws.ToString(i.HealthStatus) == "Healthy" ||
			strings.Contains(string(i.LifecycleState), "Standby") {
			healthy++
		}
	}
	return running, healthy, all
}

// Running is how many instances in scope run the version.
func (g Group) Running(s Scope, want Template) int {
	n, _, _ := g.count(s, want)
	return n
}

// size is how many instances in scope there are apart from the surge of a
// refresh that launches before it terminates.
func (g Group) size(s Scope) int {
	all := len(g.scoped(s))
	if g.weighted() {
		return all // desired capacity counts units then, not instances
	}
	live := 0
	for _, i := range g.scoped(Scope{}) {
		if !strings.Contains(string(i.LifecycleState), "Standby") {
			live++
		}
	}
	return max(min(all, 1), all-max(0, live-g.Desired))
}

func (g Group) weighted() bool {
	if g.Policy == nil || g.Policy.LaunchTemplate == nil {
		return false
	}
	return slices.ContainsFunc(g.Policy.LaunchTemplate.Overrides, func(o types.LaunchTemplateOverrides) bool { return o.WeightedCapacity != nil })
}

// wholly reports whether every instance in scope serves the version and the
// group would launch it.
func (g Group) wholly(s Scope, want Template) bool {
	_, healthy, all := g.count(s, want)
	return g.Saved == want && healthy == all
}

// percent is the share of the instances in scope that run the version.
func (g Group) percent(s Scope, want Template) float64 {
	running, _, all := g.count(s, want)
	if all == 0 {
		if g.Saved == want {
			return 100
		}
		return 0
	}
	return 100 * float64(running) / float64(all)
}

// busy reports whether instances are on their way in or out.
func (g Group) busy() bool {
	for _, i := range g.Instances {
		if s := string(i.LifecycleState); strings.HasPrefix(s, "Pending") || strings.HasPrefix(s, "Terminating") {
			return true
		}
	}
	return false
}
