package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

type rollingReleaseModel struct {
	releaseModel
	AutoscalingGroupName types.String `tfsdk:"autoscaling_group_name"`
	LaunchTemplate       types.Object `tfsdk:"launch_template"`
	Strategy             types.Object `tfsdk:"strategy"`
	Verify               types.List   `tfsdk:"verify"`
}

type launchTemplateModel struct {
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	Version types.String `tfsdk:"version"`
}

func launchTemplateTypes() map[string]attr.Type {
	return map[string]attr.Type{"id": types.StringType, "name": types.StringType, "version": types.StringType}
}

func (l launchTemplateModel) object() types.Object {
	return types.ObjectValueMust(launchTemplateTypes(), map[string]attr.Value{"id": l.ID, "name": l.Name, "version": l.Version})
}

// template is the version as live names it; its ID is empty until id is known.
func (l launchTemplateModel) template() autoscaling.Template {
	return autoscaling.Template{ID: l.ID.ValueString(), Version: l.Version.ValueString()}
}

type rollingStrategyModel struct {
	strategyModel
	ProgressDeadline          durationValue `tfsdk:"progress_deadline"`
	MaxFailedInstances        types.Int64   `tfsdk:"max_failed_instances"`
	MinHealthyPercentage      types.Int64   `tfsdk:"min_healthy_percentage"`
	MaxHealthyPercentage      types.Int64   `tfsdk:"max_healthy_percentage"`
	InstanceWarmup            durationValue `tfsdk:"instance_warmup"`
	SkipMatching              types.Bool    `tfsdk:"skip_matching"`
	ScaleInProtectedInstances types.String  `tfsdk:"scale_in_protected_instances"`
	StandbyInstances          types.String  `tfsdk:"standby_instances"`
	RollbackSteps             types.List    `tfsdk:"rollback_steps"`
	RefreshStrategy           types.String  `tfsdk:"strategy"`
}

func (m rollingReleaseModel) template(ctx context.Context) (l launchTemplateModel, diags diag.Diagnostics) {
	if m.LaunchTemplate.IsNull() || m.LaunchTemplate.IsUnknown() {
		l.ID, l.Name, l.Version = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		return l, nil
	}
	diags = m.LaunchTemplate.As(ctx, &l, basetypes.ObjectAsOptions{})
	return l, diags
}

// strategy is the strategy as configured; none is an empty one.
func (m rollingReleaseModel) strategy(ctx context.Context) (s rollingStrategyModel, diags diag.Diagnostics) {
	if m.Strategy.IsNull() || m.Strategy.IsUnknown() {
		s.Steps, s.RollbackSteps = types.ListNull(types.Int64Type), types.ListNull(types.Int64Type)
		if m.Strategy.IsUnknown() {
			s.Steps = types.ListUnknown(types.Int64Type)
		}
		return s, nil
	}
	diags = m.Strategy.As(ctx, &s, basetypes.ObjectAsOptions{})
	return s, diags
}

// scope says which instances the strategy leaves alone on the way to a version.
func (s rollingStrategyModel) scope(to autoscaling.Template) autoscaling.Scope {
	return autoscaling.Scope{
		Version:         to,
		IgnoreProtected: or(s.ScaleInProtectedInstances, ignoreInstances) == ignoreInstances,
		IgnoreStandby:   or(s.StandbyInstances, ignoreInstances) == ignoreInstances,
	}
}

// ignoreInstances is our default for protected and standby instances, as the
// console's: AWS's API waits for them and fails after an hour.
const ignoreInstances = "Ignore"

func or(s types.String, otherwise string) string {
	if s.ValueString() == "" {
		return otherwise
	}
	return s.ValueString()
}

// release is the target's part of the configuration.
func (m rollingReleaseModel) release(ctx context.Context, s rollingStrategyModel, l launchTemplateModel) (autoscaling.Release, diag.Diagnostics) {
	steps, diags := s.steps(ctx)
	alarms, d := m.alarmNames(ctx)
	diags.Append(d...)
	r := autoscaling.Release{
		Group: m.AutoscalingGroupName.ValueString(), Template: l.template(), TemplateName: l.Name.ValueString(),
		Scope: s.scope(l.template()), Checkpoints: autoscaling.Checkpoints(steps), Pause: s.Pause.Duration(), Bake: s.Bake.Duration(),
		Alarms: alarms, IgnoreFiring: m.AlarmsFiring.ValueString() == "ignore",
		AutoRollback: m.OnFailure.ValueString() == string(rollout.Rollback),
		MaxFailed:    int(s.MaxFailedInstances.ValueInt64()),
		MinHealthy:   int32Pointer(s.MinHealthyPercentage), MaxHealthy: int32Pointer(s.MaxHealthyPercentage),
		SkipMatching:     s.SkipMatching.IsNull() || s.SkipMatching.ValueBool(),
		ScaleInProtected: or(s.ScaleInProtectedInstances, ignoreInstances), OnStandby: or(s.StandbyInstances, ignoreInstances),
	}
	if len(s.RollbackSteps.Elements()) > 0 && !s.RollbackSteps.IsUnknown() {
		back := s.strategyModel
		back.Steps = s.RollbackSteps
		r.BackSteps, d = back.steps(ctx)
		diags.Append(d...)
	}
	if !s.InstanceWarmup.IsNull() {
		w := s.InstanceWarmup.Duration()
		r.Warmup = &w
	}
	return r, diags
}

func int32Pointer(v types.Int64) *int32 {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	n := int32(v.ValueInt64())
	return &n
}

// rollingPoll is how often a refresh is looked at: AWS throttles readers who
// ask much more often than every ten seconds.
func rollingPoll() rollout.Poll { return rollout.Poll{Short: 10 * time.Second, Long: 20 * time.Second} }
