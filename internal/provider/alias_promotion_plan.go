package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
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
	switch {
	case !pending || !r.data.known() || !m.settled():
	case m.Version.IsUnknown():
		r.foresee(ctx, m, &resp.Diagnostics)
	default:
		r.preflight(ctx, m, prior, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, m)...)
}

// settled tells that onto what is released, and how, is known.
func (m aliasPromotionModel) settled() bool {
	return !(m.FunctionName.IsUnknown() || m.Alias.IsUnknown() || m.Schedule.IsUnknown())
}

// foresee tells the live facts of a release whose version this very plan makes.
func (r *aliasPromotionResource) foresee(ctx context.Context, m aliasPromotionModel, diags *diag.Diagnostics) {
	var run aliasRun
	var err error
	run.before, err = lambdaalias.FindRouting(ctx, r.data.aws.Lambda(), m.FunctionName.ValueString(), m.Alias.ValueString())
	if err != nil && !errors.Is(err, rollout.ErrNotFound) {
		unread(diags, "alias", err)
		return
	}
	var d diag.Diagnostics
	run.plan, d = m.rolloutPlan(ctx)
	diags.Append(d...)
	names, d := m.alarmNames(ctx)
	if diags.Append(d...); diags.HasError() {
		return
	}
	run.alarms = alarmGuard{names: names, ignore: m.AlarmsFiring.ValueString() == "ignore", target: m.target()}
	lines := append(run.preview(m), r.data.previewAlarms(ctx, run.alarms, diags)...)
	diags.AddAttributeWarning(path.Root("alias"), "Release onto "+m.target(), strings.Join(lines, "\n"))
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
	if prior != nil && m.promoted(*prior) {
		m.keepResults(prior.releaseModel)
		return false
	}
	if prior != nil && prior.Status.ValueString() == statusHeld && m.Version.Equal(prior.Version) {
		share, _ := prior.Live.Elements()[m.Version.ValueString()].(types.Float64)
		diags.Append(validateHold(s, share.ValueFloat64())...)
	}
	m.planPending()
	return true
}

// preflight checks a pending release against AWS: what is settled already is
// an error, live facts are one warning, and what may not be read is left to
// the apply.
func (r *aliasPromotionResource) preflight(ctx context.Context, m aliasPromotionModel, prior *aliasPromotionModel, diags *diag.Diagnostics) {
	run, ok := r.prepare(ctx, m, prior, func(attribute string, err error) { unread(diags, attribute, err) }, diags)
	if !ok {
		return
	}
	lines := append(run.preview(m), r.data.previewAlarms(ctx, run.alarms, diags)...)
	lines = append(lines, r.data.previewChecks(ctx, m.Verify, m.checkKinds(), diags)...)
	if len(run.alarms.names)+len(run.checks) > 0 {
		lines = append(lines, fmt.Sprintf("The provider itself moves the weights, watches the alarms and runs the checks. "+
			"While no apply runs, nothing moves and nothing watches. Ctrl-C: %s.", m.OnInterrupt.ValueString()))
	}
	diags.AddAttributeWarning(path.Root("alias"), "Release onto "+m.target(), strings.Join(lines, "\n"))
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
		return append(lines, fmt.Sprintf("The way back to version %s takes no steps: one change, checked once.", version))
	case run.target.Undivided:
		lines = append(lines, fmt.Sprintf("Versions %s and %s cannot share an alias, so that it changes over at once.", run.before.Version, version))
	case run.before.Other != "" && run.before.Other != version && run.before.Version != version:
		lines = append(lines, "Its weights are of another release. See on_active for what the apply does about it.")
	case run.before.Other != "":
		lines = append(lines, "A release was interrupted there: the apply goes on with it.")
	}
	return append(lines, "Steps: "+steps(run.plan)+".")
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

