package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

// settleCapacity leaves provisioned concurrency where it is wanted: on the
// version that serves, and on no version of this release that no alias serves
// any more. What cannot be put right costs money or speed and is told; it is
// no failure of the release.
func (r *aliasPromotionResource) settleCapacity(ctx context.Context, m aliasPromotionModel, run aliasRun, prior *aliasPromotionModel, back string, stored bool, diags *diag.Diagnostics) {
	wanted := int(m.Provisioned.ValueInt64())
	if wanted == 0 && (prior == nil || prior.Provisioned.IsNull() || !stored) {
		return
	}
	api, function, version := r.data.aws.Lambda(), run.target.Function, m.Version.ValueString()
	// Ctrl-C must not leave behind what it made.
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if stored && run.returning && wanted > 0 { // the way back did not wait for it
		if err := lambdaalias.Provision(clean, api, function, version, wanted); err != nil {
			diags.AddAttributeWarning(path.Root("provisioned_concurrent_executions"), "Provisioned concurrency missing", fmt.Sprintf(
				"Version %s of %s serves without it: %s. Apply again to have it.", version, function, describe(err)))
		}
	}
	seen := map[string]bool{"": true}
	touched := []string{back, run.before.Version, run.before.Other, version}
	if prior != nil {
		touched = append(touched, prior.Version.ValueString())
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
			err = lambdaalias.Release(clean, api, function, old)
		}
		if err != nil {
			diags.AddAttributeWarning(path.Root("provisioned_concurrent_executions"), "Provisioned concurrency kept", fmt.Sprintf(
				"Version %s of %s may still have provisioned concurrency that nothing needs, and AWS charges for it: %s. "+
					"Remove it: aws lambda delete-provisioned-concurrency-config --function-name %[2]s --qualifier %[1]s", old, function, describe(err)))
		}
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
