package provider

import (
	"context"
	"fmt"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// Schema is the provider block. Names and meanings are those of hashicorp/aws,
// so that one set of values configures both.
func (p *awsdeployProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Plans and applies whole upgrades of applications on AWS: builds, versions, and step-by-step releases that are verified and taken back when they are bad. " +
			"The configuration is that of the `hashicorp/aws` provider: everything left out is taken from the environment, as the AWS CLI does.",
		Attributes: map[string]schema.Attribute{
			"region":                   text("AWS region, such as `eu-central-1`. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's."),
			"profile":                  text("Profile in the shared configuration and credentials files. Default: `AWS_PROFILE`."),
			"shared_config_files":      texts("Paths of shared configuration files. Default: `AWS_CONFIG_FILE`, or `~/.aws/config`."),
			"shared_credentials_files": texts("Paths of shared credentials files. Default: `AWS_SHARED_CREDENTIALS_FILE`, or `~/.aws/credentials`."),
			"access_key": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Access key; given together with `secret_key`. Default: `AWS_ACCESS_KEY_ID`.",
				Validators:          []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("secret_key"))},
			},
			"secret_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Secret key; given together with `access_key`. Default: `AWS_SECRET_ACCESS_KEY`.",
				Validators:          []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("access_key"))},
			},
			"token": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Session token of temporary credentials. Default: `AWS_SESSION_TOKEN`.",
			},
			"max_retries": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Attempts for each AWS call, the first one included. Default: `25`.",
				Validators:          []validator.Int64{int64validator.Between(1, 1000)},
			},
			"retry_mode": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "How calls are retried: `standard` or `adaptive`. Default: `AWS_RETRY_MODE`, or `standard`.",
				Validators:          []validator.String{stringvalidator.OneOf("standard", "adaptive")},
			},
			"token_bucket_rate_limiter_capacity": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Size of the token bucket that limits retries. Default: no limit.",
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"custom_ca_bundle":       text("Path of a file of PEM certificates that are trusted beside the system's. Default: `AWS_CA_BUNDLE`."),
			"http_proxy":             text("URL of the proxy for `http` endpoints; an empty string means none. Default: `HTTP_PROXY`."),
			"https_proxy":            text("URL of the proxy for `https` endpoints, thus for AWS; an empty string means none. Default: `HTTPS_PROXY`."),
			"no_proxy":               text("Hosts that are reached without a proxy, separated by commas. Default: `NO_PROXY`."),
			"use_fips_endpoint":      flag("Use endpoints validated under FIPS 140. Default: `AWS_USE_FIPS_ENDPOINT`, or `false`."),
			"use_dualstack_endpoint": flag("Use endpoints that speak IPv6 too. Default: `AWS_USE_DUALSTACK_ENDPOINT`, or `false`."),
			"s3_use_path_style":      flag("Address S3 buckets in the path (`https://host/bucket/key`) instead of the host name. Default: `false`."),
			"skip_credentials_validation": flag("Do not check the credentials when the provider starts. Default: `false`. " +
				"The account is still asked for, unless `skip_requesting_account_id` is set too."),
			"skip_requesting_account_id": flag("Do not ask STS for the account. Default: `false`. Has an effect together with `skip_credentials_validation`."),
			"report_dir": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Directory for reports, relative to where Terraform runs. Every release makes a directory of its own in it: `events.jsonl` (JSON lines), `summary.md`, " +
					"and `index.html`, a page that renews itself while the release runs. Default: no reports. In GitHub Actions the summary is added to the job's summary in any case."},
			"allowed_account_ids": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Accounts that this configuration may touch; any other is an error. Excludes `forbidden_account_ids`.",
			},
			"forbidden_account_ids": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          []validator.Set{setvalidator.ConflictsWith(path.MatchRoot("allowed_account_ids"))},
				MarkdownDescription: "Accounts that this configuration must not touch. Excludes `allowed_account_ids`.",
			},
			"registries": registriesAttribute(),
		},
		Blocks: map[string]schema.Block{
			"assume_role": schema.ListNestedBlock{
				MarkdownDescription: "A role to assume. Several blocks are a chain: each role is assumed with the credentials of the one before it.",
				NestedObject:        schema.NestedBlockObject{Attributes: assumeRoleAttributes()},
			},
			"assume_role_with_web_identity": schema.ListNestedBlock{
				MarkdownDescription: "A role to assume with a token of an OpenID Connect provider.",
				Validators:          []validator.List{listvalidator.SizeAtMost(1)},
				NestedObject:        schema.NestedBlockObject{Attributes: webIdentityAttributes()},
			},
			"endpoints": schema.ListNestedBlock{
				MarkdownDescription: "URLs to use instead of AWS's own, for each service. Default: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`.",
				Validators:          []validator.List{listvalidator.SizeAtMost(1)},
				NestedObject:        schema.NestedBlockObject{Attributes: endpointAttributes()},
			},
		},
	}
}

func assumeRoleAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"role_arn":            schema.StringAttribute{Required: true, MarkdownDescription: "ARN of the role."},
		"duration":            roleDuration(),
		"external_id":         text("External id that the role's trust policy asks for."),
		"policy":              text("JSON policy that narrows the session's permissions."),
		"policy_arns":         schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "ARNs of managed policies that narrow the session's permissions."},
		"session_name":        text("Name of the session, as CloudTrail shows it. Default: made up by the SDK."),
		"source_identity":     text("Source identity of the session."),
		"tags":                schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Tags of the session."},
		"transitive_tag_keys": schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Keys of `tags` that pass on to the next role of a chain."},
	}
}

func webIdentityAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"role_arn":     schema.StringAttribute{Optional: true, MarkdownDescription: "ARN of the role. Default: `AWS_ROLE_ARN`."},
		"duration":     roleDuration(),
		"policy":       text("JSON policy that narrows the session's permissions."),
		"policy_arns":  schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "ARNs of managed policies that narrow the session's permissions."},
		"session_name": text("Name of the session. Default: `AWS_ROLE_SESSION_NAME`."),
		"web_identity_token": schema.StringAttribute{
			Optional: true, Sensitive: true,
			MarkdownDescription: "The token itself. Excludes `web_identity_token_file`.",
			Validators:          []validator.String{stringvalidator.ConflictsWith(path.MatchRelative().AtParent().AtName("web_identity_token_file"))},
		},
		"web_identity_token_file": text("Path of a file that holds the token. Default: `AWS_WEB_IDENTITY_TOKEN_FILE`."),
	}
}

func endpointAttributes() map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for _, service := range awsapi.Services() {
		out[service] = endpoint(fmt.Sprintf("URL for service `%s`.", service))
	}
	for alias, service := range endpointAliases() {
		out[alias] = endpoint(fmt.Sprintf("Another name for `%s`, as `hashicorp/aws` has it.", service))
	}
	return out
}

// endpointAliases are the other names that hashicorp/aws takes for a service.
func endpointAliases() map[string]string {
	return map[string]string{"cloudwatchlog": "logs", "cloudwatchlogs": "logs", "deploy": "codedeploy", "elb": "elbv2", "elasticloadbalancing": "elbv2", "elasticloadbalancingv2": "elbv2"}
}

func text(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description}
}

func texts(description string) schema.ListAttribute {
	return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description}
}

func flag(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func roleDuration() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, CustomType: durationType{},
		MarkdownDescription: "How long the session lasts, such as `1h`: from 15 minutes to 12 hours. Default: what STS gives, `15m`.",
		Validators:          []validator.String{durationBetween(shortestSession, longestSession)},
	}
}

func endpoint(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{webURL{}}}
}

// webURL refuses what is no http or https URL.
type webURL struct{}

func (webURL) Description(context.Context) string { return "an http or https URL" }

func (v webURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (webURL) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	u, err := url.Parse(req.ConfigValue.ValueString())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid URL",
			fmt.Sprintf("%s is %q; write a URL with its scheme and host, such as \"https://sts.eu-west-1.amazonaws.com\".", req.Path, req.ConfigValue.ValueString()))
	}
}
