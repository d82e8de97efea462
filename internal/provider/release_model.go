package provider

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// What status says. The words are part of the contract with the user.
const (
	statusPromoted   = "promoted"
	statusHeld       = "held"
	statusReleasing  = "releasing"
	statusUnverified = "unverified"
	statusRolledBack = "rolled_back"
	statusFailed     = "failed"
	statusStranded   = "stranded"
)

// releaseModel holds the attributes that every release type has.
type releaseModel struct {
	Alarms       types.List     `tfsdk:"alarms"`
	AlarmsFiring types.String   `tfsdk:"alarms_firing"`
	OnFailure    types.String   `tfsdk:"on_failure"`
	OnInterrupt  types.String   `tfsdk:"on_interrupt"`
	OnActive     types.String   `tfsdk:"on_active"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`

	Status          types.String `tfsdk:"status"`
	Live            types.Map    `tfsdk:"live"`
	PreviousVersion types.String `tfsdk:"previous_version"`
	Schedule        types.List   `tfsdk:"schedule"`
	ReleaseID       types.String `tfsdk:"release_id"`
	LastFailure     types.String `tfsdk:"last_failure"`
}

// strategyModel holds the attributes of strategy that every release type has.
type strategyModel struct {
	Steps  types.List    `tfsdk:"steps"`
	Pause  durationValue `tfsdk:"pause"`
	Bake   durationValue `tfsdk:"bake"`
	HoldAt types.Int64   `tfsdk:"hold_at"`
}

// known reports whether a plan can be made of the strategy now.
func (s strategyModel) known() bool {
	for _, e := range s.Steps.Elements() {
		if e.IsUnknown() {
			return false
		}
	}
	return !(s.Steps.IsUnknown() || s.Pause.IsUnknown() || s.Bake.IsUnknown() || s.HoldAt.IsUnknown())
}

// steps are the strategy's steps with their pauses; 100 percent is implied.
func (s strategyModel) steps(ctx context.Context) ([]rollout.Step, diag.Diagnostics) {
	var percents []int64
	diags := s.Steps.ElementsAs(ctx, &percents, false)
	var out []rollout.Step
	for _, p := range percents {
		if p < 100 {
			out = append(out, rollout.Step{Percent: int(p), Pause: s.Pause.Duration()})
		}
	}
	return append(out, rollout.Step{Percent: 100}), diags
}

// plan is the part of a release's plan that the shared attributes say.
func (m releaseModel) plan(ctx context.Context, s strategyModel) (rollout.Plan, diag.Diagnostics) {
	steps, diags := s.steps(ctx)
	p := rollout.Plan{
		Steps: steps, Bake: s.Bake.Duration(), HoldAt: int(s.HoldAt.ValueInt64()),
		OnFailure: rollout.FailureAction(m.OnFailure.ValueString()),
		OnActive:  rollout.ActiveAction(m.OnActive.ValueString()),
	}
	p.Limits.Blind = 10 * time.Minute
	return p, diags
}

// leastTimeout is the shortest default of timeouts.
const leastTimeout = 2 * time.Hour

// defaultTimeout is twice the longest schedule and at least two hours.
func defaultTimeout(p rollout.Plan) time.Duration {
	return max(2*p.Longest(), leastTimeout)
}

func (m releaseModel) alarmNames(ctx context.Context) ([]string, diag.Diagnostics) {
	var names []string
	if m.Alarms.IsUnknown() || slices.ContainsFunc(m.Alarms.Elements(), attr.Value.IsUnknown) {
		return nil, nil
	}
	diags := m.Alarms.ElementsAs(ctx, &names, false)
	return names, diags
}

// scheduleType is the type of one element of schedule.
func scheduleType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"percent": types.Int64Type, "pause": types.StringType}}
}

// scheduleValue is the schedule that configuration alone tells.
func scheduleValue(p rollout.Plan) types.List {
	var out []attr.Value
	for _, s := range p.Schedule() {
		out = append(out, types.ObjectValueMust(scheduleType().AttrTypes, map[string]attr.Value{
			"percent": types.Int64Value(int64(s.Percent)),
			"pause":   types.StringValue(spell(s.Pause)),
		}))
	}
	return types.ListValueMust(scheduleType(), out)
}

// liveValue is the share of each version, in percent rounded to hundredths.
func liveValue(shares map[string]float64) types.Map {
	out := map[string]attr.Value{}
	for version, share := range shares {
		if share > 0 {
			out[version] = types.Float64Value(math.Round(share*100) / 100)
		}
	}
	return types.MapValueMust(types.Float64Type, out)
}

// wholly reports whether live is one version and that one is it. Where nothing
// is in scope, nothing else is live.
func (m releaseModel) wholly(version string) bool {
	shares := m.Live.Elements()
	if len(shares) == 0 && !m.Live.IsUnknown() && !m.Live.IsNull() {
		return true
	}
	share, ok := shares[version].(types.Float64)
	return ok && len(shares) == 1 && share.ValueFloat64() == 100
}

// planPending plans a release: what it will leave behind is not known yet.
func (m *releaseModel) planPending() {
	m.Status = types.StringUnknown()
	m.Live = types.MapUnknown(types.Float64Type)
	m.PreviousVersion = types.StringUnknown()
	m.ReleaseID = types.StringUnknown()
	m.LastFailure = types.StringUnknown()
}

// keepResults copies the results of the last release: nothing is released.
func (m *releaseModel) keepResults(prior releaseModel) {
	m.Status, m.Live, m.PreviousVersion = prior.Status, prior.Live, prior.PreviousVersion
	m.ReleaseID, m.LastFailure = prior.ReleaseID, prior.LastFailure
}

// phaseStatus is the status that a release leaves behind.
func phaseStatus(p rollout.Phase) string {
	switch p {
	case rollout.Promoted:
		return statusPromoted
	case rollout.Held:
		return statusHeld
	case rollout.RolledBack:
		return statusRolledBack
	case rollout.Failed, rollout.Aborted:
		return statusFailed
	case rollout.Stranded:
		return statusStranded
	}
	return statusReleasing
}
