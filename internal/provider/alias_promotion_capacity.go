package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

// allots tells the target what it needs to know to remember in AWS which
// version is given provisioned concurrency: see lambdaalias.Config.
func (run *aliasRun) allots(prior *aliasPromotionModel) {
	if run.target.Allots = run.target.Provisioned > 0; prior == nil {
		return
	}
	run.target.Allots = run.target.Allots || !prior.Provisioned.IsNull()
	home, at := prior.Version.ValueString(), run.before
	was := at.Other != "" && at.Other == prior.PreviousVersion.ValueString() // what held releases leave last
	if at.Version == home && !was || at.Other == home && at.Weight == 0 {
		run.target.Home = home
	}
}

// named tells that the alias names a version only because a release was about
// to give it provisioned concurrency.
func (run aliasRun) named() bool {
	return run.before.Other != "" && run.before.Weight == 0 && run.before.Version == run.target.Home
}

// settleCapacity leaves provisioned concurrency where it is wanted: on the
// version that serves, and on no version of this release that no alias serves
// any more. What cannot be put right costs money or speed and is told; it is
// no failure of the release.
func (r *aliasPromotionResource) settleCapacity(ctx context.Context, m aliasPromotionModel, run aliasRun, prior *aliasPromotionModel, target aliasTarget, out outcome, diags *diag.Diagnostics) {
	direct, ok := target.(*lambdaalias.Target)
	if !ok || out.state.Phase == "" { // CodeDeploy gives none; and nothing began
		return
	}
	// Ctrl-C must not leave behind what it made.
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	wanted, stored := int(m.Provisioned.ValueInt64()), out.succeeded()
	if wanted == 0 && (prior == nil || prior.Provisioned.IsNull() || !stored) {
		r.tellLeft(clean, run, diags)
		return
	}
	api, function, version := r.data.aws.Lambda(), run.target.Function, m.Version.ValueString()
	if stored && run.returning && wanted > 0 { // the way back did not wait for it
		if err := lambdaalias.Provision(clean, api, function, version, wanted); err != nil {
			diags.AddAttributeWarning(path.Root("provisioned_concurrent_executions"), "Provisioned concurrency missing", fmt.Sprintf(
				"Version %s of %s serves without it: %s. Apply again to have it.", version, function, describe(err)))
		}
	}
	seen := map[string]bool{"": true}
	touched := []string{target.Back(), run.before.Version, run.before.Other, version}
	if prior != nil {
		touched = append(touched, prior.Version.ValueString())
	}
	beside := "" // the alias whose naming of a version keeps nothing
	if out.state.Phase != rollout.Detached && direct.Naming() != "" {
		beside = run.target.Alias
	}
	for _, old := range touched {
		if seen[old] {
			continue
		}
		seen[old] = true
		var err error
		if old == version && wanted == 0 {
			err = lambdaalias.Strip(clean, api, function, old)
		} else {
			err = lambdaalias.Release(clean, api, function, old, beside)
		}
		if err != nil {
			tellKept(function, old, describe(err), diags)
			beside = "" // it goes on to be named, for the next apply
		}
	}
	if beside == "" {
		return
	}
	if err := direct.Forget(clean); err != nil {
		diags.AddAttributeWarning(path.Root("alias"), "Alias still names version", fmt.Sprintf(
			"Alias %s names version %s with a weight of 0, which gives it no traffic: %s. The next apply clears that.", m.target(), direct.Naming(), describe(err)))
	}
}

func tellKept(function, version, why string, diags *diag.Diagnostics) {
	diags.AddAttributeWarning(path.Root("provisioned_concurrent_executions"), "Provisioned concurrency kept", fmt.Sprintf(
		"Version %s of %s may still have provisioned concurrency that nothing needs, and AWS charges for it: %s. "+
			"Remove it: aws lambda delete-provisioned-concurrency-config --function-name %[2]s --qualifier %[1]s", version, function, why))
}

// tellLeft tells of provisioned concurrency on the version that an interrupted
// release is taken back from. This configuration gives none, so that another's
// may have made it: it stays.
func (r *aliasPromotionResource) tellLeft(ctx context.Context, run aliasRun, diags *diag.Diagnostics) {
	if !run.returning || run.before.Other == "" {
		return
	}
	left := run.leaves(aliasPromotionModel{Version: types.StringValue(run.target.Version)}, nil)
	found, err := lambdaalias.FindConcurrency(ctx, r.data.aws.Lambda(), run.target.Function, left)
	if err == nil && found.Exists() {
		tellKept(run.target.Function, left, fmt.Sprintf("it has %d, and the release that was taken back may have asked for them", found.Wanted), diags)
	}
}

// previewIdle tells in a plan of provisioned concurrency that costs money and
// serves nobody, as much as this resource gives. A release that was killed may
// have left it, but nothing proves it: then it is for a person to remove.
func (r *aliasPromotionResource) previewIdle(ctx context.Context, m aliasPromotionModel, prior *aliasPromotionModel, diags *diag.Diagnostics) {
	given := map[int64]bool{m.Provisioned.ValueInt64(): true}
	ours := map[string]bool{m.Version.ValueString(): true}
	if prior != nil {
		given[prior.Provisioned.ValueInt64()], ours[prior.Version.ValueString()] = true, true
	}
	if delete(given, 0); len(given) == 0 || m.FunctionName.IsUnknown() || !r.data.known() {
		return
	}
	function := m.FunctionName.ValueString()
	idle, err := lambdaalias.Idle(ctx, r.data.aws.Lambda(), function)
	if err != nil && !errors.Is(err, rollout.ErrNotFound) {
		unread(diags, "provisioned_concurrent_executions", err)
	}
	for _, version := range slices.Sorted(maps.Keys(idle)) {
		if ours[version] || !given[int64(idle[version])] {
			continue
		}
		diags.AddAttributeWarning(path.Root("provisioned_concurrent_executions"), fmt.Sprintf("Idle concurrency on %s:%s", function, version), fmt.Sprintf(
			"Version %s of %s holds %d provisioned concurrent executions, as many as this resource gives, and no alias sends it requests: AWS charges for them. "+
				"A release that was killed may have left them, but so may have others, and nothing is removed here. Unless something invokes the version by its number: "+
				"aws lambda delete-provisioned-concurrency-config --function-name %[2]s --qualifier %[1]s", version, function, idle[version]))
	}
}

// readCapacity records what provisioned concurrency the version has, where the
// resource gives it some.
func (r *aliasPromotionResource) readCapacity(ctx context.Context, m *aliasPromotionModel) {
	if m.Provisioned.IsNull() || m.Version.IsNull() {
		return
	}
	found, err := lambdaalias.FindConcurrency(ctx, r.data.aws.Lambda(), m.FunctionName.ValueString(), m.Version.ValueString())
	if err != nil {
		return // what cannot be read is not known to have changed
	}
	m.Provisioned = types.Int64Null()
	if found.Exists() {
		m.Provisioned = types.Int64Value(int64(found.Wanted))
	}
}

// moving tells that an alias has weights only because Lambda moves the
// provisioned concurrency that it carries: live says so, and it is no drift.
func (r *aliasPromotionResource) moving(ctx context.Context, m aliasPromotionModel, there lambdaalias.Routing) bool {
	if there.Other == "" || there.Version != m.Version.ValueString() || m.Status.ValueString() != statusPromoted {
		return false
	}
	found, err := lambdaalias.FindConcurrency(ctx, r.data.aws.Lambda(), m.FunctionName.ValueString(), m.Alias.ValueString())
	return err == nil && found.Allocating()
}
