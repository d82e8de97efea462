package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

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
// nothing and asks AWS nothing.
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
		plan.fill(ctx, spec, prior, brief, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// fill plans the results from the sources: the prior ones when nothing that
// they depend on changed, those of the cache when this was built before, else
// unknown ones.
func (m *appPackageModel) fill(ctx context.Context, spec pack.Spec, prior *appPackageModel, brief []byte, diags *diag.Diagnostics) {
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
	same := prior != nil && prior.recipe() == recipe
	m.noteSources(memory, spec, tree, !same, diags)
	if diags.HasError() {
		return
	}
	switch {
	case same:
		m.appPackageResults = prior.appPackageResults
		if p := m.packaged(); !store.Has(p) {
			// Resources that need the file have it made again from this.
			err := store.Remember(pack.Origin{Spec: spec, Digest: digest, Manifest: p,
				Bucket: m.S3Bucket.ValueString(), Key: m.S3Key.ValueString(), Version: m.S3VersionID.ValueString()})
			addCacheWarning(err, diags)
		}
	default:
		m.SourceDigest = types.StringValue(digest)
		m.ChangeSummary = types.StringValue(changeSummary(tree, prior, m, brief))
		if p, ok := store.Find(recipe); ok {
			m.setPackage(store, p)
		}
	}
	m.planPublished(prior)
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

// changeSummary says what makes a new package necessary. It is made of the
// sources, the configuration and the state alone.
func changeSummary(tree source.Tree, prior, now *appPackageModel, brief []byte) string {
	if prior == nil || prior.SourceDigest.IsNull() {
		return fmt.Sprintf("first package of %d files", len(tree.Entries))
	}
	var parts []string
	if tree.Digest() != prior.SourceDigest.ValueString() {
		parts = append(parts, "sources "+changedSources(tree, brief))
	}
	was, _ := prior.spec()
	is, _ := now.spec()
	if was.Recipe("") != is.Recipe("") {
		parts = append(parts, "build changed")
	}
	return strings.Join(parts, "; ")
}

func changedSources(tree source.Tree, brief []byte) string {
	const most = 5
	var old []byte
	if json.Unmarshal(brief, &old) != nil || len(old) == 0 {
		return fmt.Sprintf("changed, now %d files", len(tree.Entries))
	}
	changes, err := tree.DiffBrief(old)
	if err != nil {
		return fmt.Sprintf("changed, now %d files", len(tree.Entries))
	}
	var names []string
	names = append(append(append(names, changes.Changed...), changes.Added...), changes.Removed...)
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return changes.Count() + ": " + strings.Join(names, ", ")
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
