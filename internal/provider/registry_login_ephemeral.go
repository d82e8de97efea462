package provider

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/ecr"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*registryLoginEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*registryLoginEphemeral)(nil)
)

// accountPattern is an AWS account's number.
var accountPattern = regexp.MustCompile(`^[0-9]{12}$`)

// NewRegistryLoginEphemeral is the ephemeral resource awsdeploy_registry_login.
func NewRegistryLoginEphemeral() ephemeral.EphemeralResource { return &registryLoginEphemeral{} }

type registryLoginEphemeral struct{ data }

type registryLoginModel struct {
	Host       types.String `tfsdk:"host"`
	RegistryID types.String `tfsdk:"registry_id"`
	Region     types.String `tfsdk:"region"`
	Username   types.String `tfsdk:"username"`
	Password   types.String `tfsdk:"password"`
	ExpiresAt  types.String `tfsdk:"expires_at"`
}

// Metadata names the type.
func (e *registryLoginEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_registry_login"
}

// Configure takes the provider's clients.
func (e *registryLoginEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	configure(req.ProviderData, &e.data, &resp.Diagnostics)
}

// Schema is what users write.
func (e *registryLoginEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Signs in to a registry of Amazon ECR, for whatever else in the configuration needs its password, such as another provider. " +
			"The password is good for at least an hour and for every repository that the credentials may use. It reaches neither plan nor state. " +
			"`awsdeploy_app_image` needs none of this: it signs in by itself.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Host of the registry, such as `123456789012.dkr.ecr.eu-central-1.amazonaws.com`, or `public.ecr.aws`. Excludes `registry_id` and `region`. Default: the registry of the provider's account and region.",
			},
			"registry_id": schema.StringAttribute{Optional: true, MarkdownDescription: "Account whose registry it is, 12 digits. Default: the provider's account."},
			"region":      schema.StringAttribute{Optional: true, MarkdownDescription: "Region of the registry; given together with `registry_id`. Default: the provider's region."},
			"username":    schema.StringAttribute{Computed: true, MarkdownDescription: "User to sign in as: `AWS`."},
			"password":    schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Password."},
			"expires_at":  schema.StringAttribute{Computed: true, MarkdownDescription: "When the password ends, in RFC 3339: up to 12 hours ahead."},
		},
	}
}

// ValidateConfig checks everything that needs no AWS.
func (e *registryLoginEphemeral) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var m registryLoginModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	check(&resp.Diagnostics, "registry_id", "Invalid registry", m.RegistryID, func(s string) error {
		if !accountPattern.MatchString(s) {
			return fmt.Errorf("%q is not the number of an account: it has 12 digits", s)
		}
		return nil
	})
	switch {
	case !m.Host.IsNull() && !m.RegistryID.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("host"), "Registry given twice", "Both `host` and `registry_id` are given: keep one.")
	case !m.Host.IsNull() && !m.Region.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("region"), "Registry given twice", "`host` names the region already: remove `region`.")
	case m.RegistryID.IsNull() && !m.Region.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("region"), "Registry not named", "`region` alone does not name a registry: give `registry_id` too.")
	}
}

// Open gets the password.
func (e *registryLoginEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m registryLoginModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if !e.known() {
		resp.Diagnostics.AddError("AWS not configured", "The provider's configuration is not known yet, so nobody can be signed in.")
		return
	}
	host := m.Host.ValueString()
	if !m.RegistryID.IsNull() {
		region := e.aws.Region
		if !m.Region.IsNull() {
			region = m.Region.ValueString()
		}
		host = ecr.Host(m.RegistryID.ValueString(), region, e.aws.Domain(region))
	}
	if host != "" && host != ecr.PublicHost && !e.keychain.Serves(host) {
		resp.Diagnostics.AddAttributeError(path.Root("host"), "Not a registry of ECR", fmt.Sprintf(
			"`host` is %q: only ECR gives passwords for AWS credentials. Write 123456789012.dkr.ecr.eu-central-1.amazonaws.com, without a path or scheme, or public.ecr.aws.", host))
		return
	}
	t, err := e.keychain.SignIn(ctx, host)
	if err != nil {
		resp.Diagnostics.AddError("Not signed in", sentence(err)+" The credentials need `ecr:GetAuthorizationToken`; for ECR Public `ecr-public:GetAuthorizationToken` and `sts:GetServiceBearerToken`.")
		return
	}
	if host == "" {
		host = t.Host
	}
	m.Host, m.Username, m.Password = types.StringValue(host), types.StringValue(t.Username), types.StringValue(t.Password)
	m.ExpiresAt = types.StringValue(t.Expires.UTC().Format(time.RFC3339))
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}
