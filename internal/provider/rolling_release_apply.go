package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// rollingRun is one release of the type under way.
type rollingRun struct {
	release     autoscaling.Release
	plan        rollout.Plan
	before      autoscaling.Facts
	onInterrupt rollout.InterruptAction
	checks      []verify.Named
	returning   bool // it takes the fast lane
}

// release brings the planned version onto the group and writes what became of
// it into m. kept is what private state holds. It returns what private state
// is to hold, and whether the planned version may be stored.
func (r *rollingReleaseResource) release(ctx context.Context, m, prior *rollingReleaseModel, kept rollingPrivate, diags *diag.Diagnostics) (rollingPrivate, bool) {
	defer r.clients().Releasing()()
	run, ok := r.prepare(ctx, m, prior, kept, diags)
	if !ok {
		return kept, false
	}
	if prior != nil && prior.Status.ValueString() == statusRolledBack && run.home(prior) && run.before.Active == "" && run.serves() {
		m.Status, m.Live = types.StringValue(statusPromoted), liveValue(run.before.Shares(run.release.Scope))
		m.PreviousVersion, m.ReleaseID, m.LastFailure = prior.PreviousVersion, prior.ReleaseID, types.StringValue("")
		return privateFor(run.before.Saved, 0), true
	}
	target := autoscaling.New(r.clients(), r.data.Clock, run.release)
	chronicle := r.data.chronicle(report.Release{Kind: "rolling_release", Target: run.release.Group, Version: run.release.Template.String(),
		Previous: name(run.before.Saved), Alarms: run.release.Alarms}, run.plan, run.checks, diags)
	state, err := rollout.Runner{
		Clock: r.data.Clock, Target: target, Plan: run.plan, Name: run.release.Group, Verify: run.verify(),
		Diagnose: target.Diagnose, Stopping: r.data.Stopping, OnInterrupt: run.onInterrupt,
		Notify: chronicle.notify(ctx), Watch: chronicle.watch(ctx),
	}.Run(ctx)
	if errors.Is(err, rollout.ErrAbandoned) {
		return privateFor(run.before.Saved, kept.Held), false
	}
	out := outcome{
		state: state, err: err, plan: run.plan, target: "Auto Scaling group " + run.release.Group, root: path.Root("launch_template"),
		version: run.release.Template.String(), previous: name(target.Previous()), onward: onward(run.release, target.ReleaseID(), target.Holds()),
	}
	chronicle.end(out, diags)
	return r.finish(ctx, m, prior, run, kept, out, target.ReleaseID(), diags)
}

// verify runs the checks of a release; nil without any, so that nobody looks
// again at what they might have changed.
func (r rollingRun) verify() func(context.Context, rollout.Moment) rollout.Verdict {
	if len(r.checks) == 0 {
		return nil
	}
	return func(ctx context.Context, at rollout.Moment) rollout.Verdict { return verify.Run(ctx, r.checks, at) }
}

// finish looks once more at the group and records the outcome.
func (r *rollingReleaseResource) finish(ctx context.Context, m, prior *rollingReleaseModel, run rollingRun, kept rollingPrivate, out outcome, id string, diags *diag.Diagnostics) (rollingPrivate, bool) {
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	after, err := autoscaling.Find(look, r.clients(), run.release.Group)
	saved := run.before.Saved
	switch {
	case err == nil:
		out.live, saved = after.Shares(run.release.Scope), after.Saved
	case out.state.Phase == rollout.Promoted: // as it was observed
		out.live, saved = map[string]float64{run.release.Template.String(): 100}, run.release.Template
	}
	diags.Append(out.diagnose()...)
	if out.state.Phase == "" { // nothing began, and nothing is changed in state
		return kept, false
	}
	out.record(&m.releaseModel, id)
	if out.live == nil && prior != nil {
		m.Live = prior.Live // the next plan reads what it is
	}
	m.PreviousVersion = previousVersion(prior, out.previous, run.release.Template.String())
	held := 0
	if out.state.Phase == rollout.Held {
		held = run.plan.HoldAt
		diags.AddAttributeWarning(path.Root("strategy"), "Release held on "+run.release.Group, heldText(run, saved, held))
	}
	return privateFor(saved, held), out.succeeded()
}

