package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// settleTemplate plans the half of the template's name that is not configured:
// what was found out before, where that still holds.
func (r *rollingReleaseResource) settleTemplate(ctx context.Context, config tfsdk.Config, m, prior *rollingReleaseModel, diags *diag.Diagnostics) {
	if prior == nil || m.LaunchTemplate.IsUnknown() {
		return
	}
	var given rollingReleaseModel
	if diags.Append(config.Get(ctx, &given)...); diags.HasError() {
		return
	}
	l, d := m.template(ctx)
	diags.Append(d...)
	c, d := given.template(ctx)
	diags.Append(d...)
	was, d := prior.template(ctx)
	if diags.Append(d...); diags.HasError() {
		return
	}
	l.settle(c, was, r.replaced(ctx, c, was))
	m.LaunchTemplate = l.object()
}

// settle fills in what given leaves open. A template that was replaced under
// its name has another id, which is not known before the apply: this very plan
// may replace it once more.
func (l *launchTemplateModel) settle(given, was launchTemplateModel, replaced bool) {
	switch {
	case given.ID.IsNull() && !replaced && known(given.Name) && given.Name.Equal(was.Name) && was.ID.ValueString() != "":
		l.ID = was.ID
	case given.ID.IsNull():
		l.ID = types.StringUnknown()
	case given.Name.IsNull() && known(given.ID) && given.ID.Equal(was.ID) && was.Name.ValueString() != "":
		l.Name = was.Name
	case given.Name.IsNull():
		l.Name = types.StringUnknown()
	}
}

// replaced reports whether a template that is configured by name is another
// one than before.
func (r *rollingReleaseResource) replaced(ctx context.Context, given, was launchTemplateModel) bool {
	if !r.data.known() || !given.ID.IsNull() || !known(given.Name) || !known(given.Version) || was.ID.ValueString() == "" {
		return false
	}
	found, err := autoscaling.FindTemplate(ctx, r.clients(), "", given.Name.ValueString(), given.Version.ValueString())
	return err == nil && found.ID != was.ID.ValueString()
}
