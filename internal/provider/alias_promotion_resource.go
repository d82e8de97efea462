package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

var (
	_ resource.ResourceWithConfigure      = (*aliasPromotionResource)(nil)
	_ resource.ResourceWithIdentity       = (*aliasPromotionResource)(nil)
	_ resource.ResourceWithImportState    = (*aliasPromotionResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*aliasPromotionResource)(nil)
	_ resource.ResourceWithValidateConfig = (*aliasPromotionResource)(nil)
)

// NewAliasPromotionResource is awsdeploy_alias_promotion.
func NewAliasPromotionResource() resource.Resource { return &aliasPromotionResource{} }

// aliasPromotionResource turns Terraform's requests into calls of the engine:
// the waiting and the deciding happen there.
type aliasPromotionResource struct{ data data }

// Metadata names the type.
func (r *aliasPromotionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_alias_promotion"
}

// Configure takes the provider's clients.
func (r *aliasPromotionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	configure(req.ProviderData, &r.data, &resp.Diagnostics)
}

// Create makes the alias, adopts what it serves, or releases. A failed one
// leaves no state: any state would be tainted, and replaced by the next plan.
func (r *aliasPromotionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan aliasPromotionModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	if r.release(ctx, &plan, nil, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
	}
}

// Update releases, or only stores settings. A failed one keeps the old
// version in state, so that the next plan offers the new one again.
func (r *aliasPromotionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior aliasPromotionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.Append(req.State.Get(ctx, &prior)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
	if plan.Status.IsUnknown() && !r.release(ctx, &plan, &prior, &resp.Diagnostics) {
		plan.Version, plan.Provisioned = prior.Version, prior.Provisioned
		if plan.Status.IsUnknown() { // it did not even begin
			plan.keepAll(prior)
		}
		plan.PreviousVersion = prior.PreviousVersion
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Read records facts. An alias that is gone is no longer in state.
func (r *aliasPromotionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m aliasPromotionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	// The framework wants an identity even of what turns out to be gone.
	if resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(m))...); resp.Diagnostics.HasError() || !r.data.known() {
		return
	}
	defer r.data.Clock.Join()()
	there, err := lambdaalias.FindRouting(ctx, r.data.aws.Lambda(), m.FunctionName.ValueString(), m.Alias.ValueString())
	switch {
	case errors.Is(err, rollout.ErrNotFound):
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.AddAttributeError(path.Root("alias"), "Cannot read alias", describe(err)+".")
		return
	}
	m.refresh(there, r.moving(ctx, m, there))
	r.readCapacity(ctx, &m)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// refresh writes what an alias serves into a model. After an import the
// version is the alias's own.
func (m *aliasPromotionModel) refresh(there lambdaalias.Routing, moving bool) {
	if m.Version.IsNull() {
		m.Version, m.Status = stringOrNull(there.Version), types.StringValue(statusPromoted)
		m.Schedule, m.History = types.ListNull(scheduleType()), types.ListNull(historyType())
	}
	version := m.Version.ValueString()
	held := m.Live.Elements()[version]
	m.Live = liveValue(there.Live())
	before := m.Status.ValueString()
	if moving {
		return
	}
	if before == statusHeld {
		if there.Other != version || !m.Live.Elements()[version].Equal(held) {
			m.Status = types.StringValue(statusUnverified)
		}
		return
	}
	m.Status = types.StringValue(seen(before, there.Whole(version), before == statusReleasing && there.Other != ""))
}

// Delete forgets: the alias goes on with what it serves.
func (r *aliasPromotionResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState takes "function:alias", or the identity.
func (r *aliasPromotionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id aliasPromotionIdentity
	if req.ID == "" {
		if resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...); resp.Diagnostics.HasError() {
			return
		}
	} else {
		cut := strings.LastIndex(req.ID, ":")
		if cut < 1 || functionFault(req.ID[:cut]) != "" || aliasFault(req.ID[cut+1:]) != "" {
			resp.Diagnostics.AddError("Invalid import id", fmt.Sprintf(`%q is not "function:alias", such as "shop-api:live".`, req.ID))
			return
		}
		id.FunctionName, id.Alias = types.StringValue(req.ID[:cut]), types.StringValue(req.ID[cut+1:])
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("function_name"), id.FunctionName)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("alias"), id.Alias)...)
}

func (r *aliasPromotionResource) identity(m aliasPromotionModel) aliasPromotionIdentity {
	return aliasPromotionIdentity{r.data.account(), r.data.region(), m.FunctionName, m.Alias}
}
