package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/objectvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema is what users write.
func (r *functionVersionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Puts new code into a Lambda function and publishes it as an immutable version, ready to be released with `awsdeploy_alias_promotion`. " +
			"A change of the code, of `triggers` or of the function's own settings publishes another version in place; versions stay when the resource is destroyed, unless `delete_on_destroy` is set.\n\n" +
			"The function itself belongs to another resource, `aws_lambda_function` for example, which then ignores its code attributes (`lifecycle { ignore_changes = [filename, source_code_hash] }`) and leaves `publish` at `false`." + neededNote("awsdeploy_function_version"),
		Attributes: map[string]schema.Attribute{
			"function_name": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Name of the function. Another name makes another resource.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators: []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`),
					"must be the function's name alone: up to 64 letters, digits, hyphens and underscores, no ARN and no qualifier")},
			},
			"filename": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Path of a ZIP archive, at most 50 MB, or 250 MB unpacked with `upload`; more is an error of the plan. Its digest is shown in the plan, and code that the function has already is not sent. " +
					"One of `filename`, `s3_bucket` and `image_uri` is required.",
			},
			"upload": schema.SingleNestedAttribute{
				Optional:   true,
				Validators: []validator.Object{objectvalidator.AlsoRequires(path.MatchRoot("filename"))},
				MarkdownDescription: "Where an archive of more than 50 MB, which Lambda does not take directly, goes on its way there; a smaller one is sent as it is. " +
					"It is uploaded once, under a key made of its hash, and stays there: a lifecycle rule of the bucket may delete it.",
				Attributes: map[string]schema.Attribute{
					"bucket": schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthBetween(3, 255)},
						MarkdownDescription: "Bucket in the function's region."},
					"key_prefix": schema.StringAttribute{Optional: true,
						MarkdownDescription: "What the key begins with, for example `shop/`. The key is `<key_prefix><sha256>/<file name>`. Default: nothing."},
				},
			},
			"s3_bucket": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Bucket that holds the ZIP archive, in the function's region.",
				Validators:          []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("s3_key"))},
			},
			"s3_key": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Key of the ZIP archive in `s3_bucket`. Put a digest into it, or give `s3_object_version`: an object that is replaced under the same key is not seen.",
				Validators:          []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("s3_bucket"))},
			},
			"s3_object_version": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Version of the object, in a bucket with versioning.",
				Validators:          []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("s3_key"))},
			},
			"image_uri": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Image in Amazon ECR, for a function of package type `Image`. Best by digest (`repository@sha256:…`): Lambda resolves a tag once, and a tag that moves is not seen.",
			},
			"triggers": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Any values; when they change, the code is sent and published again. Lambda answers with the existing version when nothing changed in fact.",
			},
			"description": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Description of the published version, at most 256 characters. A new description alone makes no new version.",
				Validators:          []validator.String{stringvalidator.LengthAtMost(256)},
			},
			"keep_versions": schema.Int64Attribute{
				Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "How many published versions to keep, at least 1: once a new one is published, older ones are deleted. Default: all are kept. " +
					"A version always stays that an alias serves, also by a weight, or that provisioned concurrency or an event source mapping uses; and the newest one before each version that an alias serves, " +
					"to which a roll-back goes. Lambda tells of no other use: count generously where something invokes a version by its own ARN, or where releases are skipped. " +
					"The plan names the versions that go. Versions that cannot be deleted, or whose use cannot be read, are a warning.",
			},
			"delete_on_destroy": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Delete the version when the resource is destroyed. It is refused while an alias, provisioned concurrency or an event source mapping uses it. Default: `false`.",
			},
			"version": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Number of the published version, as a string.",
			},
			"qualified_arn": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "ARN of the published version.",
			},
			"code_sha256": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Digest of the code as Lambda tells it: of an archive in base64, of an image in hexadecimal digits. Known in the plan with `filename`.",
			},
		},
	}
}

// ConfigValidators ask for exactly one source of code.
func (r *functionVersionResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(path.MatchRoot("filename"), path.MatchRoot("s3_bucket"), path.MatchRoot("image_uri")),
	}
}

// IdentitySchema names a version for import.
func (r *functionVersionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityScope(map[string]identityschema.Attribute{
		"function_name": identityschema.StringAttribute{RequiredForImport: true, Description: "The function's name."},
		"version":       identityschema.StringAttribute{RequiredForImport: true, Description: "The published version's number."},
	})
}
