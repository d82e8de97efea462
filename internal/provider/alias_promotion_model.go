package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

type aliasPromotionModel struct {
	releaseModel
	FunctionName types.String `tfsdk:"function_name"`
	Alias        types.String `tfsdk:"alias"`
	Version      types.String `tfsdk:"version"`
	Driver       types.String `tfsdk:"driver"`
	Provisioned  types.Int64  `tfsdk:"provisioned_concurrent_executions"`
	CodeDeploy   types.Object `tfsdk:"codedeploy"`
	Strategy     types.Object `tfsdk:"strategy"`
	Verify       types.List   `tfsdk:"verify"`
	History      types.List   `tfsdk:"history"`
}

type aliasPromotionIdentity struct {
	AccountID    types.String `tfsdk:"account_id"`
	Region       types.String `tfsdk:"region"`
	FunctionName types.String `tfsdk:"function_name"`
	Alias        types.String `tfsdk:"alias"`
}

// aliasPoll is how often an alias is looked at.
func aliasPoll() rollout.Poll { return rollout.Poll{Short: 10 * time.Second, Long: 30 * time.Second} }

// aliasMoves bounds how long a change of the alias may take to be seen.
const aliasMoves = 5 * time.Minute

// allocation bounds how long Lambda may take for provisioned concurrency. It
// adds hundreds of environments a minute.
const allocation = 30 * time.Minute

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
	if m.Provisioned.ValueInt64() > 0 {
		p.Limits.Arrive = allocation
	}
	if m.deploys() {
		p.SelfDriven, p.Limits.Arrive, p.Limits.Return = true, 0, deployReturns
	}
	return p, diags
}

// checkKinds are the kinds of checks that an alias has.
func (m aliasPromotionModel) checkKinds() checkKinds {
	return m.checkKindsBeside("")
}

// checkKindsBeside are the kinds for a release that leaves the previous version.
func (m aliasPromotionModel) checkKindsBeside(previous string) checkKinds {
	function := m.FunctionName.ValueString()
	return sharedChecks(checkKinds{
		"invoke": invokeKind(function, m.Version.ValueString()),
		"compare": compareKind(versions{function: function[strings.LastIndex(function, ":")+1:], alias: m.Alias.ValueString(),
			wanted: m.Version.ValueString(), previous: previous}),
	})
}

// promoted reports whether the alias wholly is what the plan wants and what
// state says of it: then there is nothing to release.
func (m aliasPromotionModel) promoted(prior aliasPromotionModel) bool {
	if !m.Version.Equal(prior.Version) {
		return false
	}
	switch prior.Status.ValueString() {
	case statusPromoted:
		return true // Read makes it unverified when it is not
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
