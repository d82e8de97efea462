package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema is what users write.
func (r *launchTemplateVersionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes an immutable version of an EC2 launch template, from a source version and overrides, ready to be released with `awsdeploy_rolling_release`. " +
			"A change makes another version in place; versions stay when the resource is destroyed, unless `delete_on_destroy` is set. " +
			"A newer version of exactly the wanted content, such as one that an interrupted apply left, is taken instead of making it again." + neededNote("awsdeploy_launch_template_version"),
		Attributes: map[string]schema.Attribute{
			"launch_template_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Id of the launch template. One of `launch_template_id` and `launch_template_name` is required; another template makes another resource.",
				Validators:          []validator.String{shape(`^lt-[0-9a-f]+$`, "must be the id of a launch template, such as \"lt-0abc123def4567890\"")},
			},
			"launch_template_name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Name of the launch template. It is resolved once: from then on the id counts.",
				Validators:          []validator.String{stringvalidator.LengthBetween(3, 128)},
			},
			"source_version": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Number of the version that this one starts from, as a string. Default: the template's default version; when another one becomes the default, a version is made from that (unless it is this very version).",
				Validators:          []validator.String{versionNumber{}},
			},
			"description": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Description of the version, at most 255 characters. It cannot be edited, so another one makes another version.",
				Validators:          []validator.String{stringvalidator.LengthBetween(1, 255)},
			},
			"image_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "AMI of the instances.",
				Validators: []validator.String{shape(`^ami-[0-9a-f]+$`,
					"must be the id of an AMI, such as \"ami-0abc123def4567890\"; a Systems Manager parameter is refused, because AWS does not roll back to what may change by itself")},
			},
			"instance_type": optional("Type of the instances, such as `t3.small`."),
			"key_name":      optional("Name of the key pair for SSH."),
			"user_data": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "User data in base64, at most 16 KB before encoding: `base64encode(…)`.",
				Validators:          []validator.String{userData{}},
			},
			"vpc_security_group_ids": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Ids of security groups; all of the source's are replaced. Not for templates that describe network interfaces.",
				Validators: []validator.Set{
					setvalidator.SizeAtLeast(1),
					setvalidator.ValueStringsAre(shape(`^sg-[0-9a-f]+$`, "must be the id of a security group")),
				},
			},
			"iam_instance_profile": optional("Name or ARN of the instance profile."),
			"ebs_optimized":        schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the instances are optimized for EBS."},
			"monitoring":           schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the instances have detailed monitoring (a metric a minute)."},
			"tags": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Tags of the instances, added to those of the source. Keys that begin with `aws:` belong to AWS.",
				Validators: []validator.Map{
					mapvalidator.SizeAtLeast(1),
					mapvalidator.KeysAre(stringvalidator.LengthBetween(1, 128), stringvalidator.RegexMatches(regexp.MustCompile(`^([^a]|a[^w]|aw[^s]|aws[^:]|.{1,3}$)`), "must not begin with aws:, which is AWS's")),
					mapvalidator.ValueStringsAre(stringvalidator.LengthAtMost(256)),
				},
			},
			"delete_on_destroy": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Delete the version when the resource is destroyed. It is refused while the version is the template's default, or an Auto Scaling group uses it. Default: `false`.",
			},
			"version": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Number of the version, as a string.",
			},
		},
	}
}

// ConfigValidators ask for exactly one name of the template.
func (r *launchTemplateVersionResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(path.MatchRoot("launch_template_id"), path.MatchRoot("launch_template_name")),
	}
}

// IdentitySchema names a version for import.
func (r *launchTemplateVersionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityScope(map[string]identityschema.Attribute{
		"launch_template_id": identityschema.StringAttribute{RequiredForImport: true, Description: "The launch template's id."},
		"version":            identityschema.StringAttribute{RequiredForImport: true, Description: "The version's number."},
	})
}

// optional is text that must not be empty: leaving it out takes the source's.
func optional(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, MarkdownDescription: description,
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

func shape(pattern, message string) validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(pattern), message)
}
