package provider

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/codedeploy"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// aliasRun is one release of the type.
type aliasRun struct {
	before    lambdaalias.Routing
	target    lambdaalias.Config
	plan      rollout.Plan
	checks    []verify.Named
	alarms    alarmGuard
	found     []finding
	returning bool // it goes back to a version that was live before
	carried   int  // the alias's own provisioned concurrency
	logGroup  string

	codedeploy *codedeploy.Config // nil where the provider moves the weights
}

// release brings the planned version onto the alias and writes what became of
// it into m. It reports whether the planned version may be stored.
func (r *aliasPromotionResource) release(ctx context.Context, m, prior *aliasPromotionModel, diags *diag.Diagnostics) bool {
	leave := r.data.Clock.Join()
	defer leave()
	run, ok := r.prepare(ctx, *m, prior, reading{diags: diags, applying: true})
	if !ok {
		return false
	}
	if prior != nil && run.home(*m, *prior) {
		m.keepAll(*prior)
		m.Status, m.Live, m.LastFailure = types.StringValue(statusPromoted), liveValue(run.before.Live()), types.StringValue("")
		return true
	}
	run.begin(diags)
	r.data.guardAlarms(ctx, run.alarms, diags)
	if !run.returning { // the way back is not held up by a check that cannot run
		r.data.guardChecks(ctx, m.Verify, m.checkKinds(), diags)
	}
	r.checkDeploy(ctx, run, false, diags)
	if run.limit(ctx, *m, prior == nil, diags); diags.HasError() {
		return false
	}
	leave() // the engine joins for itself
	target := r.open(run)
	chronicle := r.data.chronicle(report.Release{Kind: "alias_promotion", Target: m.target(), Version: m.Version.ValueString(),
		Previous: run.before.Version, Alarms: run.alarms.names}, run.plan, run.checks, diags)
	runner := rollout.Runner{
		Clock: r.data.Clock, Target: target, Plan: run.plan, Name: m.target(),
		Verify:   func(ctx context.Context, at rollout.Moment) rollout.Verdict { return verify.Run(ctx, run.checks, at) },
		Stopping: r.data.Stopping, OnInterrupt: rollout.InterruptAction(m.OnInterrupt.ValueString()),
		Diagnose: func(ctx context.Context, s rollout.State) string { return r.evidence(ctx, *m, run, prior, s) },
		Notify:   chronicle.notify(ctx), Watch: chronicle.watch(ctx),
	}
	state, err := run.start(ctx, runner)
	if errors.Is(err, rollout.ErrAbandoned) {
		return false
	}
	out := outcome{
		state: state, err: err, plan: run.plan, target: "alias " + m.target(), root: path.Root("version"),
		version: "version " + m.Version.ValueString(), onward: aliasOnward,
	}
	if run.codedeploy != nil {
		out.onward = deployOnward
	}
	chronicle.end(out, diags)
	defer r.data.Clock.Join()()
	r.settleCapacity(ctx, *m, run, prior, target, out, diags)
	stored := r.finish(ctx, m, prior, out, target.Back(), diags)
	if d, deploys := target.(*codedeploy.Target); deploys && d.ID() != "" && state.Phase != "" {
		m.ReleaseID = types.StringValue(d.ID())
	}
	return stored
}

// aliasOnward is what goes on without us: nothing.
const aliasOnward = "Nothing moves the weights and nothing watches the alarms until the next apply, which goes on from the weights that are there. " +
	"To go back, set version to the previous one and apply."

// finish looks once more at the alias and records the outcome.
func (r *aliasPromotionResource) finish(ctx context.Context, m, prior *aliasPromotionModel, out outcome, back string, diags *diag.Diagnostics) bool {
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	after, err := lambdaalias.FindRouting(look, r.data.aws.Lambda(), m.FunctionName.ValueString(), m.Alias.ValueString())
	switch {
	case err == nil:
		out.live, out.now = after.Live(), after.String()
	case errors.Is(err, rollout.ErrNotFound):
		out.now = "nothing, the alias does not exist"
	case out.state.Phase == rollout.Promoted: // as it was observed
		out.live = map[string]float64{m.Version.ValueString(): 100}
	}
	if back != "" {
		out.previous = "version " + back
	}
	if out.state.Phase != "" { // else nothing began, and nothing is changed in state
		out.record(&m.releaseModel, after.Revision)
		m.PreviousVersion = m.previous(prior, back)
		m.History = m.remember(prior, out, back, r.data.Clock.Now())
		if out.live == nil && prior != nil && err != nil {
			m.Live, m.ReleaseID = prior.Live, prior.ReleaseID // the next plan reads what they are
		}
	}
	diags.Append(out.diagnose()...)
	return out.succeeded()
}