// prepare reads, checks and plans; it changes nothing. What it cannot read it
// tells to unreadable.
func (r *aliasPromotionResource) prepare(ctx context.Context, m aliasPromotionModel, prior *aliasPromotionModel, unreadable func(string, error), diags *diag.Diagnostics) (run aliasRun, ok bool) {
	function, alias, version := m.FunctionName.ValueString(), m.Alias.ValueString(), m.Version.ValueString()
	wanted, ok := r.wanted(ctx, m, unreadable, diags)
	if !ok {
		return run, false
	}
	var err error
	run.before, err = lambdaalias.FindRouting(ctx, r.data.aws.Lambda(), function, alias)
	if err != nil && !errors.Is(err, rollout.ErrNotFound) {
		unreadable("alias", err)
		return run, false
	}
	var d diag.Diagnostics
	run.plan, d = m.rolloutPlan(ctx)
	diags.Append(d...)
	run.checks, d = r.data.checks(ctx, m.Verify, m.checkKinds())
	diags.Append(d...)
	names, d := m.alarmNames(ctx)
	diags.Append(d...)
	run.alarms = alarmGuard{names: names, ignore: m.AlarmsFiring.ValueString() == "ignore", target: m.target()}
	run.target = lambdaalias.Config{Function: function, Alias: alias, Version: version}
	run.lane(version, prior)
	if !diags.HasError() {
		r.divide(ctx, &run, wanted, diags)
	}
	run.target.Alarms, run.target.IgnoreFiring = names, run.alarms.ignore
	return run, !diags.HasError()
}

// wanted finds the version that is to be released, and refuses one that
// cannot serve.
func (r *aliasPromotionResource) wanted(ctx context.Context, m aliasPromotionModel, unreadable func(string, error), diags *diag.Diagnostics) (lambdaalias.Version, bool) {
	version := m.Version.ValueString()
	found, err := lambdaalias.FindVersion(ctx, r.data.aws, m.FunctionName.ValueString(), version)
	switch {
	case errors.Is(err, rollout.ErrNotFound):
		diags.AddAttributeError(path.Root("version"), "Version not found", fmt.Sprintf(
			"version = %q: function %s has no such version in %s. Give the number of a version that is published; "+
				"awsdeploy_function_version publishes one.", version, m.FunctionName.ValueString(), r.data.aws.Region))
	case awsapi.IsAccessDenied(err):
		unread(diags, "version", err)
		return lambdaalias.Version{Number: version}, true
	case err != nil:
		unreadable("version", err)
	case !found.Serves():
		diags.AddAttributeError(path.Root("version"), "Version not active", fmt.Sprintf(
			"version = %q of %s is %s and cannot be invoked: %s. Release one that is Active.", version, m.FunctionName.ValueString(), found.State, found.Reason))
	default:
		return found, true
	}
	return found, false
}

// divide finds out whether the alias can share its requests between what it
// serves and the wanted version.
func (r *aliasPromotionResource) divide(ctx context.Context, run *aliasRun, wanted lambdaalias.Version, diags *diag.Diagnostics) {
	if !run.before.Exists() || run.before.Version == wanted.Number || wanted.Role == "" {
		return
	}
	live, err := lambdaalias.FindVersion(ctx, r.data.aws, run.target.Function, run.before.Version)
	if err != nil {
		unread(diags, "version", err)
		return
	}
	apart := wanted.Apart(live)
	if apart == "" {
		return
	}
	run.target.Undivided = true
	if len(run.plan.Steps) > 1 && run.plan.Steps[len(run.plan.Steps)-2].Percent > 0 {
		diags.AddAttributeError(path.Root("strategy"), "Versions cannot share alias", fmt.Sprintf(
			"strategy.steps needs Lambda to divide the requests of %s between version %s, which it serves now, and version %s. It does that only between published versions "+
				"that have one execution role and one dead-letter queue, but %s. Leave out strategy.steps for this release: the alias then changes over at once.",
			run.alarms.target, live.Number, wanted.Number, apart))
	}
}
