package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// rollingRun is one release of the type under way.
type rollingRun struct {
	release     autoscaling.Release
	plan        rollout.Plan
	before      autoscaling.Facts
	onInterrupt rollout.InterruptAction
}

// release brings the planned version onto the group and writes what became of
// it into m. kept is what private state holds. It returns what private state
// is to hold, and whether the planned version may be stored.
func (r *rollingReleaseResource) release(ctx context.Context, m, prior *rollingReleaseModel, kept rollingPrivate, diags *diag.Diagnostics) (rollingPrivate, bool) {
	run, ok := r.prepare(ctx, m, prior, kept, diags)
	if !ok {
		return privateFor(run.before.Saved, kept.Held), false
	}
	if prior != nil && prior.Status.ValueString() == statusRolledBack && run.home(prior) && run.before.Active == "" && run.serves() {
		m.Status, m.Live = types.StringValue(statusPromoted), liveValue(run.before.Shares(run.release.Scope))
		m.PreviousVersion, m.ReleaseID, m.LastFailure = prior.PreviousVersion, prior.ReleaseID, types.StringValue("")
		return privateFor(run.before.Saved, 0), true
	}
	target := autoscaling.New(r.clients(), r.data.Clock, run.release)
	state, err := rollout.Runner{
		Clock: r.data.Clock, Target: target, Plan: run.plan, Name: run.release.Group,
		Diagnose: target.Diagnose, Stopping: r.data.Stopping, OnInterrupt: run.onInterrupt,
		Notify: func(s rollout.State, o rollout.Observation) {
			tflog.Info(ctx, "release", map[string]any{"group": run.release.Group, "phase": string(s.Phase),
				"percent": o.Percent, "activity": o.Activity, "reason": s.Reason})
		},
	}.Run(ctx)
	if errors.Is(err, rollout.ErrAbandoned) {
		return privateFor(run.before.Saved, kept.Held), false
	}
	out := outcome{
		state: state, err: err, plan: run.plan, target: "Auto Scaling group " + run.release.Group, root: path.Root("launch_template"),
		version: run.release.Template.String(), previous: name(target.Previous()), onward: onward(run.release, target.ReleaseID()),
	}
	return r.finish(ctx, m, prior, run, out, target.ReleaseID(), diags)
}

