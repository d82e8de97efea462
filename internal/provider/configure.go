package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/ecr"
)

// data is what every resource is given.
type data struct {
	Env
	aws *awsapi.Clients // nil while the provider's configuration is not known

	keychain *ecr.Keychain // one sign-in a registry, for all resources
	registry *image.Registry

	reportDir string // where releases write their reports; empty is nowhere
}

// newData gathers what resources share. Without clients, registries of ECR
// cannot be signed in to.
func newData(env Env, clients *awsapi.Clients, access image.Access) data {
	d := data{Env: env, aws: clients}
	var api ecr.API
	var public ecr.PublicAPI
	if clients != nil {
		api = clients.ECR()
		if clients.Partition == "aws" { // the only one that has ECR Public
			public = clients.ECRPublic()
		}
	}
	d.keychain = ecr.NewKeychain(api, public, env.Clock)
	var err error
	if d.registry, err = image.NewRegistryWith(d.keychain, product+"/"+env.Version, env.Clock, access); err != nil {
		// A file that was good when the configuration was checked is gone.
		d.registry = image.NewRegistry(d.keychain, product+"/"+env.Version, env.Clock)
	}
	return d
}

// known tells whether AWS can be asked. Before the provider is configured,
// and in a plan whose provider configuration is not known yet, it cannot.
func (d data) known() bool { return d.aws != nil }

// configure hands the provider's data to a resource.
func configure(given any, into *data, diags *diag.Diagnostics) {
	if given == nil {
		return // Terraform validates before it configures
	}
	d, ok := given.(data)
	if !ok {
		diags.AddError("Provider bug", fmt.Sprintf("A resource was given %T. Please report this to the provider's developers.", given))
		return
	}
	*into = d
}
