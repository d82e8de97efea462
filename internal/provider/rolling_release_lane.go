package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

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

// limit sets the release's deadlines.
func (run *rollingRun) limit(ctx context.Context, m rollingReleaseModel, s rollingStrategyModel, create bool, diags *diag.Diagnostics) {
	get := m.Timeouts.Update
	if create {
		get = m.Timeouts.Create
	}
	back := run.plan
	back.Steps = run.release.BackSteps
	total, d := get(ctx, max(defaultTimeout(run.plan), defaultTimeout(back)))
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

// lane takes the fast lane on the way to the previous version: no pauses save
// those of rollback_steps, no bake, only the alarms that are OK, and no AutoRollback, which would lead to
// the version that is being left.
func (run *rollingRun) lane(prior *rollingReleaseModel) {
	if prior == nil {
		if run.serves() { // adopted as it is: verified once, never taken back
			run.plan.Bake, run.plan.OnFailure, run.release.AutoRollback = 0, rollout.Hold, false
			run.checks = verify.AtOnce(run.checks)
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
	run.returning, run.checks = true, verify.AtOnce(run.checks)
	steps := run.release.BackSteps
	if len(steps) == 0 {
		steps, run.release.Pause = []rollout.Step{{Percent: 100}}, 0
	}
	run.release.Checkpoints, run.release.Bake = autoscaling.Checkpoints(steps), 0
	run.release.IgnoreFiring, run.release.AutoRollback = true, false
	run.plan.Steps, run.plan.Bake, run.plan.OnFailure = steps, 0, rollout.Hold
	run.plan.HoldAt, run.plan.From = 0, 0
}

// drive says who takes the steps: AWS, by the checkpoints of one refresh, or
// the engine, by a refresh for each step, where checks decide whether to go on,
// or the release is to stop at a step or goes on from there.
func (run *rollingRun) drive(kept rollingPrivate) {
	run.plan.Poll = rollingPoll()
	on := kept.Held > 0 && run.before.Saved != run.release.Template && len(run.plan.Steps) > 1
	if run.plan.HoldAt == 0 && !on && len(run.checks) == 0 || run.serves() || run.returning {
		run.plan.SelfDriven = true
		return
	}
	run.release.Stepwise, run.plan.HoldsAlone = true, true
	if on && (run.plan.HoldAt == 0 || run.plan.HoldAt > kept.Held) {
		run.plan.From = kept.Held
	}
}

// alarms says how the release treats its alarms before its first change.
func (run rollingRun) alarms(m rollingReleaseModel) alarmGuard {
	adopts := run.before.Brings(run.release.Template, run.release.TemplateName)
	waits := run.before.Active != "" && m.OnActive.ValueString() == string(rollout.Wait) // they are read when it begins
	return alarmGuard{names: run.release.Alarms, ignore: run.release.IgnoreFiring, target: run.release.Group, underWay: adopts || waits, aws: true}
}
