package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

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
	r.preview(ctx, m, prior, s, l, diags)
}

// planTemplate refuses a version, or its AMI, that does not exist.
func (r *rollingReleaseResource) planTemplate(ctx context.Context, l launchTemplateModel, diags *diag.Diagnostics) {
	var quiet diag.Diagnostics
	found, ok := r.resolve(ctx, l, &quiet)
	if ok {
		diags.Append(quiet...) // what was not checked
	} else {
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
			"launch_template.version = %q: %s does not exist in %s. Give the number of a version that exists.", l.Version.ValueString(), subject(err), r.clients().Region))
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
func (r *rollingReleaseResource) preview(ctx context.Context, m, prior *rollingReleaseModel, s rollingStrategyModel, l launchTemplateModel, diags *diag.Diagnostics) {
	group := m.AutoscalingGroupName.ValueString()
	facts, err := autoscaling.Find(ctx, r.clients(), group)
	if err != nil {
		diags.AddAttributeWarning(path.Root("autoscaling_group_name"), "Not checked", fmt.Sprintf(
			"autoscaling_group_name = %q could not be read: %s. When this plan creates the group, it is looked at in the apply.", group, subject(err)))
		return
	}
	lines := previewGroup(facts, s.scope(l.template()), l)
	run := rollingRun{before: facts}
	run.release, _ = m.release(ctx, s, l) // what is not known yet is left out
	switch run.lane(prior); {
	case run.returning:
		lines = append(lines, fmt.Sprintf("The way back to %s takes no steps and no bake.", run.release.Template))
	case s.known():
		p, d := m.releaseModel.plan(ctx, s.strategyModel)
		diags.Append(d...)
		lines = append(lines, "Steps: "+steps(p)+".")
	}
	lines = append(lines, r.data.previewAlarms(ctx, run.alarms(*m), diags)...)
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
	switch {
	case f.Saved.ID == "":
		lines = append(lines, fmt.Sprintf("The group launches from launch configuration %q, not from a template: there is no way back to that. A release that fails stays where it stopped.", f.Configuration))
	case !f.Saved.Numbered():
		lines = append(lines, fmt.Sprintf("The group launches version %q, not a number: AWS cannot roll back to that, so the way back is a refresh of our own to what most instances run.", f.Saved.Version))
	}
	if len(f.Suspended) > 0 {
		lines = append(lines, "Suspended processes: "+strings.Join(f.Suspended, ", ")+". A refresh needs Launch and Terminate.")
	}
	return lines
}
