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
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

// reading is how a release treats what it could not read: a plan warns, an
// apply ends. A permission that is missing weakens a rule to a warning in both.
type reading struct {
	diags    *diag.Diagnostics
	applying bool
}

func (r reading) failed(attribute string, err error) {
	if r.applying && !awsapi.IsAccessDenied(err) {
		r.diags.AddAttributeError(path.Root(attribute), "Cannot read "+attribute, describe(err)+".")
		return
	}
	unread(r.diags, attribute, err)
}

// preflight checks a pending release against AWS: what is settled already is
// an error, live facts are one warning.
func (r *aliasPromotionResource) preflight(ctx context.Context, m aliasPromotionModel, prior *aliasPromotionModel, diags *diag.Diagnostics) {
	defer r.data.Clock.Join()()
	var run aliasRun
	var ok bool
	if m.Version.IsUnknown() { // this very plan makes it
		run, ok = r.look(ctx, m, reading{diags: diags})
		r.owned(ctx, m, &run, diags)
		run.fit(diags)
		run.deploy(ctx, m, diags)
	} else {
		run, ok = r.prepare(ctx, m, prior, reading{diags: diags})
	}
	if !ok || diags.HasError() {
		return
	}
	lines := append(run.preview(m), r.data.previewAlarms(ctx, run.alarms, diags)...)
	lines = append(lines, r.data.previewChecks(ctx, m.Verify, m.checkKinds(), diags)...)
	for _, f := range append(run.found, r.bypassed(ctx, m, diags)...) {
		lines = append(lines, f.line)
	}
	lines = append(lines, r.previewDeploy(ctx, run, m, diags)...)
	if len(run.alarms.names)+len(run.checks) > 0 && run.codedeploy == nil {
		lines = append(lines, fmt.Sprintf("The provider itself moves the weights, watches the alarms and runs the checks. "+
			"While no apply runs, nothing moves and nothing watches. Ctrl-C: %s.", m.OnInterrupt.ValueString()))
	}
	diags.AddAttributeWarning(path.Root("alias"), "Release onto "+m.target(), strings.Join(lines, "\n"))
}

// look reads what is there, without the version that is to be released.
func (r *aliasPromotionResource) look(ctx context.Context, m aliasPromotionModel, read reading) (run aliasRun, ok bool) {
	function, alias := m.FunctionName.ValueString(), m.Alias.ValueString()
	var err error
	run.before, err = lambdaalias.FindRouting(ctx, r.data.aws.Lambda(), function, alias)
	if err != nil && !errors.Is(err, rollout.ErrNotFound) {
		read.failed("alias", err)
		return run, false
	}
	var d diag.Diagnostics
	run.plan, d = m.rolloutPlan(ctx)
	read.diags.Append(d...)
	names, d := m.alarmNames(ctx)
	read.diags.Append(d...)
	run.alarms = alarmGuard{names: names, ignore: m.AlarmsFiring.ValueString() == "ignore", target: m.target()}
	run.target = lambdaalias.Config{Function: function, Alias: alias, Version: m.Version.ValueString(),
		Provisioned: int(m.Provisioned.ValueInt64()), Alarms: names}
	r.carried(ctx, &run, read)
	r.switchedOff(ctx, &run, read)
	return run, !read.diags.HasError()
}

// prepare reads, checks and plans; it changes nothing.
func (r *aliasPromotionResource) prepare(ctx context.Context, m aliasPromotionModel, prior *aliasPromotionModel, read reading) (run aliasRun, ok bool) {
	wanted, ok := r.wanted(ctx, m, read)
	if !ok {
		return run, false
	}
	if run, ok = r.look(ctx, m, read); !ok {
		return run, false
	}
	var d diag.Diagnostics
	run.checks, d = r.data.checks(ctx, m.Verify, m.checkKindsBeside(run.leaves(m, prior)))
	read.diags.Append(d...)
	run.lane(m.Version.ValueString(), prior)
	r.owned(ctx, m, &run, read.diags)
	run.logGroup = wanted.LogGroup
	run.asleep(wanted)
	run.fit(read.diags)
	if !read.diags.HasError() {
		r.divide(ctx, &run, wanted, read.diags)
	}
	run.target.IgnoreFiring = run.alarms.ignore
	run.deploy(ctx, m, read.diags)
	return run, !read.diags.HasError()
}

// begin refuses, before the first change, what the plan could only warn of.
func (run aliasRun) begin(diags *diag.Diagnostics) {
	for _, f := range run.found {
		if f.summary != "" && !run.returning {
			diags.AddAttributeError(path.Root(f.attribute), f.summary, f.line+" Nothing was changed.")
		}
	}
}

// wanted finds the version that is to be released, and refuses one that
// cannot serve.
func (r *aliasPromotionResource) wanted(ctx context.Context, m aliasPromotionModel, read reading) (lambdaalias.Version, bool) {
	version := m.Version.ValueString()
	found, err := lambdaalias.FindVersion(ctx, r.data.aws, m.FunctionName.ValueString(), version)
	switch {
	case errors.Is(err, rollout.ErrNotFound):
		read.diags.AddAttributeError(path.Root("version"), "Version not found", fmt.Sprintf(
			"version = %q: function %s has no such version in %s. Give the number of a version that is published; "+
				"awsdeploy_function_version publishes one.", version, m.FunctionName.ValueString(), r.data.aws.Region))
	case awsapi.IsAccessDenied(err):
		unread(read.diags, "version", err)
		return lambdaalias.Version{Number: version}, true
	case err != nil:
		read.failed("version", err)
	case !found.Serves():
		read.diags.AddAttributeError(path.Root("version"), "Version not active", fmt.Sprintf(
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
