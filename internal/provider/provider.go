package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// product is the provider's name in the user agent.
const product = "terraform-provider-awsdeploy"

// Env is what the provider needs from the process it runs in.
type Env struct {
	// Clock tells the time, and everything that waits waits on it.
	Clock clock.Clock
	// Stopping tells whether Terraform asked the provider to stop. A context
	// that is cancelled while it says false means that Terraform is gone.
	Stopping func() bool
	// Version is the provider's own.
	Version string
	// StepSummary is the file that a CI job's summary is added to; empty where
	// there is none.
	StepSummary string
}

var (
	_ provider.Provider                       = (*awsdeployProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*awsdeployProvider)(nil)
	_ provider.ProviderWithFunctions          = (*awsdeployProvider)(nil)
)

type awsdeployProvider struct{ env Env }

// New is the provider.
func New(env Env) provider.Provider { return &awsdeployProvider{env} }

// Metadata names the provider.
func (p *awsdeployProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "awsdeploy"
	resp.Version = p.env.Version
}

// Configure makes the AWS clients, or leaves them out while values of the
// configuration come from resources that do not exist yet.
func (p *awsdeployProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	if !req.Config.Raw.IsFullyKnown() {
		p.hand(newData(p.env, nil, image.Access{}), resp)
		return
	}
	var m providerModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	settings := m.settings(&resp.Diagnostics)
	access := m.access(settings, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	settings.Product, settings.Version = product, p.env.Version
	clients, err := awsapi.New(ctx, settings, p.env.Clock)
	if err != nil {
		addConfigError(err, &resp.Diagnostics)
		return
	}
	for _, text := range clients.Warnings {
		resp.Diagnostics.AddWarning("Provider configuration", text)
	}
	d := newData(p.env, clients, access)
	d.reportDir = m.ReportDir.ValueString()
	p.hand(d, resp)
}

// hand gives everything that the provider serves the same clients.
func (p *awsdeployProvider) hand(d data, resp *provider.ConfigureResponse) {
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = d, d, d
}

func addConfigError(err error, diags *diag.Diagnostics) {
	var config *awsapi.ConfigError
	switch {
	case !errors.As(err, &config):
		diags.AddError("Provider cannot be configured", awsapi.Describe(err))
	case config.Attribute != "":
		diags.AddAttributeError(path.Root(config.Attribute), config.Summary, config.Detail)
	default:
		diags.AddError(config.Summary, config.Detail)
	}
}

// Resources lists the resource types.
func (p *awsdeployProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		NewAliasPromotionResource,
		NewAppImageResource,
		NewFunctionVersionResource,
		NewLaunchTemplateVersionResource,
		NewRollingReleaseResource,
		NewAppPackageResource,
	}
}

// DataSources lists the data sources.
func (p *awsdeployProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{NewImageDataSource, NewRollingReleaseHistory}
}

// EphemeralResources lists what is opened and never saved.
func (p *awsdeployProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{NewRegistryLoginEphemeral}
}

// Functions lists the functions.
func (p *awsdeployProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{NewSimulateRolloutFunction}
}
