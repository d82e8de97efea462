package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/launchtemplate"
)

// ModifyPlan leaves the version to be known after apply exactly when applying
// makes one.
func (r *launchTemplateVersionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroying
	}
	var config, plan launchTemplateVersionModel
	var prior *launchTemplateVersionModel // nil when there is none
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.TemplateID, plan.TemplateName, plan.SourceVersion = config.TemplateID, config.TemplateName, config.SourceVersion
	template := r.planTemplate(ctx, &plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if prior != nil && !plan.sameTemplate(*prior) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root(config.templateAttribute()))
		prior = nil
	}
	if prior != nil && r.keeps(ctx, config, *prior, template, &resp.Diagnostics) {
		plan.TemplateID, plan.TemplateName = prior.TemplateID, prior.TemplateName
		plan.Version, plan.SourceVersion = prior.Version, keptSource(config, *prior)
	} else {
		plan.Version = types.StringUnknown()
		if config.SourceVersion.IsNull() {
			plan.SourceVersion = types.StringUnknown()
		}
		r.checkContent(ctx, plan, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// planTemplate resolves the template that the plan names and fills in its
// other name. It is nil while that cannot be told.
func (r *launchTemplateVersionResource) planTemplate(ctx context.Context, plan *launchTemplateVersionModel, diags *diag.Diagnostics) *launchtemplate.Template {
	id, name := plan.TemplateID.ValueString(), plan.TemplateName.ValueString()
	if plan.TemplateID.IsNull() {
		plan.TemplateID = types.StringUnknown()
	}
	if plan.TemplateName.IsNull() {
		plan.TemplateName = types.StringUnknown()
	}
	if !r.known() || id+name == "" {
		return nil
	}
	template, err := r.templates().Find(ctx, id, name)
	switch {
	case err == nil:
		plan.TemplateID, plan.TemplateName = types.StringValue(template.ID), types.StringValue(template.Name)
		return &template
	case awsapi.IsNotFound(err) && id != "": // an id is only known of what exists
		diags.AddAttributeError(path.Root("launch_template_id"), "No such launch template", fmt.Sprintf(
			"There is no launch template %s in %s. Check the id and the provider's region.", id, r.aws.Region))
	case awsapi.IsNotFound(err): // the same apply may create it
		diags.AddAttributeWarning(path.Root("launch_template_name"), fmt.Sprintf("Launch template %s does not exist yet", name), fmt.Sprintf(
			"There is no launch template %q in %s. Unless this apply creates it before, making a version will fail.", name, r.aws.Region))
	default:
		diags.AddWarning(fmt.Sprintf("Launch template %s not checked", id+name), awsapi.Describe(err)+".")
	}
	return nil
}

// sameTemplate compares ids, and names while an id is not known.
func (m launchTemplateVersionModel) sameTemplate(prior launchTemplateVersionModel) bool {
	if m.TemplateID.IsUnknown() && !m.TemplateName.IsUnknown() {
		return m.TemplateName.Equal(prior.TemplateName)
	}
	return m.TemplateID.Equal(prior.TemplateID)
}

// templateAttribute is the attribute by which a configuration names the
// template.
func (m launchTemplateVersionModel) templateAttribute() string {
	if m.TemplateID.IsNull() {
		return "launch_template_name"
	}
	return "launch_template_id"
}

// keeps tells whether the version in state is what the configuration wants.
func (r *launchTemplateVersionResource) keeps(ctx context.Context, config, prior launchTemplateVersionModel, template *launchtemplate.Template, diags *diag.Diagnostics) bool {
	if prior.imported() {
		return r.holds(ctx, config, prior, diags)
	}
	if !config.sameContent(prior) {
		return false
	}
	if !config.SourceVersion.IsNull() {
		return config.SourceVersion.Equal(prior.SourceVersion)
	}
	if template == nil || template.Default == prior.SourceVersion.ValueString() || template.Default == prior.Version.ValueString() {
		return true
	}
	diags.AddWarning(fmt.Sprintf("Default of %s changed", template.ID), fmt.Sprintf(
		"Version %s was made from version %s, and the default is version %s now, so another version is made from that. Set source_version to choose for yourself.",
		prior.Version.ValueString(), prior.SourceVersion.ValueString(), template.Default))
	return false
}

// holds tells whether an imported version has all that the configuration
// asks for.
func (r *launchTemplateVersionResource) holds(ctx context.Context, config, prior launchTemplateVersionModel, diags *diag.Diagnostics) bool {
	if !r.known() || !config.contentKnown() {
		return false
	}
	version, err := r.templates().FindVersion(ctx, prior.TemplateID.ValueString(), prior.Version.ValueString())
	if err != nil {
		diags.AddWarning(fmt.Sprintf("Launch template %s not compared", prior.TemplateID.ValueString()), awsapi.Describe(err)+".")
		return false
	}
	return version.Has(config.overrides(ctx, diags)) && (config.Description.IsNull() || config.Description.ValueString() == version.Description)
}

// keptSource is the source of a version that stays.
func keptSource(config, prior launchTemplateVersionModel) types.String {
	if config.SourceVersion.IsNull() {
		return prior.SourceVersion
	}
	return config.SourceVersion
}

// checkContent refuses a version that AWS would refuse, or that could not
// launch.
func (r *launchTemplateVersionResource) checkContent(ctx context.Context, plan launchTemplateVersionModel, diags *diag.Diagnostics) {
	if !r.known() {
		return
	}
	if id, source := plan.TemplateID.ValueString(), plan.SourceVersion.ValueString(); id != "" && source != "" {
		switch _, err := r.templates().FindVersion(ctx, id, source); {
		case awsapi.IsNotFound(err):
			diags.AddAttributeError(path.Root("source_version"), "No such version", fmt.Sprintf(
				"Launch template %s has no version %s. Give the number of one that it has, or leave source_version out for the default version.", id, source))
		case err != nil:
			diags.AddWarning(fmt.Sprintf("Version %s of %s not checked", source, id), awsapi.Describe(err)+".")
		}
	}
	if image := plan.ImageID.ValueString(); image != "" {
		switch err := r.templates().CheckImage(ctx, image); {
		case err == nil:
		case launchtemplate.ImageFault(err):
			diags.AddAttributeError(path.Root("image_id"), "AMI cannot be used", fmt.Sprintf(
				"%s. Give the id of an AMI in %s that this account may launch.", awsapi.Describe(err), r.aws.Region))
		default:
			diags.AddWarning(fmt.Sprintf("AMI %s not checked", image), awsapi.Describe(err)+".")
		}
	}
}
