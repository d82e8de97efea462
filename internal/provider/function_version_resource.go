package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdafunction"
)

var (
	_ resource.ResourceWithConfigure        = (*functionVersionResource)(nil)
	_ resource.ResourceWithConfigValidators = (*functionVersionResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*functionVersionResource)(nil)
	_ resource.ResourceWithImportState      = (*functionVersionResource)(nil)
	_ resource.ResourceWithIdentity         = (*functionVersionResource)(nil)
)

// NewFunctionVersionResource is awsdeploy_function_version.
func NewFunctionVersionResource() resource.Resource { return &functionVersionResource{} }

type functionVersionResource struct{ data }

func (r *functionVersionResource) functions() lambdafunction.Functions {
	return lambdafunction.Functions{Client: r.aws.Lambda(), Clock: r.Clock}
}

// Metadata names the type. Its identity moves with the version.
func (r *functionVersionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_function_version"
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes the provider's clients.
func (r *functionVersionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	configure(req.ProviderData, &r.data, &resp.Diagnostics)
}

// Create publishes the first version.
func (r *functionVersionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan functionVersionModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	if r.publish(ctx, &plan, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
	}
}

// Update publishes another version, or changes state alone.
func (r *functionVersionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior functionVersionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.Append(req.State.Get(ctx, &prior)...); resp.Diagnostics.HasError() {
		return
	}
	if plan.Version.IsUnknown() && !r.publish(ctx, &plan, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(prior))...)
		return // state keeps the version before
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
}

// Read forgets a version that was deleted outside.
func (r *functionVersionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m functionVersionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	// The framework wants an identity even of what turns out to be gone.
	if resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(m))...); resp.Diagnostics.HasError() || !r.known() {
		return
	}
	version, err := r.functions().Find(ctx, m.FunctionName.ValueString(), m.Version.ValueString())
	switch {
	case awsapi.IsNotFound(err):
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.AddError("Cannot read function version", awsapi.Describe(err))
		return
	}
	m.record(version)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// Delete forgets the version, or deletes it where that was asked for.
func (r *functionVersionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var m functionVersionModel
	if resp.Diagnostics.Append(req.State.Get(ctx, &m)...); resp.Diagnostics.HasError() || !m.DeleteOnDestroy.ValueBool() {
		return
	}
	name := m.FunctionName.ValueString()
	version, err := r.functions().Find(ctx, name, m.Version.ValueString())
	if awsapi.IsNotFound(err) {
		return
	}
	var users []string
	if err == nil {
		users, err = r.functions().Users(ctx, version)
	}
	if len(users) > 0 {
		resp.Diagnostics.AddAttributeError(path.Root("delete_on_destroy"), "Version is in use", fmt.Sprintf(
			"Version %s of function %s is used by %s. Let that use another version first, or set delete_on_destroy to false to leave the version alone.",
			version.Version, name, strings.Join(users, ", ")))
		return
	}
	if err == nil {
		err = r.functions().Delete(ctx, name, version.Version)
	}
	if err != nil {
		resp.Diagnostics.AddError("Version not deleted", awsapi.Describe(err)+".")
	}
}

// ImportState takes "function:version", or an identity.
func (r *functionVersionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id functionVersionIdentity
	if req.ID != "" {
		name, version, ok := strings.Cut(req.ID, ":")
		if !ok || name == "" || !number.MatchString(version) {
			resp.Diagnostics.AddError("Invalid import id", fmt.Sprintf("%q: write the function's name and the number of a published version, such as \"shop-api:7\".", req.ID))
			return
		}
		id.FunctionName, id.Version = types.StringValue(name), types.StringValue(version)
	} else if resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...); resp.Diagnostics.HasError() {
		return
	}
	if !r.inScope(id.AccountID, id.Region, &resp.Diagnostics) {
		return
	}
	m := functionVersionModel{
		FunctionName: id.FunctionName, Version: id.Version,
		Upload: types.ObjectNull(uploadTypes()), Triggers: types.MapNull(types.StringType), DeleteOnDestroy: types.BoolValue(false),
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(m))...)
}

func (r *functionVersionResource) identity(m functionVersionModel) functionVersionIdentity {
	return functionVersionIdentity{AccountID: r.account(), Region: r.region(), FunctionName: m.FunctionName, Version: m.Version}
}
