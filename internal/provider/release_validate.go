package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ascending wants each number of a list to be above the one before.
type ascending struct{}

func (ascending) Description(context.Context) string {
	return "percentages must ascend, each given once"
}
func (a ascending) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

func (ascending) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	last := int64(0)
	for _, e := range req.ConfigValue.Elements() {
		n, ok := e.(types.Int64)
		if !ok || n.IsUnknown() || n.IsNull() {
			return
		}
		if n.ValueInt64() <= last {
			resp.Diagnostics.AddAttributeError(path.Root("strategy"), "Steps out of order", fmt.Sprintf(
				"%s: %d comes after %d. Steps are percentages on the new version, ascending, each given once, such as [10, 50].",
				req.Path, n.ValueInt64(), last))
			return
		}
		last = n.ValueInt64()
	}
}

// validateStrategy checks what the attributes of strategy say together.
func validateStrategy(ctx context.Context, s strategyModel) (diags diag.Diagnostics) {
	if !s.known() {
		return diags
	}
	at := path.Root("strategy")
	var percents []int64
	if diags.Append(s.Steps.ElementsAs(ctx, &percents, false)...); diags.HasError() {
		return diags
	}
	paused := slices.DeleteFunc(slices.Clone(percents), func(p int64) bool { return p >= 100 })
	switch hold := s.HoldAt.ValueInt64(); {
	case len(paused) > 0 && s.Pause.IsNull():
		diags.AddAttributeError(at, "Missing pause", fmt.Sprintf(
			"strategy.steps = %v has no strategy.pause: say how long each step is watched, such as pause = \"10m\".", percents))
	case len(paused) == 0 && !s.Pause.IsNull():
		diags.AddAttributeError(at, "Pause without steps", fmt.Sprintf(
			"strategy.pause = %q has no step to pause at: give strategy.steps, such as [10, 50], or use strategy.bake to watch the whole.", s.Pause.ValueString()))
	case !s.HoldAt.IsNull() && !slices.Contains(paused, hold):
		diags.AddAttributeError(at, "No such step", fmt.Sprintf(
			"strategy.hold_at = %d is none of strategy.steps = %v: add it to the steps, or hold at one of them.", hold, percents))
	}
	return diags
}

// validateHold refuses to hold a release below where it is held already: it
// goes on, or back to the previous version.
func validateHold(s strategyModel, held float64) (diags diag.Diagnostics) {
	if at := s.HoldAt.ValueInt64(); at > 0 && float64(at) < held {
		diags.AddAttributeError(path.Root("strategy"), "Held above that step", fmt.Sprintf(
			"strategy.hold_at = %d is below the %g %% at which the release is held. A release takes no steps down: "+
				"raise or remove hold_at to go on, or set the version back to leave it.", at, held))
	}
	return diags
}

// validateTimeouts refuses a timeout that pauses and bake alone exceed.
func validateTimeouts(ctx context.Context, m releaseModel, s strategyModel) (diags diag.Diagnostics) {
	if !s.known() || m.Timeouts.IsUnknown() || m.Timeouts.IsNull() {
		return diags
	}
	plan, d := m.plan(ctx, s)
	if diags.Append(d...); diags.HasError() {
		return diags
	}
	for _, get := range []struct {
		name  string
		value func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)
	}{{"create", m.Timeouts.Create}, {"update", m.Timeouts.Update}} {
		given, d := get.value(ctx, defaultTimeout(plan))
		if d.HasError() {
			diags.Append(d...)
			continue
		}
		if given < plan.Longest() {
			diags.AddAttributeError(path.Root("timeouts"), "Timeout too short", fmt.Sprintf(
				"timeouts.%s = %s, but the pauses and the bake of strategy take %s by themselves. Give more time, or shorten them.",
				get.name, given, plan.Longest()))
		}
	}
	return diags
}

// root is the attribute at the root that holds p: only of such a one Terraform
// shows the block.
func root(p path.Path) path.Path { return path.Root(p.Steps()[0].String()) }
