package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

var (
	_ resource.ResourceWithConfigure      = (*rollingReleaseResource)(nil)
	_ resource.ResourceWithIdentity       = (*rollingReleaseResource)(nil)
	_ resource.ResourceWithImportState    = (*rollingReleaseResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*rollingReleaseResource)(nil)
	_ resource.ResourceWithValidateConfig = (*rollingReleaseResource)(nil)
)

// NewRollingReleaseResource is awsdeploy_rolling_release.
func NewRollingReleaseResource() resource.Resource { return &rollingReleaseResource{} }

// rollingReleaseResource turns Terraform's requests into calls of the engine:
// the waiting and the deciding happen there.
type rollingReleaseResource struct{ data data }

// Metadata names the type.
func (r *rollingReleaseResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rolling_release"
}

// Configure takes the provider's clients.
func (r *rollingReleaseResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	configure(req.ProviderData, &r.data, &resp.Diagnostics)
}

// Create adopts what is live or under way, or releases. A failed one leaves no
// state: any state would be tainted, and replaced by the next plan.
func (r *rollingReleaseResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan rollingReleaseModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	kept, ok := r.release(ctx, &plan, nil, rollingPrivate{}, &resp.Diagnostics)
	if !ok {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateKey, kept.bytes())...)
}

// Update releases, or only stores settings. A failed one keeps the old
// version in state, so that the next plan offers the new one again.
func (r *rollingReleaseResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior rollingReleaseModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.Append(req.State.Get(ctx, &prior)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
	if !plan.Status.IsUnknown() { // settings only
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		return
	}
	kept, d := privateOf(ctx, req.Private)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	kept, ok := r.release(ctx, &plan, &prior, kept, &resp.Diagnostics)
	if !ok {
		plan.LaunchTemplate, plan.PreviousVersion = prior.LaunchTemplate, prior.PreviousVersion
		if plan.Status.IsUnknown() { // it did not even begin
			plan.keepResults(prior.releaseModel)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateKey, kept.bytes())...)
}

// Read records facts.
func (r *rollingReleaseResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m rollingReleaseModel
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	// The framework wants an identity even of what turns out to be gone.
	if resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(m))...); resp.Diagnostics.HasError() || !r.data.known() {
		return
	}
	facts, err := autoscaling.Find(ctx, r.data.aws, m.AutoscalingGroupName.ValueString())
	switch {
	case errors.Is(err, rollout.ErrNotFound):
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.AddAttributeError(path.Root("autoscaling_group_name"), "Cannot read group", describe(err)+".")
		return
	}
	kept, d := privateOf(ctx, req.Private)
	resp.Diagnostics.Append(d...)
	resp.Diagnostics.Append(m.refresh(ctx, facts, kept)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	if m.Status.ValueString() == statusUnverified {
		kept.Held = 0 // the next release begins at its first step
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateKey, privateFor(facts.Saved, kept.Held).bytes())...)
}

// Delete forgets: the group goes on with what it runs.
func (r *rollingReleaseResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState takes the group's name, or its identity.
func (r *rollingReleaseResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID == "" {
		var id rollingReleaseIdentity
		if resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...); resp.Diagnostics.HasError() || !r.data.inScope(id.AccountID, id.Region, &resp.Diagnostics) {
			return
		}
	}
	name := path.Root("autoscaling_group_name")
	resource.ImportStatePassthroughWithIdentity(ctx, name, name, req, resp)
}

type rollingReleaseIdentity struct {
	AutoscalingGroupName types.String `tfsdk:"autoscaling_group_name"`
	Region               types.String `tfsdk:"region"`
	AccountID            types.String `tfsdk:"account_id"`
}

func (r *rollingReleaseResource) identity(m rollingReleaseModel) rollingReleaseIdentity {
	return rollingReleaseIdentity{m.AutoscalingGroupName, r.data.region(), r.data.account()}
}

// stringOrNull is a string, null when it is empty.
func stringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// refresh writes a group's facts into a model. After an import the version is
// what the group has.
func (m *rollingReleaseModel) refresh(ctx context.Context, f autoscaling.Facts, kept rollingPrivate) (diags diag.Diagnostics) {
	s, d := m.strategy(ctx)
	diags.Append(d...)
	imported := m.LaunchTemplate.IsNull()
	if imported && f.Saved.Numbered() {
		l := launchTemplateModel{ID: types.StringValue(f.Saved.ID), Name: stringOrNull(f.SavedName), Version: types.StringValue(f.Saved.Version)}
		m.LaunchTemplate = l.object()
	}
	if imported {
		m.Schedule = types.ListNull(scheduleType())
		m.Status = types.StringValue(statusPromoted)
	}
	l, d := m.template(ctx)
	if diags.Append(d...); diags.HasError() {
		return diags
	}
	m.Live = liveValue(f.Shares(s.scope(l.template())))
	served := f.Saved == l.template() && m.wholly(l.template().String())
	if m.Status.ValueString() == statusHeld && served && f.Active == "" && kept.Saved == f.Saved.String() {
		return diags // its step was all of so small a group, and AWS had finished when it was held
	}
	m.Status = types.StringValue(seen(m.Status.ValueString(), served, f.Active != ""))
	if _, some := m.Live.Elements()[l.template().String()]; m.Status.ValueString() == statusHeld && (!some || f.Saved.String() != kept.Saved) {
		m.Status = types.StringValue(statusUnverified) // what was held is gone
	}
	return diags
}

// seen is the status after a look at what is live.
func seen(before string, served, active bool) string {
	switch {
	case active:
		return statusReleasing
	case served && before == statusReleasing:
		return statusRolledBack // the release that went on alone has come back
	case served && (before == statusStranded || before == statusHeld):
		return statusUnverified // by somebody's hand
	case served, before == statusFailed, before == statusStranded, before == statusHeld:
		return before
	}
	return statusUnverified
}

// clients are the provider's AWS clients; nil while its configuration is unknown.
func (r *rollingReleaseResource) clients() *awsapi.Clients { return r.data.aws }
