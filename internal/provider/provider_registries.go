package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// registryModel is how one registry is reached.
type registryModel struct {
	CABundle types.String `tfsdk:"ca_bundle"`
	Insecure types.Bool   `tfsdk:"insecure"`
}

func registriesAttribute() schema.Attribute {
	return schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "Image registries that need more than a public certificate, by their host and port as image names have it, such as `registry.internal:5000`. " +
			"Passwords are no part of it: ECR is signed in to by the AWS credentials, every other registry by the Docker configuration. `custom_ca_bundle` and the proxies hold for registries too.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"ca_bundle": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Path of a file of PEM certificates that this registry's may be signed by, beside the system's. Default: none.",
			},
			"insecure": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Take any certificate of this registry, and where it does not speak TLS at all, plain HTTP: whoever is on the way can read and change what is sent, passwords included. " +
					"This machine's own registries (`localhost`, `127.0.0.1`) may always speak plain HTTP. Default: `false`.",
			},
		}},
	}
}

// access is how registries are reached, checked as far as files go.
func (m providerModel) access(s awsapi.Settings, diags *diag.Diagnostics) image.Access {
	a := image.Access{CABundle: s.CABundle(), Proxy: s.Proxy(), Hosts: map[string]image.Host{}}
	for _, host := range sortedKeys(m.Registries) {
		if host == "" || strings.ContainsAny(host, "/@ ") {
			diags.AddAttributeError(path.Root("registries"), "Invalid registry",
				fmt.Sprintf("`registries` has the key %q: write the host, and the port where image names have one, such as \"registry.internal:5000\".", host))
			continue
		}
		r := m.Registries[host]
		a.Hosts[host] = image.Host{CABundle: r.CABundle.ValueString(), Insecure: r.Insecure.ValueBool()}
	}
	switch host, err := a.Check(); {
	case err != nil && host == "":
		diags.AddAttributeError(path.Root("custom_ca_bundle"), "Cannot read CA bundle",
			fmt.Sprintf("custom_ca_bundle (or AWS_CA_BUNDLE) must name a readable file of PEM certificates: %v.", err))
	case err != nil:
		diags.AddAttributeError(path.Root("registries"), "Cannot read CA bundle",
			fmt.Sprintf("`registries[%q].ca_bundle` must name a readable file of PEM certificates: %v.", host, err))
	}
	return a
}