// previousVersion is what was promoted before the version that is live now.
func previousVersion(prior *rollingReleaseModel, live, version string) types.String {
	if live != "" && live != version {
		return types.StringValue(live)
	}
	if prior != nil && !prior.PreviousVersion.IsUnknown() {
		return prior.PreviousVersion
	}
	return types.StringNull()
}

// name is a template version in words; empty when there is none.
func name(t autoscaling.Template) string {
	if t.ID == "" {
		return ""
	}
	return t.String()
}

// onward says what AWS does without us.
func onward(r autoscaling.Release, id string, holds bool) string {
	if id == "" {
		return "Nothing was started."
	}
	does := "goes on with instance refresh %s"
	if holds {
		does = "holds instance refresh %s at its step for up to 48 hours, then goes on with it"
	}
	return fmt.Sprintf("AWS "+does+", watches its alarms and rolls back by itself where it was asked to. "+
		"The next apply adopts it, verifies what was not verified, and finishes. To stop it: aws autoscaling cancel-instance-refresh --auto-scaling-group-name %s", id, r.Group)
}

// prepare resolves, checks and plans; nothing has changed when it refuses.
func (r *rollingReleaseResource) prepare(ctx context.Context, m, prior *rollingReleaseModel, kept rollingPrivate, diags *diag.Diagnostics) (run rollingRun, ok bool) {
	s, d := m.strategy(ctx)
	diags.Append(d...)
	l, d := m.template(ctx)
	if diags.Append(d...); diags.HasError() {
		return run, false
	}
	found, ok := r.resolve(ctx, l, diags)
	if !ok {
		return run, false
	}
	l.ID = types.StringValue(found.ID)
	if l.Name.IsUnknown() { // else planned, and Terraform wants it so
		l.Name = types.StringValue(found.Name)
	}
	m.LaunchTemplate = l.object()
	if run.before, ok = r.group(ctx, m.AutoscalingGroupName.ValueString(), diags); !ok {
		return run, false
	}
	run.release, d = m.release(ctx, s, l)
	diags.Append(d...)
	run.release.TemplateName = found.Name
	run.plan, d = m.releaseModel.plan(ctx, s.strategyModel)
	if diags.Append(d...); diags.HasError() {
		return run, false
	}
	run.checks, d = r.data.checks(ctx, m.Verify, sharedChecks(nil))
	if diags.Append(d...); diags.HasError() {
		return run, false
	}
	run.onInterrupt = rollout.InterruptAction(m.OnInterrupt.ValueString())
	run.limit(ctx, *m, s, prior == nil, diags)
	run.lane(prior)
	run.drive(kept)
	r.guard(ctx, &run, found, diags)
	r.data.guardAlarms(ctx, run.alarms(*m), diags)
	r.data.guardChecks(ctx, m.Verify, sharedChecks(nil), diags)
	return run, !diags.HasError()
}

// group reads the group; it adds the error when it cannot.
func (r *rollingReleaseResource) group(ctx context.Context, name string, diags *diag.Diagnostics) (autoscaling.Facts, bool) {
	facts, err := autoscaling.Find(ctx, r.clients(), name)
	switch at := path.Root("autoscaling_group_name"); {
	case errors.Is(err, rollout.ErrNotFound):
		diags.AddAttributeError(at, "Group not found", fmt.Sprintf(
			"autoscaling_group_name = %q does not exist in %s. Create the group first, in this configuration or elsewhere.", name, r.clients().Region))
	case err != nil:
		diags.AddAttributeError(at, "Cannot read group", describe(err)+".")
	}
	return facts, err == nil
}
