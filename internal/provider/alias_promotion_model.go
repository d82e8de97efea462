package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

type aliasPromotionModel struct {
	releaseModel
	FunctionName types.String `tfsdk:"function_name"`
	Alias        types.String `tfsdk:"alias"`
	Version      types.String `tfsdk:"version"`
	Driver       types.String `tfsdk:"driver"`
	Strategy     types.Object `tfsdk:"strategy"`
	Verify       types.List   `tfsdk:"verify"`
}

type aliasPromotionIdentity struct {
	AccountID    types.String `tfsdk:"account_id"`
	Region       types.String `tfsdk:"region"`
	FunctionName types.String `tfsdk:"function_name"`
	Alias        types.String `tfsdk:"alias"`
}

// aliasPoll is how often an alias is looked at.
func aliasPoll() rollout.Poll { return rollout.Poll{Short: 5 * time.Second, Long: 30 * time.Second} }

// aliasMoves bounds how long a change of the alias may take to be seen.
const aliasMoves = 5 * time.Minute

// target names what is released onto, in messages.
func (m aliasPromotionModel) target() string {
	name := m.FunctionName.ValueString()
	return name[strings.LastIndex(name, ":")+1:] + ":" + m.Alias.ValueString()
}

// strategy is the strategy as configured; none is an empty one.
func (m aliasPromotionModel) strategy(ctx context.Context) (s strategyModel, diags diag.Diagnostics) {
	switch {
	case m.Strategy.IsNull():
		s.Steps = types.ListNull(types.Int64Type)
	case m.Strategy.IsUnknown():
		s.Steps = types.ListUnknown(types.Int64Type)
	default:
		diags = m.Strategy.As(ctx, &s, basetypes.ObjectAsOptions{})
	}
	return s, diags
}

// rolloutPlan is the release that configuration alone tells.
func (m aliasPromotionModel) rolloutPlan(ctx context.Context) (rollout.Plan, diag.Diagnostics) {
	s, diags := m.strategy(ctx)
	p, d := m.plan(ctx, s)
	diags.Append(d...)
	p.Poll = aliasPoll()
	p.Limits.Arrive, p.Limits.Return = aliasMoves, aliasMoves
	return p, diags
}

// checks are the configured checks, ready to run against the version.
func (m aliasPromotionModel) checks(ctx context.Context, d data) (checks []verify.Named, diags diag.Diagnostics) {
	models, diags := checkModels(ctx, m.Verify)
	for _, c := range models {
		named := verify.Named{Name: c.Name.ValueString()}
		var more diag.Diagnostics
		if c.Invoke.IsNull() {
			named.Check, more = d.httpCheck(ctx, c)
		} else {
			named.First = true
			named.Check, more = m.invokeCheck(ctx, d, c)
		}
		diags.Append(more...)
		checks = append(checks, named)
	}
	return checks, diags
}

func (m aliasPromotionModel) invokeCheck(ctx context.Context, d data, c checkModel) (verify.Check, diag.Diagnostics) {
	i, diags := c.invoke(ctx)
	function, version := m.FunctionName.ValueString(), m.Version.ValueString()
	return verify.Invoke{
		Of: function + ":" + version, Payload: []byte(i.Payload.ValueString()), Expect: i.Expect.ValueString(),
		Call: func(ctx context.Context, payload []byte) (verify.Answer, error) {
			body, functionError, err := lambdaalias.Invoke(ctx, d.aws, function, version, payload)
			return verify.Answer{Body: body, Error: functionError}, err
		},
		Temporary: lambdaalias.Temporary,
	}.Check(), diags
}

// promoted reports whether the alias wholly is what the plan wants and what
// state says of it: then there is nothing to release.
func (m aliasPromotionModel) promoted(prior aliasPromotionModel) bool {
	if !m.Version.Equal(prior.Version) {
		return false
	}
	switch prior.Status.ValueString() {
	case statusPromoted:
		return prior.wholly(m.Version.ValueString())
	case statusHeld:
		return m.holdsAt(prior)
	}
	return false
}

// holdsAt reports whether the release is held where the plan holds it.
func (m aliasPromotionModel) holdsAt(prior aliasPromotionModel) bool {
	s, diags := m.strategy(context.Background()) // reading a known object needs no context
	share, ok := prior.Live.Elements()[m.Version.ValueString()].(types.Float64)
	return !diags.HasError() && ok && !s.HoldAt.IsNull() && !s.HoldAt.IsUnknown() && share.ValueFloat64() == float64(s.HoldAt.ValueInt64())
}
