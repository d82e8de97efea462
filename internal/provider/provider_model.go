package provider

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// STS gives sessions of these lengths.
const (
	shortestSession = 15 * time.Minute
	longestSession  = 12 * time.Hour
)

// providerModel is the provider block.
type providerModel struct {
	Region                 types.String             `tfsdk:"region"`
	Profile                types.String             `tfsdk:"profile"`
	SharedConfigFiles      []string                 `tfsdk:"shared_config_files"`
	SharedCredentialsFiles []string                 `tfsdk:"shared_credentials_files"`
	AccessKey              types.String             `tfsdk:"access_key"`
	SecretKey              types.String             `tfsdk:"secret_key"`
	Token                  types.String             `tfsdk:"token"`
	MaxRetries             types.Int64              `tfsdk:"max_retries"`
	RetryMode              types.String             `tfsdk:"retry_mode"`
	TokenBucketCapacity    types.Int64              `tfsdk:"token_bucket_rate_limiter_capacity"`
	CustomCABundle         types.String             `tfsdk:"custom_ca_bundle"`
	HTTPProxy              types.String             `tfsdk:"http_proxy"`
	HTTPSProxy             types.String             `tfsdk:"https_proxy"`
	NoProxy                types.String             `tfsdk:"no_proxy"`
	UseFIPSEndpoint        types.Bool               `tfsdk:"use_fips_endpoint"`
	UseDualStackEndpoint   types.Bool               `tfsdk:"use_dualstack_endpoint"`
	S3UsePathStyle         types.Bool               `tfsdk:"s3_use_path_style"`
	SkipValidation         types.Bool               `tfsdk:"skip_credentials_validation"`
	SkipAccountID          types.Bool               `tfsdk:"skip_requesting_account_id"`
	AllowedAccountIDs      []string                 `tfsdk:"allowed_account_ids"`
	ForbiddenAccountIDs    []string                 `tfsdk:"forbidden_account_ids"`
	AssumeRole             []assumeRoleModel        `tfsdk:"assume_role"`
	WebIdentity            []webIdentityModel       `tfsdk:"assume_role_with_web_identity"`
	Endpoints              types.List               `tfsdk:"endpoints"`
	ReportDir              types.String             `tfsdk:"report_dir"`
	Registries             map[string]registryModel `tfsdk:"registries"`
}

type assumeRoleModel struct {
	RoleARN           types.String      `tfsdk:"role_arn"`
	Duration          durationValue     `tfsdk:"duration"`
	ExternalID        types.String      `tfsdk:"external_id"`
	Policy            types.String      `tfsdk:"policy"`
	PolicyARNs        []string          `tfsdk:"policy_arns"`
	SessionName       types.String      `tfsdk:"session_name"`
	SourceIdentity    types.String      `tfsdk:"source_identity"`
	Tags              map[string]string `tfsdk:"tags"`
	TransitiveTagKeys []string          `tfsdk:"transitive_tag_keys"`
}

type webIdentityModel struct {
	RoleARN     types.String  `tfsdk:"role_arn"`
	Duration    durationValue `tfsdk:"duration"`
	Policy      types.String  `tfsdk:"policy"`
	PolicyARNs  []string      `tfsdk:"policy_arns"`
	SessionName types.String  `tfsdk:"session_name"`
	Token       types.String  `tfsdk:"web_identity_token"`
	TokenFile   types.String  `tfsdk:"web_identity_token_file"`
}

// settings is the block in awsapi's words.
func (m providerModel) settings(diags *diag.Diagnostics) awsapi.Settings {
	s := awsapi.Settings{
		Region:                    m.Region.ValueString(),
		Profile:                   m.Profile.ValueString(),
		SharedConfigFiles:         m.SharedConfigFiles,
		SharedCredentialsFiles:    m.SharedCredentialsFiles,
		AccessKey:                 m.AccessKey.ValueString(),
		SecretKey:                 m.SecretKey.ValueString(),
		Token:                     m.Token.ValueString(),
		MaxRetries:                int(m.MaxRetries.ValueInt64()),
		RetryMode:                 m.RetryMode.ValueString(),
		TokenBucketCapacity:       int(m.TokenBucketCapacity.ValueInt64()),
		CustomCABundle:            m.CustomCABundle.ValueString(),
		HTTPProxy:                 m.HTTPProxy.ValueStringPointer(),
		HTTPSProxy:                m.HTTPSProxy.ValueStringPointer(),
		NoProxy:                   m.NoProxy.ValueString(),
		UseFIPSEndpoint:           m.UseFIPSEndpoint.ValueBool(),
		UseDualStackEndpoint:      m.UseDualStackEndpoint.ValueBool(),
		S3UsePathStyle:            m.S3UsePathStyle.ValueBool(),
		SkipCredentialsValidation: m.SkipValidation.ValueBool(),
		SkipRequestingAccountID:   m.SkipAccountID.ValueBool(),
		AllowedAccountIDs:         m.AllowedAccountIDs,
		ForbiddenAccountIDs:       m.ForbiddenAccountIDs,
		Endpoints:                 m.endpoints(diags),
		Paced:                     true,
	}
	for _, r := range m.AssumeRole {
		s.AssumeRole = append(s.AssumeRole, awsapi.AssumeRole{
			RoleARN:           r.RoleARN.ValueString(),
			Duration:          r.Duration.Duration(),
			ExternalID:        r.ExternalID.ValueString(),
			Policy:            r.Policy.ValueString(),
			PolicyARNs:        r.PolicyARNs,
			SessionName:       r.SessionName.ValueString(),
			SourceIdentity:    r.SourceIdentity.ValueString(),
			Tags:              r.Tags,
			TransitiveTagKeys: r.TransitiveTagKeys,
		})
	}
	for _, w := range m.WebIdentity {
		s.AssumeRoleWithWebIdentity = &awsapi.WebIdentity{
			RoleARN:     w.RoleARN.ValueString(),
			Duration:    w.Duration.Duration(),
			Policy:      w.Policy.ValueString(),
			PolicyARNs:  w.PolicyARNs,
			SessionName: w.SessionName.ValueString(),
			Token:       w.Token.ValueString(),
			TokenFile:   w.TokenFile.ValueString(),
		}
	}
	return s
}

// endpoints are the URLs of the endpoints block by awsapi's service names.
func (m providerModel) endpoints(diags *diag.Diagnostics) map[string]string {
	urls := map[string]string{}
	for _, block := range m.Endpoints.Elements() { // one at most
		given := block.(types.Object).Attributes()
		for _, name := range slices.Sorted(maps.Keys(given)) {
			url := given[name].(types.String).ValueString()
			service := name
			if of, ok := endpointAliases()[name]; ok {
				service = of
			}
			if url == "" {
				continue
			}
			if other := urls[service]; other != "" && other != url {
				diags.AddAttributeError(path.Root("endpoints"), "Endpoint given twice",
					fmt.Sprintf("endpoints.%s is %q, and another name of the same service says %q: keep one.", name, url, other))
			}
			urls[service] = url
		}
	}
	return urls
}
