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
	resp.Diagnostics.Append(validateStrategy(ctx, s.strategyModel)...)
	resp.Diagnostics.Append(validateTimeouts(ctx, m.releaseModel, s.strategyModel)...)
	resp.Diagnostics.Append(s.validate()...)
}

// validate checks the preferences against each other, by AWS's rules.
func (s rollingStrategyModel) validate() (diags diag.Diagnostics) {
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
	if len(s.Steps.Elements()) > 0 && !s.SkipMatching.IsUnknown() && !s.SkipMatching.IsNull() && !s.SkipMatching.ValueBool() {
		diags.AddAttributeError(at, "Steps replace what matches", "strategy.skip_matching = false cannot be combined with strategy.steps: "+
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
	pending := m.planRelease(ctx, prior, kept, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if pending && r.data.known() {
		r.preflight(ctx, &m, prior, &resp.Diagnostics)
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
	l.settle(was)
	if !m.LaunchTemplate.IsUnknown() {
		m.LaunchTemplate = l.object()
	}
	if !l.ID.IsUnknown() && !l.Version.IsUnknown() && prior.stands(l.template(), was.template(), int(s.HoldAt.ValueInt64()), kept) {
		m.keepResults(prior.releaseModel)
		return false
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

// settle fills in the half of the template's name that is not configured, from
// what was found out before.
func (l *launchTemplateModel) settle(was launchTemplateModel) {
	if l.ID.IsUnknown() && !l.Name.IsUnknown() && l.Name.Equal(was.Name) {
		l.ID = was.ID
	}
	if l.Name.IsUnknown() && !l.ID.IsUnknown() && l.ID.Equal(was.ID) {
		l.Name = was.Name
	}
}

// preflight checks a pending release against AWS. What is settled already is
// an error, live facts are one warning, and what may not be read is left to
// the apply.
func (r *rollingReleaseResource) preflight(ctx context.Context, m, prior *rollingReleaseModel, diags *diag.Diagnostics) {
	l, d := m.template(ctx)
	diags.Append(d...)
	s, d := m.strategy(ctx)
	if diags.Append(d...); diags.HasError() {
		return
	}
	if !l.Version.IsUnknown() && (!l.ID.IsUnknown() && !l.ID.IsNull() || !l.Name.IsUnknown() && !l.Name.IsNull()) {
		r.planTemplate(ctx, l, diags)
	}
	if diags.HasError() || m.AutoscalingGroupName.IsUnknown() {
		return
	}
	r.preview(ctx, m, s, l, diags)
}

// planTemplate refuses a version, or its AMI, that does not exist.
func (r *rollingReleaseResource) planTemplate(ctx context.Context, l launchTemplateModel, diags *diag.Diagnostics) {
	var quiet diag.Diagnostics
	found, ok := r.resolve(ctx, l, &quiet)
	if !ok {
		for _, d := range quiet {
			if l.ID.ValueString() != "" { // an id is given by AWS, so it exists already; a name may be this plan's own
				diags.Append(d)
			} else {
				diags.AddAttributeWarning(path.Root("launch_template"), d.Summary(), d.Detail())
			}
		}
		return
	}
	if !strings.HasPrefix(found.ImageID, "ami-") {
		return
	}
	switch err := autoscaling.FindImage(ctx, r.clients(), found.ImageID); {
	case errors.Is(err, rollout.ErrNotFound):
		diags.AddAttributeError(path.Root("launch_template"), "AMI not found", fmt.Sprintf(
			"launch_template.version = %q of %s launches %s, but that AMI does not exist in %s or is not available. Release a version whose AMI does.",
			found.Version, found.ID, found.ImageID, r.clients().Region))
	case err != nil:
		unread(diags, "launch_template", err)
	}
}

// resolve finds the template version; it adds the error when there is none.
func (r *rollingReleaseResource) resolve(ctx context.Context, l launchTemplateModel, diags *diag.Diagnostics) (autoscaling.TemplateVersion, bool) {
	found, err := autoscaling.FindTemplate(ctx, r.clients(), l.ID.ValueString(), l.Name.ValueString(), l.Version.ValueString())
	switch {
	case errors.Is(err, rollout.ErrNotFound):
		diags.AddAttributeError(path.Root("launch_template"), "Version not found", fmt.Sprintf(
			"launch_template.version = %q: %s in %s. Give the number of a version that exists.", l.Version.ValueString(), err, r.clients().Region))
	case awsapi.IsAccessDenied(err) && l.ID.ValueString() != "":
		unread(diags, "launch_template", err)
		return autoscaling.TemplateVersion{Template: l.template(), Name: l.Name.ValueString()}, true
	case err != nil:
		diags.AddAttributeError(path.Root("launch_template"), "Cannot read launch template", describe(err)+".")
	}
	return found, err == nil
}

// unread warns that a rule could not be checked.
func unread(diags *diag.Diagnostics, attribute string, err error) {
	diags.AddAttributeWarning(path.Root(attribute), "Not checked", fmt.Sprintf(
		"%s could not be checked: %s. The release works without this check; allow the action to have it.", attribute, describe(err)))
}

func describe(err error) string { return awsapi.Describe(err) }

// preview warns of the live facts of a pending release.
func (r *rollingReleaseResource) preview(ctx context.Context, m *rollingReleaseModel, s rollingStrategyModel, l launchTemplateModel, diags *diag.Diagnostics) {
	group := m.AutoscalingGroupName.ValueString()
	facts, err := autoscaling.Find(ctx, r.clients(), group)
	if err != nil {
		diags.AddAttributeWarning(path.Root("autoscaling_group_name"), "Not checked", fmt.Sprintf(
			"autoscaling_group_name = %q could not be read: %s. When this plan creates the group, it is looked at in the apply.", group, describe(err)))
		return
	}
	lines := previewGroup(facts, s.scope(), l)
	if s.known() {
		p, d := m.releaseModel.plan(ctx, s.strategyModel)
		diags.Append(d...)
		lines = append(lines, "Steps: "+steps(p)+".")
	}
	lines = append(lines, r.previewAlarms(ctx, m, diags)...)
	diags.AddAttributeWarning(path.Root("autoscaling_group_name"), "Release onto "+group, strings.Join(lines, "\n"))
}

// previewGroup tells what runs on a group and what is in the way.
func previewGroup(f autoscaling.Facts, scope autoscaling.Scope, l launchTemplateModel) []string {
	total := f.InScope(scope)
	lines := []string{fmt.Sprintf("%d instances in scope; live: %s.", total, shares(f.Shares(scope)))}
	if wanted := l.template(); wanted.ID != "" && wanted.Version != "" {
		n := f.Running(scope, wanted)
		lines = append(lines, fmt.Sprintf("%d of them run %s already, %d are to be replaced.", n, wanted, total-n))
	}
	if protected, standby := f.OutOfScope(scope); protected+standby > 0 {
		lines = append(lines, fmt.Sprintf("Out of scope and left on what they run: %d protected from scale-in, %d in standby.", protected, standby))
	}
	if f.Active != "" {
		lines = append(lines, "Under way: "+f.Active+". See on_active for what the apply does about it.")
	}
	if !f.Saved.Numbered() {
		lines = append(lines, fmt.Sprintf("The group launches version %q, not a number: AWS cannot roll back to that, so the way back is a refresh of our own to what most instances run.", f.Saved.Version))
	}
	if len(f.Suspended) > 0 {
		lines = append(lines, "Suspended processes: "+strings.Join(f.Suspended, ", ")+". A refresh needs Launch and Terminate.")
	}
	return lines
}

func (r *rollingReleaseResource) previewAlarms(ctx context.Context, m *rollingReleaseModel, diags *diag.Diagnostics) (lines []string) {
	names, d := m.alarmNames(ctx)
	if diags.Append(d...); len(names) == 0 {
		return nil
	}
	alarms, err := r.clients().Alarms(ctx, names...)
	if err != nil {
		unread(diags, "alarms", err)
		return nil
	}
	for _, name := range names {
		switch a, ok := alarms[name]; {
		case !ok:
			lines = append(lines, fmt.Sprintf("Alarm %s does not exist (yet): the apply refuses to begin without it.", name))
		case a.Firing() && m.AlarmsFiring.ValueString() == "ignore":
			lines = append(lines, fmt.Sprintf("Alarm %s is in ALARM and will be left out (alarms_firing = \"ignore\").", name))
		case a.Firing():
			lines = append(lines, fmt.Sprintf("Alarm %s is in ALARM: the apply refuses to begin unless it clears, or alarms_firing is \"ignore\". %s", name, a.Reason))
		}
	}
	return lines
}