// finish looks once more at the group and records the outcome.
func (r *rollingReleaseResource) finish(ctx context.Context, m, prior *rollingReleaseModel, run rollingRun, out outcome, id string, diags *diag.Diagnostics) (rollingPrivate, bool) {
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	after, err := autoscaling.Find(look, r.clients(), run.release.Group)
	saved := run.before.Saved
	if err == nil {
		out.live, saved = after.Shares(run.release.Scope), after.Saved
	}
	out.record(&m.releaseModel, id)
	m.PreviousVersion = previousVersion(prior, out.previous, run.release.Template.String())
	diags.Append(out.diagnose()...)
	held := 0
	if out.state.Phase == rollout.Held {
		held = run.plan.HoldAt
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
func onward(r autoscaling.Release, id string) string {
	if id == "" {
		return "Nothing was started."
	}
	does := "goes on with instance refresh %s"
	if r.Stepwise {
		does = "holds instance refresh %s at its step for up to 48 hours, then goes on with it"
	}
	return fmt.Sprintf("AWS "+does+", watches its alarms and rolls back by itself where it was asked to. "+
		"The next apply adopts it, verifies what was not verified, and finishes. To stop it: aws autoscaling cancel-instance-refresh --auto-scaling-group-name %s", id, r.Group)
}

// home reports whether the wanted version is the one that state and the group
// know already: a release that goes back to it takes the fast lane.
func (run rollingRun) home(prior *rollingReleaseModel) bool {
	if prior == nil {
		return false
	}
	was, diags := prior.template(context.Background())
	return !diags.HasError() && was.template() == run.release.Template && run.before.Saved == run.release.Template
}

func (run rollingRun) serves() bool {
	live := run.before.Shares(run.release.Scope)
	return run.before.Saved == run.release.Template && (len(live) == 0 || live[run.release.Template.String()] == 100)
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
	l.ID, l.Name = types.StringValue(found.ID), types.StringValue(found.Name)
	m.LaunchTemplate = l.object()
	var err error
	if run.before, err = autoscaling.Find(ctx, r.clients(), m.AutoscalingGroupName.ValueString()); err != nil {
		diags.AddAttributeError(path.Root("autoscaling_group_name"), "Cannot read group", err.Error()+".")
		return run, false
	}
	run.release, d = m.release(ctx, s, l)
	diags.Append(d...)
	run.plan, d = m.releaseModel.plan(ctx, s.strategyModel)
	if diags.Append(d...); diags.HasError() {
		return run, false
	}
	run.onInterrupt = rollout.InterruptAction(m.OnInterrupt.ValueString())
	run.limit(ctx, *m, s, prior == nil, diags)
	run.lane(prior)
	run.drive(kept)
	r.guard(ctx, &run, diags)
	return run, !diags.HasError()
}

// limit sets the release's deadlines.
func (run *rollingRun) limit(ctx context.Context, m rollingReleaseModel, s rollingStrategyModel, create bool, diags *diag.Diagnostics) {
	get := m.Timeouts.Update
	if create {
		get = m.Timeouts.Create
	}
	total, d := get(ctx, defaultTimeout(run.plan))
	diags.Append(d...)
	run.plan.Limits.Total, run.plan.Limits.Return = total, total
	run.plan.MaxFailed = run.release.MaxFailed
	if p := s.ProgressDeadline.Duration(); p > 0 {
		warmup := run.before.Warmup
		if run.release.Warmup != nil {
			warmup = *run.release.Warmup
		}
		run.plan.Limits.Progress = p + warmup
	}
}

// lane takes the fast lane on the way to the previous version: no pauses, no
// bake, only the alarms that are OK, and no AutoRollback, which would lead to
// the version that is being left.
func (run *rollingRun) lane(prior *rollingReleaseModel) {
	if prior == nil {
		if run.serves() { // adopted as it is: verified once, never taken back
			run.plan.Bake, run.plan.OnFailure, run.release.AutoRollback = 0, rollout.Hold, false
		}
		return
	}
	if was, diags := prior.template(context.Background()); !diags.HasError() && was.template() != run.release.Template {
		run.release.Previous = was.template()
	}
	if run.onInterrupt == rollout.CancelOnInterrupt {
		run.release.Cancelled = prior.ReleaseID.ValueString()
	}
	if prior.PreviousVersion.ValueString() != run.release.Template.String() && !(run.home(prior) && (!run.serves() || run.before.Active != "")) {
		return
	}
	run.release.Checkpoints, run.release.Pause, run.release.Bake = nil, 0, 0
	run.release.IgnoreFiring, run.release.AutoRollback = true, false
	run.plan.Steps, run.plan.Bake, run.plan.OnFailure = []rollout.Step{{Percent: 100}}, 0, rollout.Hold
	run.plan.HoldAt, run.plan.From = 0, 0
}

// drive says who takes the steps: AWS, by the checkpoints of one refresh, or
// the engine, by a refresh for each step, where the release is to stop at one
// or goes on from there.
func (run *rollingRun) drive(kept rollingPrivate) {
	run.plan.Poll = rollingPoll()
	on := kept.Held > 0 && run.before.Saved != run.release.Template && len(run.plan.Steps) > 1
	if run.plan.HoldAt == 0 && !on || run.serves() {
		run.plan.SelfDriven = true
		return
	}
	run.release.Stepwise, run.plan.HoldsAlone = true, true
	run.plan.Bake = 0 // the last step's refresh bakes
	if on {
		run.plan.From = kept.Held
	}
}

// guard refuses to begin under alarms that fire or do not exist.
func (r *rollingReleaseResource) guard(ctx context.Context, run *rollingRun, diags *diag.Diagnostics) {
	if len(run.release.Alarms) == 0 {
		return
	}
	alarms, err := r.clients().Alarms(ctx, run.release.Alarms...)
	if err != nil {
		diags.AddAttributeError(path.Root("alarms"), "Cannot read alarms", describe(err)+".")
		return
	}
	for _, name := range run.release.Alarms {
		switch a, ok := alarms[name]; {
		case !ok:
			diags.AddAttributeError(path.Root("alarms"), "Alarm not found", fmt.Sprintf(
				"alarms names %q, which does not exist in %s. Create it first, or leave it out.", name, r.clients().Region))
		case a.Firing() && !run.release.IgnoreFiring && run.before.Active == "":
			diags.AddAttributeError(path.Root("alarms"), "Alarm already firing", fmt.Sprintf(
				"Alarm %s is in ALARM: %s\n\nNothing was changed on %s. Clear the alarm first, or set alarms_firing = \"ignore\" when this release is the fix.",
				name, strings.TrimSpace(a.Reason), run.release.Group))
		}
	}
}
