package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// forward is what the strategy says of the way to a new version: a pause that
// only rollback_steps needs is none of it.
func (s rollingStrategyModel) forward() strategyModel {
	out := s.strategyModel
	if len(s.Steps.Elements()) == 0 && (len(s.RollbackSteps.Elements()) > 0 || s.RollbackSteps.IsUnknown()) {
		out.Pause = durationValue{basetypes.NewStringNull()}
	}
	return out
}

// validateBack checks rollback_steps against pause.
func (s rollingStrategyModel) validateBack() (diags diag.Diagnostics) {
	if len(s.RollbackSteps.Elements()) > 0 && s.Pause.IsNull() {
		diags.AddAttributeError(path.Root("strategy"), "Missing pause", fmt.Sprintf(
			"strategy.rollback_steps = %s has no strategy.pause: say how long each step is watched, such as pause = \"5m\".", s.RollbackSteps))
	}
	return diags
}

// refreshStrategy takes AWS's name for what this provider does.
type refreshStrategy struct{}

func (refreshStrategy) Description(context.Context) string { return "must be Rolling" }
func (v refreshStrategy) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (refreshStrategy) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	switch value := req.ConfigValue.ValueString(); {
	case req.ConfigValue.IsNull(), req.ConfigValue.IsUnknown(), value == "Rolling":
	case value == "ReplaceRootVolume":
		resp.Diagnostics.AddAttributeError(path.Root("strategy"), "Root volumes are not replaced",
			"strategy.strategy = \"ReplaceRootVolume\" is not supported: AWS would swap the volume under running instances, without a load balancer's health checks, "+
				"and change nothing else of the launch template. Leave strategy.strategy out, or set it to \"Rolling\".")
	default:
		resp.Diagnostics.AddAttributeError(path.Root("strategy"), "Unknown refresh strategy",
			fmt.Sprintf("strategy.strategy = %q is none of AWS's: leave it out, or set it to \"Rolling\".", value))
	}
}

// heldText says what a held release leaves behind: the group itself still
// launches the version before.
func heldText(run rollingRun, saved autoscaling.Template, held int) string {
	return fmt.Sprintf("%s stays at %d %% (strategy.hold_at), and no instance refresh is under way. The group itself still launches %s: "+
		"what scales out meanwhile, or replaces an unhealthy instance, runs that version, and nobody watches the alarms. "+
		"Raise or remove strategy.hold_at to go on, or set the version back to leave it.", run.release.Template, held, saved)
}
