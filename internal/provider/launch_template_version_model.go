package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/launchtemplate"
)

// launchTemplateVersionModel is the resource's configuration and state.
type launchTemplateVersionModel struct {
	TemplateID         types.String `tfsdk:"launch_template_id"`
	TemplateName       types.String `tfsdk:"launch_template_name"`
	SourceVersion      types.String `tfsdk:"source_version"`
	Description        types.String `tfsdk:"description"`
	ImageID            types.String `tfsdk:"image_id"`
	InstanceType       types.String `tfsdk:"instance_type"`
	KeyName            types.String `tfsdk:"key_name"`
	UserData           types.String `tfsdk:"user_data"`
	SecurityGroupIDs   types.Set    `tfsdk:"vpc_security_group_ids"`
	IAMInstanceProfile types.String `tfsdk:"iam_instance_profile"`
	EBSOptimized       types.Bool   `tfsdk:"ebs_optimized"`
	Monitoring         types.Bool   `tfsdk:"monitoring"`
	Tags               types.Map    `tfsdk:"tags"`
	DeleteOnDestroy    types.Bool   `tfsdk:"delete_on_destroy"`
	Version            types.String `tfsdk:"version"`
}

// launchTemplateVersionIdentity names a version in AWS.
type launchTemplateVersionIdentity struct {
	AccountID  types.String `tfsdk:"account_id"`
	Region     types.String `tfsdk:"region"`
	TemplateID types.String `tfsdk:"launch_template_id"`
	Version    types.String `tfsdk:"version"`
}

// imported tells a state that was imported: AWS does not say what a version
// was made from.
func (m launchTemplateVersionModel) imported() bool { return m.SourceVersion.IsNull() }

// sameContent tells whether two configurations ask for the same content. A
// value that is not known yet is another one.
func (m launchTemplateVersionModel) sameContent(o launchTemplateVersionModel) bool {
	return m.Description.Equal(o.Description) && m.ImageID.Equal(o.ImageID) && m.InstanceType.Equal(o.InstanceType) &&
		m.KeyName.Equal(o.KeyName) && m.UserData.Equal(o.UserData) && m.SecurityGroupIDs.Equal(o.SecurityGroupIDs) &&
		m.IAMInstanceProfile.Equal(o.IAMInstanceProfile) && m.EBSOptimized.Equal(o.EBSOptimized) &&
		m.Monitoring.Equal(o.Monitoring) && m.Tags.Equal(o.Tags)
}

// contentKnown tells whether nothing of the content is yet to be known.
func (m launchTemplateVersionModel) contentKnown() bool {
	for _, v := range []interface{ IsUnknown() bool }{
		m.Description, m.ImageID, m.InstanceType, m.KeyName, m.UserData, m.SecurityGroupIDs, m.IAMInstanceProfile,
		m.EBSOptimized, m.Monitoring, m.Tags,
	} {
		if v.IsUnknown() {
			return false
		}
	}
	for _, element := range m.SecurityGroupIDs.Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	for _, element := range m.Tags.Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	return true
}

// overrides is the content in the words of AWS. All of it is known.
func (m launchTemplateVersionModel) overrides(ctx context.Context, diags *diag.Diagnostics) launchtemplate.Overrides {
	o := launchtemplate.Overrides{
		ImageID:            m.ImageID.ValueStringPointer(),
		InstanceType:       m.InstanceType.ValueStringPointer(),
		KeyName:            m.KeyName.ValueStringPointer(),
		UserData:           m.UserData.ValueStringPointer(),
		IAMInstanceProfile: m.IAMInstanceProfile.ValueStringPointer(),
		EBSOptimized:       m.EBSOptimized.ValueBoolPointer(),
		Monitoring:         m.Monitoring.ValueBoolPointer(),
	}
	diags.Append(m.SecurityGroupIDs.ElementsAs(ctx, &o.SecurityGroupIDs, false)...)
	diags.Append(m.Tags.ElementsAs(ctx, &o.Tags, false)...)
	return o
}
