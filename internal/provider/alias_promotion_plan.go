package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// ValidateConfig checks what attributes say together.
func (r *aliasPromotionResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m aliasPromotionModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	s, d := m.strategy(ctx)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(validateStrategy(ctx, s)...)
	resp.Diagnostics.Append(m.validateDriver(ctx, s)...)
	resp.Diagnostics.Append(validateTimeouts(ctx, m.releaseModel, s)...)
	resp.Diagnostics.Append(validateChecks(ctx, m.Verify, m.checkKinds())...)
}

// ModifyPlan decides whether anything is to be released, tells what and how,
// and refuses early what AWS would refuse late.
func (r *aliasPromotionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy: nothing happens to the alias
	}
	var m aliasPromotionModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(m.defaultInterrupt(ctx, req.Config)...)
	var prior *aliasPromotionModel
	if !req.State.Raw.IsNull() {
		prior = &aliasPromotionModel{}
		if resp.Diagnostics.Append(req.State.Get(ctx, prior)...); resp.Diagnostics.HasError() {
			return
		}
	}
	pending := m.planRelease(ctx, prior, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.previewIdle(ctx, m, prior, &resp.Diagnostics)
	if pending && r.data.known() && m.settled() {
		r.preflight(ctx, m, prior, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, m)...)
}

// settled tells that onto what is released, and how, is known.
func (m aliasPromotionModel) settled() bool {
	return !(m.FunctionName.IsUnknown() || m.Alias.IsUnknown() || m.Schedule.IsUnknown() || m.Driver.IsUnknown() || !settled(m.CodeDeploy))
}

// planRelease plans the computed attributes and reports whether a release is
// pending.
func (m *aliasPromotionModel) planRelease(ctx context.Context, prior *aliasPromotionModel, diags *diag.Diagnostics) bool {
	s, d := m.strategy(ctx)
	diags.Append(d...)
	m.Schedule = types.ListUnknown(scheduleType())
	if s.known() && !diags.HasError() {
		p, d := m.plan(ctx, s)
		diags.Append(d...)
		m.Schedule = scheduleValue(p)
	}
	if prior != nil && m.promoted(*prior) && m.Provisioned.Equal(prior.Provisioned) {
		m.keepAll(*prior)
		return false
	}
	if prior != nil && prior.Status.ValueString() == statusHeld && m.Version.Equal(prior.Version) {
		share, _ := prior.Live.Elements()[m.Version.ValueString()].(types.Float64)
		diags.Append(validateHold(s, share.ValueFloat64())...)
	}
	m.planPending()
	m.History = types.ListUnknown(historyType())
	return true
}

// preview tells what is there and what the release does with it.
func (run aliasRun) preview(m aliasPromotionModel) (lines []string) {
	version := m.Version.ValueString()
	if !run.before.Exists() {
		wanted := "version " + version
		if m.Version.IsUnknown() {
			wanted = "the version that this plan makes"
		}
		return []string{fmt.Sprintf("Alias %s does not exist: it is created on %s at once, without steps.", m.target(), wanted)}
	}
	lines = append(lines, fmt.Sprintf("Alias %s serves %s.", m.target(), run.before))
	switch {
	case run.before.Whole(version):
		return append(lines, fmt.Sprintf("Nothing moves: version %s is only checked and watched.", version))
	case run.returning:
		lines = append(lines, fmt.Sprintf("The way back to version %s takes no steps: one change, checked once.", version))
		if run.named() {
			lines = append(lines, run.released())
		}
		return lines
	case run.target.Undivided:
		lines = append(lines, fmt.Sprintf("Versions %s and %s cannot share an alias, so that it changes over at once.", run.before.Version, version))
	case run.named() && run.before.Other != version:
		lines = append(lines, run.released())
	case run.before.Other != "" && run.before.Other != version && run.before.Version != version:
		lines = append(lines, "Its weights are of another release. See on_active for what the apply does about it.")
	case run.before.Other != "":
		lines = append(lines, "A release was interrupted there: the apply goes on with it.")
	}
	return append(lines, "Steps: "+steps(run.plan)+".")
}

// released tells what becomes of a release that never moved anything.
func (run aliasRun) released() string {
	return fmt.Sprintf("A release of version %s was interrupted before it got any traffic: provisioned concurrency that it was given is released.", run.before.Other)
}

// steps words the steps of a plan.
func steps(p rollout.Plan) string {
	var out []string
	for _, s := range p.Schedule() {
		text := fmt.Sprintf("%d %%", s.Percent)
		if s.Pause > 0 {
			text += " for " + spell(s.Pause)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", then ")
}
