package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// rollingFacts is what the rules judge: a release and what it will meet.
type rollingFacts struct {
	run      rollingRun
	onActive rollout.ActiveAction
	region   string
	seen     bool // the group was read
	planned  bool // the strategy is known

	wanted   *autoscaling.TemplateVersion // nil: not known, or not readable
	previous *autoscaling.TemplateVersion // what a failure goes back to
	gone     string                       // the previous version, when it does not exist any more
	exist    map[awsapi.Kind]map[string]awsapi.Thing
	free     map[string]awsapi.Thing // the group's subnets
}

// gather reads what a plan can read. It reports whether a release can be
// judged at all.
func (r *rollingReleaseResource) gather(ctx context.Context, m, prior *rollingReleaseModel, kept rollingPrivate, diags *diag.Diagnostics) (f *rollingFacts, ok bool) {
	l, d := m.template(ctx)
	diags.Append(d...)
	s, d := m.strategy(ctx)
	if diags.Append(d...); diags.HasError() {
		return nil, false
	}
	f = &rollingFacts{onActive: rollout.ActiveAction(m.OnActive.ValueString()), region: r.clients().Region, planned: s.known() && !m.Strategy.IsUnknown()}
	if !l.Version.IsUnknown() && (known(l.ID) || known(l.Name)) {
		if f.wanted, ok = r.planTemplate(ctx, l, diags); !ok {
			return nil, false
		}
	}
	f.run.release, _ = m.release(ctx, s, l) // what is not known yet is left out
	if f.wanted != nil {
		f.run.release.TemplateName = f.wanted.Name
		f.run.release.Template, f.run.release.Scope.Version = f.wanted.Template, f.wanted.Template
	}
	if known(m.AutoscalingGroupName) {
		facts, err := autoscaling.Find(ctx, r.clients(), f.run.release.Group)
		f.seen, f.run.before = err == nil, facts
		if err != nil {
			diags.AddAttributeWarning(path.Root("autoscaling_group_name"), "Not checked", fmt.Sprintf(
				"autoscaling_group_name = %q could not be read: %s%s. When this plan creates the group, it is looked at in the apply.", f.run.release.Group, subject(err), allow(err)))
		}
	}
	f.run.plan, _ = m.releaseModel.plan(ctx, s.strategyModel)
	f.run.checks, _ = r.data.checks(ctx, m.Verify, sharedChecks(nil))
	f.run.lane(prior)
	f.run.drive(kept)
	r.lookUp(ctx, f, diags)
	return f, true
}

func known(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

// allow names the action that a policy lacks.
func allow(err error) string {
	if action := awsapi.Action(err); action != "" && awsapi.IsAccessDenied(err) {
		return " (allow " + action + ")"
	}
	return ""
}

// lookUp reads what the rules need beyond the group and the wanted version.
// What cannot be read is warned of.
func (r *rollingReleaseResource) lookUp(ctx context.Context, f *rollingFacts, diags *diag.Diagnostics) {
	var versions []autoscaling.TemplateVersion
	if f.wanted != nil {
		versions = append(versions, *f.wanted)
	}
	if back := f.wayBack(); f.seen && back.ID != "" && back != f.run.release.Template {
		found, err := autoscaling.FindTemplate(ctx, r.clients(), back.ID, "", back.Version)
		switch {
		case errors.Is(err, rollout.ErrNotFound):
			f.gone = back.String()
		case err != nil && (f.wanted == nil || f.wanted.Names != nil): // else said already
			unread(diags, "launch_template", err)
		case err == nil:
			f.previous = &found
			versions = append(versions, found)
		}
	}
	var failed []error
	if f.exist, failed = autoscaling.Launchable(ctx, r.clients(), versions...); len(failed) > 0 {
		for _, err := range failed {
			unread(diags, "launch_template", err)
		}
	}
	var err error
	if f.free, err = r.clients().Find(ctx, awsapi.Subnet, f.run.before.Subnets...); err != nil {
		unread(diags, "autoscaling_group_name", err)
	}
}

// wayBack is the version that a failed release returns to; empty when it is
// found out only then.
func (f *rollingFacts) wayBack() autoscaling.Template {
	saved := f.run.before.Saved
	if saved != f.run.release.Template && saved.Numbered() {
		return saved
	}
	return f.run.release.Previous
}

// planTemplate finds the wanted version in a plan. It refuses one that does
// not exist.
func (r *rollingReleaseResource) planTemplate(ctx context.Context, l launchTemplateModel, diags *diag.Diagnostics) (*autoscaling.TemplateVersion, bool) {
	var quiet diag.Diagnostics
	found, ok := r.resolve(ctx, l, &quiet)
	if ok {
		diags.Append(quiet...) // what was not checked
		return &found, true
	}
	for _, d := range quiet {
		if l.ID.ValueString() != "" { // an id is given by AWS, so it exists already; a name may be this plan's own
			diags.Append(d)
		} else {
			diags.AddAttributeWarning(path.Root("launch_template"), d.Summary(), d.Detail())
		}
	}
	return nil, !diags.HasError()
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
		diags.AddAttributeError(path.Root("launch_template"), "Cannot read launch template", describe(err)+allow(err)+".")
	}
	return found, err == nil
}

// guard judges a release in the apply: a plan may not have known all, and live
// facts change.
func (r *rollingReleaseResource) guard(ctx context.Context, run *rollingRun, wanted autoscaling.TemplateVersion, diags *diag.Diagnostics) {
	f := &rollingFacts{run: *run, onActive: run.plan.OnActive, region: r.clients().Region, seen: true, planned: true, wanted: &wanted}
	var quiet diag.Diagnostics // the plan has said what cannot be read
	r.lookUp(ctx, f, &quiet)
	run.release.OwnWayBack = f.irreversible() != ""
	f.refuse(diags)
}
