package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// identityScope are the attributes that every identity has: whose and where.
// Left out in an import, they are the provider's.
func identityScope(own map[string]identityschema.Attribute) identityschema.Schema {
	own["account_id"] = identityschema.StringAttribute{OptionalForImport: true, Description: "The AWS account's number."}
	own["region"] = identityschema.StringAttribute{OptionalForImport: true, Description: "The AWS region."}
	return identityschema.Schema{Attributes: own}
}

// account is the account as an identity holds it.
func (d data) account() types.String {
	if !d.known() || d.aws.AccountID == "" {
		return types.StringNull()
	}
	return types.StringValue(d.aws.AccountID)
}

// region is the region as an identity holds it.
func (d data) region() types.String {
	if !d.known() {
		return types.StringNull()
	}
	return types.StringValue(d.aws.Region)
}

// inScope refuses to import what lives where this provider does not look.
func (d data) inScope(account, region types.String, diags *diag.Diagnostics) bool {
	if !d.known() {
		diags.AddError("Provider is not configured",
			"The provider's configuration depends on values that are not known yet. Apply what they come from first, then import.")
		return false
	}
	for _, c := range []struct{ name, want, have string }{
		{"account_id", account.ValueString(), d.aws.AccountID},
		{"region", region.ValueString(), d.aws.Region},
	} {
		if c.want != "" && c.have != "" && c.want != c.have {
			diags.AddError("Import from elsewhere", fmt.Sprintf(
				"The identity's %s is %s, and this provider works in %s. Import through a provider that is configured for %s.", c.name, c.want, c.have, c.want))
			return false
		}
	}
	return true
}