// previous is the version that was promoted before m's.
func (m aliasPromotionModel) previous(prior *aliasPromotionModel, back string) types.String {
	switch {
	case prior != nil && !prior.Version.Equal(m.Version):
		return prior.Version
	case prior != nil:
		return prior.PreviousVersion
	case back == m.Version.ValueString():
		return types.StringNull()
	}
	return stringOrNull(back)
}

// home reports whether a release that failed is undone, and the configuration
// has gone back too: nothing has to run.
func (run aliasRun) home(m, prior aliasPromotionModel) bool {
	return prior.Status.ValueString() == statusRolledBack && prior.Version.Equal(m.Version) &&
		prior.Provisioned.Equal(m.Provisioned) && run.before.Whole(m.Version.ValueString())
}

// limit sets the deadline of the whole.
func (run *aliasRun) limit(ctx context.Context, m aliasPromotionModel, create bool, diags *diag.Diagnostics) {
	get := m.Timeouts.Update
	if create {
		get = m.Timeouts.Create
	}
	total, d := get(ctx, defaultTimeout(run.plan))
	diags.Append(d...)
	run.plan.Limits.Total = total
}

// lane chooses how the release travels, from what is there.
func (run *aliasRun) lane(version string, prior *aliasPromotionModel) {
	at := run.before
	run.allots(prior)
	run.returning = at.Exists() && run.goesBack(version, prior)
	run.alarms.underWay = at.Other != "" && !(run.named() && at.Other != version)
	if prior != nil && prior.Version.ValueString() != version {
		run.target.Previous = prior.Version.ValueString()
	}
	whole := []rollout.Step{{Percent: 100}}
	switch {
	case !at.Exists(): // there is nothing to divide with, and nothing to go back to
		run.plan.Steps, run.plan.OnFailure = whole, rollout.Hold
	case run.returning: // the fast lane, never back to what is being left
		run.plan.Steps, run.plan.Bake, run.plan.OnFailure, run.alarms.ignore = whole, 0, rollout.Hold, true
		run.target.Provisioned, run.checks = 0, atOnce(run.checks) // it does not wait
		return
	case at.Whole(version) && prior != nil && prior.Status.ValueString() == statusPromoted && prior.Version.ValueString() == version:
		run.plan.Steps, run.plan.Bake, run.plan.OnFailure, run.checks = whole, 0, rollout.Hold, nil // it is given another capacity
	case at.Whole(version) && prior == nil: // adopted as it is: verified once, never taken back
		run.plan.Steps, run.plan.Bake, run.plan.OnFailure, run.checks = whole, 0, rollout.Hold, atOnce(run.checks)
	case at.Whole(version) && run.target.Previous == "":
		run.plan.Steps, run.plan.OnFailure = whole, rollout.Hold
	case at.Whole(version):
		run.plan.Steps = whole
	}
	if run.target.Provisioned > 0 && !at.Whole(version) {
		run.plan.Steps = append([]rollout.Step{{Percent: 0}}, run.plan.Steps...)
		return
	}
	for _, c := range run.checks {
		if c.First { // before any traffic
			run.plan.Steps = append([]rollout.Step{{Percent: 0}}, run.plan.Steps...)
			return
		}
	}
}

// atOnce are the checks that need no time to pass.
func atOnce(checks []verify.Named) []verify.Named {
	return slices.DeleteFunc(slices.Clone(checks), func(c verify.Named) bool { return c.Last })
}

// leaves is the version that the release takes the traffic from; empty when
// none is known.
func (run aliasRun) leaves(m aliasPromotionModel, prior *aliasPromotionModel) string {
	switch version := m.Version.ValueString(); {
	case run.before.Version != version:
		return run.before.Version
	case run.before.Other != "":
		return run.before.Other
	case prior != nil && prior.Version.ValueString() != version:
		return prior.Version.ValueString()
	}
	return ""
}

// goesBack reports whether the wanted version is the one before: the previous
// version by state, or the one that an interrupted release was leaving.
func (run aliasRun) goesBack(version string, prior *aliasPromotionModel) bool {
	at := run.before
	leaving := at.Version == version && (at.Weight > 0 || run.named()) || at.Other == version && at.Weight == 0 && !run.named()
	return leaving || prior != nil && prior.PreviousVersion.ValueString() == version && !prior.Version.Equal(types.StringValue(version))
}
