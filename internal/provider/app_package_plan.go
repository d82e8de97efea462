package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// briefKey is where private state keeps what the package was built from, to
// say what changed. The machine's cache would not do: a plan is computed
// twice, maybe on two machines, and must agree with itself.
const briefKey = "sources"

// ModifyPlan reads the sources and says what follows from them. It builds
// nothing, and asks AWS only whether changed sources were built before.
func (r *appPackageResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan appPackageModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	var prior *appPackageModel
	if !req.State.Raw.IsNull() {
		prior = &appPackageModel{}
		if resp.Diagnostics.Append(req.State.Get(ctx, prior)...); resp.Diagnostics.HasError() {
			return
		}
	}
	plan.appPackageResults = pending()
	if spec, known := plan.spec(); known {
		brief, diags := req.Private.GetKey(ctx, briefKey)
		resp.Diagnostics.Append(diags...)
		past, diags := req.Private.GetKey(ctx, builtKey)
		resp.Diagnostics.Append(diags...)
		r.fill(ctx, &plan, spec, before{prior, brief, readHistory(past)}, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	plan.placeBill()
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// before is what a plan knows of the resource as it is.
type before struct {
	*appPackageModel // nil when it is not there yet
	brief            []byte
	past             history
}

// fill plans the results from the sources: the prior ones when nothing that
// they depend on changed, known ones when this was built before, else unknown
// ones.
func (r *appPackageResource) fill(ctx context.Context, m *appPackageModel, spec pack.Spec, was before, diags *diag.Diagnostics) {
	if err := spec.Check(); err != nil {
		addPackageError(err, diags)
		return
	}
	tree, err := spec.Walk(ctx)
	if err != nil {
		addPackageError(err, diags)
		return
	}
	store, memory, ok := keep(diags)
	if !ok {
		return
	}
	digest := tree.Digest()
	recipe := spec.Recipe(digest)
	prior := was.appPackageModel
	same := prior != nil && prior.recipe() == recipe
	m.noteSources(memory, spec, tree, !same, diags)
	if diags.HasError() {
		return
	}
	known := same
	if same {
		m.appPackageResults = prior.appPackageResults
	} else {
		m.SourceDigest = types.StringValue(digest)
		m.ChangeSummary = types.StringValue(changeSummary(tree, spec, was, m))
		var p pack.Package
		if p, known = r.known(ctx, m, store, recipe, was.past, diags); known {
			m.setPackage(store, p)
		}
	}
	m.planPublished(prior)
	if p := m.packaged(); known && !store.Has(p) {
		// Resources that need the file have it made again from this.
		err := store.Remember(pack.Origin{Spec: spec, Digest: digest, Manifest: p, Bucket: m.S3Bucket.ValueString(),
			Key: m.S3Key.ValueString(), Version: m.S3VersionID.ValueString()})
		addCacheWarning(err, diags)
	}
}

// recipe identifies what the model's package was made of; empty when that is
// not known.
func (m appPackageModel) recipe() string {
	spec, known := m.spec()
	if !known || m.SHA256.IsNull() {
		return ""
	}
	return spec.Recipe(m.SourceDigest.ValueString())
}

// noteSources keeps what the plan is made of, and names the files that changed
// since the plan before.
func (m *appPackageModel) noteSources(memory source.Memory, spec pack.Spec, tree source.Tree, isPending bool, diags *diag.Diagnostics) {
	key, err := spec.Key()
	if err != nil {
		addPackageError(err, diags)
		return
	}
	drift, err := memory.Plan(key, tree, isPending)
	addCacheWarning(err, diags)
	addDrift(path.Root("source_dir"), spec.Dir, drift, diags)
}

func addCacheWarning(err error, diags *diag.Diagnostics) {
	if err != nil {
		diags.AddWarning("Cache cannot be written", fmt.Sprintf("The plan is right, but what it was made of cannot be kept: %v. "+
			"Make the directory writable, or set AWSDEPLOY_CACHE_DIR to another one.", err))
	}
}

// briefValue is what private state keeps of the sources: JSON, as Terraform
// demands.
func briefValue(tree source.Tree, diags *diag.Diagnostics) []byte {
	brief, err := tree.Brief()
	if err != nil {
		diags.AddError("Sources cannot be noted", err.Error()+".")
		return []byte("null")
	}
	value, err := json.Marshal(brief)
	if err != nil {
		diags.AddError("Sources cannot be noted", err.Error()+".")
		return []byte("null")
	}
	return value
}
