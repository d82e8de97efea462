package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/artifactstore"
)

var (
	_ resource.ResourceWithConfigure      = (*appPackageResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*appPackageResource)(nil)
	_ resource.ResourceWithValidateConfig = (*appPackageResource)(nil)
)

// NewAppPackageResource is awsdeploy_app_package.
func NewAppPackageResource() resource.Resource { return &appPackageResource{} }

type appPackageResource struct{ data data }

// Metadata names the type.
func (r *appPackageResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_package"
}

// Configure takes the provider's clients.
func (r *appPackageResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	configure(req.ProviderData, &r.data, &resp.Diagnostics)
}

// ValidateConfig refuses what no build can be made of.
func (r *appPackageResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m appPackageModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if spec, known := m.spec(); known {
		addPackageError(spec.Check(), &resp.Diagnostics)
	}
}

// Create builds and publishes. A failed one leaves no state: what it built is
// in the cache, and the next one goes on from there.
func (r *appPackageResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan appPackageModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	done := r.apply(ctx, &plan, nil, req.Config, &resp.Diagnostics)
	if done == nil {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, briefKey, briefValue(done.tree, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, builtKey, history{done.built}.value(&resp.Diagnostics))...)
}

// Update builds what the sources are now. A failed one leaves the old package
// in state.
func (r *appPackageResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior appPackageModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.Append(req.State.Get(ctx, &prior)...); resp.Diagnostics.HasError() {
		return
	}
	value, diags := req.Private.GetKey(ctx, builtKey)
	resp.Diagnostics.Append(diags...)
	past := readHistory(value)
	done := r.apply(ctx, &plan, &prior, req.Config, &resp.Diagnostics)
	if done == nil {
		if recipe := plan.recipe(); recipe != "" && ctx.Err() == nil {
			// What was known of it may be what failed: the next plan goes without.
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, builtKey, past.without(recipe).value(&resp.Diagnostics))...)
		}
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, briefKey, briefValue(done.tree, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, builtKey, past.with(done.built).value(&resp.Diagnostics))...)
}

// Read asks S3 whether what was published is still there; only its absence is
// a difference. The file on this machine is none: other machines have others.
func (r *appPackageResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m appPackageModel
	if resp.Diagnostics.Append(req.State.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if m.S3Key.ValueString() == "" || !r.data.known() {
		return
	}
	_, err := r.store().Find(ctx, m.object())
	switch {
	case awsapi.IsNotFound(err):
		m.S3Key, m.S3VersionID = types.StringNull(), types.StringNull()
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	case err != nil:
		resp.Diagnostics.AddAttributeWarning(path.Root("publish"), "Cannot look for package",
			fmt.Sprintf("Whether the package is still in S3 is not known, so it is taken to be there: %s.", awsapi.Describe(err)))
	}
}

// Delete forgets: what was built and published stays.
func (r *appPackageResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// store is S3.
func (r *appPackageResource) store() artifactstore.Store {
	return artifactstore.Store{Client: r.data.aws.S3()}
}

// keep is this machine's cache, for packages and for the trees of plans.
func keep(diags *diag.Diagnostics) (pack.Store, source.Memory, bool) {
	dir, err := cache.Dir()
	if err != nil {
		diags.AddError("No cache directory", err.Error()+".")
		return pack.Store{}, source.Memory{}, false
	}
	return pack.Store{Dir: dir}, source.Memory{Dir: dir}, true
}

// addPackageError words an error of reading, building or packing at the
// attribute that it concerns.
func addPackageError(err error, diags *diag.Diagnostics) {
	if err == nil {
		return
	}
	summary, attribute := "Package cannot be built", "source_dir"
	var (
		problem *pack.Problem
		failed  *pack.BuildError
		changed *pack.ChangedError
	)
	if errors.As(err, &problem) {
		attribute = problem.Attribute
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		summary = "Disk is full"
	case attribute == "publish":
		summary = "Package cannot be fetched"
	case errors.As(err, &changed):
		summary = "Sources changed while building"
	case errors.As(err, &failed):
		summary = "Build failed"
	case attribute == "source_dir":
		summary = "Sources cannot be read"
	case attribute == "artifact":
		summary = "No such artifact"
	}
	diags.AddAttributeError(path.Root(attribute), summary, strings.TrimSuffix(err.Error(), ".")+".")
}
