package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// ValidateConfig checks what attributes say together.
func (r *rollingReleaseResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m rollingReleaseModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	s, d := m.strategy(ctx)
	resp.Diagnostics.Append(d...)
	l, d := m.template(ctx)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	if !m.LaunchTemplate.IsUnknown() && l.ID.IsNull() && l.Name.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("launch_template"), "Missing launch template",
			"launch_template names no template: give launch_template.id or launch_template.name.")
	}
	resp.Diagnostics.Append(validateStrategy(ctx, s.forward())...)
	resp.Diagnostics.Append(validateTimeouts(ctx, m.releaseModel, s.strategyModel)...)
	resp.Diagnostics.Append(s.validate(!m.Verify.IsNull())...)
	resp.Diagnostics.Append(s.validateBack()...)
	resp.Diagnostics.Append(validateChecks(ctx, m.Verify, sharedChecks(nil))...)
}

// validate checks the preferences against each other, by AWS's rules.
func (s rollingStrategyModel) validate(verified bool) (diags diag.Diagnostics) {
	at := path.Root("strategy")
	low, high := s.MinHealthyPercentage, s.MaxHealthyPercentage
	known := !low.IsNull() && !low.IsUnknown() && !high.IsNull() && !high.IsUnknown()
	if known && high.ValueInt64()-low.ValueInt64() > 100 {
		diags.AddAttributeError(at, "Percentages too far apart", fmt.Sprintf(
			"strategy.max_healthy_percentage = %d is more than 100 above strategy.min_healthy_percentage = %d, which AWS refuses. Raise the one or lower the other.",
			high.ValueInt64(), low.ValueInt64()))
	}
	if known && high.ValueInt64() == 100 && low.ValueInt64() == 100 {
		diags.AddAttributeWarning(at, "No room to replace", "strategy.min_healthy_percentage and max_healthy_percentage are both 100: "+
			"AWS then replaces one instance at a time and has to go below or above for it. Give max_healthy_percentage = 110 to launch first.")
	}
	if (verified || len(s.Steps.Elements()) > 0) && !s.SkipMatching.IsUnknown() && !s.SkipMatching.IsNull() && !s.SkipMatching.ValueBool() {
		diags.AddAttributeError(at, "Steps replace what matches", "strategy.skip_matching = false cannot be combined with strategy.steps or verify: "+
			"a release that is resumed would replace the new instances again. Leave skip_matching out.")
	}
	return diags
}

// ModifyPlan decides whether anything is to be released, tells what and how,
// and refuses early what AWS would refuse late.
func (r *rollingReleaseResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy: nothing happens to the group
	}
	var m rollingReleaseModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	var prior *rollingReleaseModel
	if !req.State.Raw.IsNull() {
		prior = &rollingReleaseModel{}
		if resp.Diagnostics.Append(req.State.Get(ctx, prior)...); resp.Diagnostics.HasError() {
			return
		}
	}
	kept, d := privateOf(ctx, req.Private)
	resp.Diagnostics.Append(d...)
	r.settleTemplate(ctx, req.Config, &m, prior, &resp.Diagnostics)
	pending := m.planRelease(ctx, prior, kept, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if pending && r.data.known() {
		r.preflight(ctx, &m, prior, kept, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, m)...)
}

// planRelease plans the computed attributes and reports whether a release is
// pending.
func (m *rollingReleaseModel) planRelease(ctx context.Context, prior *rollingReleaseModel, kept rollingPrivate, diags *diag.Diagnostics) bool {
	s, d := m.strategy(ctx)
	diags.Append(d...)
	l, d := m.template(ctx)
	diags.Append(d...)
	m.Schedule = types.ListUnknown(scheduleType())
	if s.known() {
		p, d := m.releaseModel.plan(ctx, s.strategyModel)
		diags.Append(d...)
		m.Schedule = scheduleValue(p)
	}
	if prior == nil || diags.HasError() {
		m.planPending()
		return true
	}
	was, d := prior.template(ctx)
	diags.Append(d...)
	if !l.ID.IsUnknown() && !l.Version.IsUnknown() && prior.stands(l.template(), was.template(), int(s.HoldAt.ValueInt64()), kept) {
		m.keepResults(prior.releaseModel)
		if l.Name.IsUnknown() {
			l.Name = was.Name // nobody looks it up now
			m.LaunchTemplate = l.object()
		}
		return false
	}
	if prior.Status.ValueString() == statusHeld && l.template() == was.template() {
		diags.Append(validateHold(s.strategyModel, float64(kept.Held))...)
	}
	m.planPending()
	return true
}

// stands reports whether what is live is what is wanted: all of it promoted,
// or held at the step where the configuration says so.
func (m rollingReleaseModel) stands(wanted, was autoscaling.Template, holdAt int, kept rollingPrivate) bool {
	switch m.Status.ValueString() {
	case statusPromoted:
		return kept.Saved == wanted.String() && m.wholly(wanted.String())
	case statusHeld:
		return wanted == was && holdAt > 0 && holdAt == kept.Held
	}
	return false
}
