package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/launchtemplate"
)

var (
	_ resource.ResourceWithConfigure        = (*launchTemplateVersionResource)(nil)
	_ resource.ResourceWithConfigValidators = (*launchTemplateVersionResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*launchTemplateVersionResource)(nil)
	_ resource.ResourceWithImportState      = (*launchTemplateVersionResource)(nil)
	_ resource.ResourceWithIdentity         = (*launchTemplateVersionResource)(nil)
)

// NewLaunchTemplateVersionResource is awsdeploy_launch_template_version.
func NewLaunchTemplateVersionResource() resource.Resource { return &launchTemplateVersionResource{} }

type launchTemplateVersionResource struct{ data }

func (r *launchTemplateVersionResource) templates() launchtemplate.Templates {
	return launchtemplate.Templates{Client: r.aws.EC2(), Groups: r.aws.AutoScaling(), Clock: r.Clock}
}

// Metadata names the type. Its identity moves with the version.
func (r *launchTemplateVersionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_launch_template_version"
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes the provider's clients.
func (r *launchTemplateVersionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	configure(req.ProviderData, &r.data, &resp.Diagnostics)
}

// Create makes the first version.
func (r *launchTemplateVersionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan launchTemplateVersionModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	if r.produce(ctx, &plan, "", &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
	}
}

// Update makes another version, or changes state alone.
func (r *launchTemplateVersionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior launchTemplateVersionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.Append(req.State.Get(ctx, &prior)...); resp.Diagnostics.HasError() {
		return
	}
	if plan.Version.IsUnknown() && !r.produce(ctx, &plan, prior.Version.ValueString(), &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(prior))...)
		return // state keeps the version before
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(plan))...)
}

// produce makes the version that m plans, records it in m and reports success.
// prior is the number of the version before it, empty when there is none.
func (r *launchTemplateVersionResource) produce(ctx context.Context, m *launchTemplateVersionModel, prior string, diags *diag.Diagnostics) bool {
	overrides := m.overrides(ctx, diags)
	if diags.HasError() {
		return false
	}
	defer r.Clock.Join()()
	template, err := r.templates().Find(ctx, m.TemplateID.ValueString(), m.TemplateName.ValueString())
	if err != nil {
		addVersionNotMade(err, diags)
		return false
	}
	source := m.SourceVersion.ValueString()
	if source == "" {
		source = template.Default
	}
	version, warnings, err := r.templates().Create(ctx, launchtemplate.Order{
		TemplateID: template.ID, Source: source, After: prior, Description: m.Description.ValueString(), Overrides: overrides,
	})
	if err != nil {
		addVersionNotMade(err, diags)
		return false
	}
	for _, text := range warnings {
		diags.AddWarning(fmt.Sprintf("Version %s of %s may not launch", version.Number, template.ID), "AWS says: "+text)
	}
	m.TemplateID, m.TemplateName = types.StringValue(template.ID), types.StringValue(template.Name)
	m.SourceVersion, m.Version = types.StringValue(source), types.StringValue(version.Number)
	return true
}

func addVersionNotMade(err error, diags *diag.Diagnostics) {
	diags.AddError("Version not made", awsapi.Describe(err)+".\n\nNothing was released: groups use the versions that they used. Apply again once the cause is gone.")
}

// Read forgets a version that was deleted outside.
func (r *launchTemplateVersionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m launchTemplateVersionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	// The framework wants an identity even of what turns out to be gone.
	if resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(m))...); resp.Diagnostics.HasError() || !r.known() {
		return
	}
	_, err := r.templates().FindVersion(ctx, m.TemplateID.ValueString(), m.Version.ValueString())
	if err == nil && m.TemplateName.IsNull() { // after import
		var template launchtemplate.Template
		template, err = r.templates().Find(ctx, m.TemplateID.ValueString(), "")
		m.TemplateName = types.StringValue(template.Name)
	}
	switch {
	case awsapi.IsNotFound(err):
		resp.State.RemoveResource(ctx)
	case err != nil:
		resp.Diagnostics.AddError("Cannot read template version", awsapi.Describe(err))
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	}
}

// Delete forgets the version, or deletes it where that was asked for.
func (r *launchTemplateVersionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var m launchTemplateVersionModel
	if resp.Diagnostics.Append(req.State.Get(ctx, &m)...); resp.Diagnostics.HasError() || !m.DeleteOnDestroy.ValueBool() {
		return
	}
	id, number := m.TemplateID.ValueString(), m.Version.ValueString()
	version, err := r.templates().FindVersion(ctx, id, number)
	if awsapi.IsNotFound(err) {
		return
	}
	var users []string
	if err == nil && version.IsDefault {
		inUse(fmt.Sprintf("Version %s is the default version of launch template %s. Make another version the default first", number, id), &resp.Diagnostics)
		return
	}
	if err == nil {
		users, err = r.templates().Users(ctx, id, number)
	}
	if len(users) > 0 {
		inUse(fmt.Sprintf("Version %s of launch template %s is used by the Auto Scaling group %s. Release another version there first", number, id, strings.Join(users, ", ")), &resp.Diagnostics)
		return
	}
	if err == nil {
		err = r.templates().Delete(ctx, id, number)
	}
	if err != nil {
		resp.Diagnostics.AddError("Version not deleted", awsapi.Describe(err)+".")
	}
}

func inUse(why string, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("delete_on_destroy"), "Version is in use",
		why+", or set delete_on_destroy to false to leave the version alone.")
}

// ImportState takes "template-id:version", or an identity.
func (r *launchTemplateVersionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id launchTemplateVersionIdentity
	if req.ID != "" {
		template, version, _ := strings.Cut(req.ID, ":")
		if !strings.HasPrefix(template, "lt-") || !number.MatchString(version) {
			resp.Diagnostics.AddError("Invalid import id", fmt.Sprintf("%q: write the template's id and the version's number, such as \"lt-0abc123def4567890:7\".", req.ID))
			return
		}
		id.TemplateID, id.Version = types.StringValue(template), types.StringValue(version)
	} else if resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...); resp.Diagnostics.HasError() {
		return
	}
	if !r.inScope(id.AccountID, id.Region, &resp.Diagnostics) {
		return
	}
	m := launchTemplateVersionModel{
		TemplateID: id.TemplateID, Version: id.Version, DeleteOnDestroy: types.BoolValue(false),
		SecurityGroupIDs: types.SetNull(types.StringType), Tags: types.MapNull(types.StringType),
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.identity(m))...)
}

func (r *launchTemplateVersionResource) identity(m launchTemplateVersionModel) launchTemplateVersionIdentity {
	return launchTemplateVersionIdentity{AccountID: r.account(), Region: r.region(), TemplateID: m.TemplateID, Version: m.Version}
}
