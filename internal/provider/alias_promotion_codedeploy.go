package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/codedeploy"
)

const driverCodeDeploy = "codedeploy"

// deployReturns bounds how long CodeDeploy's own way back may take.
const deployReturns = 15 * time.Minute

// codeDeployModel is the block codedeploy.
type codeDeployModel struct {
	ApplicationName      types.String `tfsdk:"application_name"`
	DeploymentGroupName  types.String `tfsdk:"deployment_group_name"`
	DeploymentConfigName types.String `tfsdk:"deployment_config_name"`
	ServiceRoleARN       types.String `tfsdk:"service_role_arn"`
	BeforeAllowTraffic   types.String `tfsdk:"before_allow_traffic"`
	AfterAllowTraffic    types.String `tfsdk:"after_allow_traffic"`
}

func codeDeployAttribute() schema.Attribute {
	name := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 100)}, MarkdownDescription: description}
	}
	hook := func(moment string) schema.Attribute {
		return schema.StringAttribute{Optional: true, Validators: []validator.String{textual{judgeFault}},
			MarkdownDescription: "Function that CodeDeploy invokes " + moment + ". It must report itself, by `PutLifecycleEventHookExecutionStatus` with `Succeeded` or `Failed` " +
				"within an hour; what it answers means nothing. It runs also when no apply does. A way back runs no hooks."}
	}
	return schema.SingleNestedAttribute{Optional: true,
		MarkdownDescription: "Settings of `driver = \"codedeploy\"`, in the words of CodeDeploy. Application, deployment group and deployment configuration are used when they exist; " +
			"otherwise the first deployment creates them, and they stay. The alarms and the roll-back are those of each deployment, whatever the group has; without `alarms` the group's own are in force. " +
			"The provider needs `codedeploy:GetApplication`, `GetDeploymentGroup`, `GetDeploymentConfig`, `GetDeployment`, `ListDeploymentTargets`, `BatchGetDeploymentTargets`, `CreateDeployment`, " +
			"`RegisterApplicationRevision` and `StopDeployment`, and to create what is missing `CreateApplication`, `CreateDeploymentGroup`, `CreateDeploymentConfig` and `iam:PassRole`.",
		Attributes: map[string]schema.Attribute{
			"application_name":      name("Application, of the compute platform Lambda. Default: the function's name."),
			"deployment_group_name": name("Deployment group of this alias alone. Default: the alias's name."),
			"deployment_config_name": name("Deployment configuration, which must shift as `strategy` says. Default: CodeDeploy's own one where it has one, such as " +
				"`CodeDeployDefault.LambdaCanary10Percent5Minutes`, else one named after what it does, such as `awsdeploy-canary-20-percent-7-minutes`."),
			"service_role_arn": schema.StringAttribute{Optional: true, Validators: []validator.String{textual{roleFault}},
				MarkdownDescription: "Role that CodeDeploy assumes, for example with the managed policy `AWSCodeDeployRoleForLambda`. Required where the deployment group does not exist; one that exists keeps its own."},
			"before_allow_traffic": hook("before the new version gets any traffic (`BeforeAllowTraffic`)"),
			"after_allow_traffic":  hook("when it has all of the traffic (`AfterAllowTraffic`)"),
		}}
}

func roleFault(text string) string {
	if strings.HasPrefix(text, "arn:") && strings.Contains(text, ":role/") {
		return ""
	}
	return fmt.Sprintf(`%q is no role; give its ARN, such as "arn:aws:iam::123456789012:role/codedeploy"`, text)
}

// aliasInterrupt is on_interrupt, whose default depends on the driver.
func aliasInterrupt() schema.Attribute {
	a := choice(string(rollout.RollbackOnInterrupt), "What Ctrl-C does: `detach` leaves the release as it is, and the next apply adopts it; "+
		"`rollback` asks for the previous version and returns; `cancel` stops the release where it is. "+
		"With `driver = \"codedeploy\"`, which goes on by itself, the default is `detach`, and otherwise not `detach`.",
		string(rollout.DetachOnInterrupt), string(rollout.RollbackOnInterrupt), string(rollout.CancelOnInterrupt))
	a.MarkdownDescription = strings.ReplaceAll(a.MarkdownDescription, ", and otherwise not `detach`. Default: `rollback`.", ", with `direct` it is `rollback`.")
	return a
}

// deploys tells that CodeDeploy moves the weights.
func (m aliasPromotionModel) deploys() bool { return m.Driver.ValueString() == driverCodeDeploy }

// defaultInterrupt plans on_interrupt where the configuration leaves it out.
func (m *aliasPromotionModel) defaultInterrupt(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	var given types.String
	diags := config.GetAttribute(ctx, path.Root("on_interrupt"), &given)
	switch {
	case !given.IsNull():
	case m.Driver.IsUnknown():
		m.OnInterrupt = types.StringUnknown()
	case m.deploys():
		m.OnInterrupt = types.StringValue(string(rollout.DetachOnInterrupt))
	}
	return diags
}

// deploySettings are the block's values; nothing given is an empty one.
func (m aliasPromotionModel) deploySettings(ctx context.Context) (c codeDeployModel, diags diag.Diagnostics) {
	if !m.CodeDeploy.IsNull() && !m.CodeDeploy.IsUnknown() {
		diags = m.CodeDeploy.As(ctx, &c, basetypes.ObjectAsOptions{})
	}
	return c, diags
}

// validateDriver refuses what the driver cannot do, by name.
func (m aliasPromotionModel) validateDriver(ctx context.Context, s strategyModel) (diags diag.Diagnostics) {
	if m.Driver.IsUnknown() {
		return nil
	}
	if !m.deploys() {
		if !m.CodeDeploy.IsNull() {
			diags.AddAttributeError(path.Root("codedeploy"), "Settings without driver",
				"codedeploy has no effect with driver = \"direct\": set driver = \"codedeploy\", or remove the block.")
		}
		return diags
	}
	const longestGroup = 100 // characters, where an alias may have 128
	if c, d := m.deploySettings(ctx); !d.HasError() && c.DeploymentGroupName.IsNull() && len(m.Alias.ValueString()) > longestGroup {
		diags.AddAttributeError(path.Root("codedeploy"), "Missing deployment group name", fmt.Sprintf(
			"codedeploy.deployment_group_name: the alias's name has %d characters, and a deployment group's at most %d. Give the group a name of its own.", len(m.Alias.ValueString()), longestGroup))
	}
	cannot := func(attribute, why string) {
		diags.AddAttributeError(path.Root(attribute), "CodeDeploy cannot do that", why+" Or use driver = \"direct\", with which the provider moves the weights itself.")
	}
	if !s.HoldAt.IsNull() && !s.HoldAt.IsUnknown() {
		cannot("strategy", "strategy.hold_at: CodeDeploy cannot hold a deployment. Leave hold_at out.")
	}
	if m.Provisioned.ValueInt64() > 0 {
		cannot("provisioned_concurrent_executions", "provisioned_concurrent_executions: CodeDeploy does not wait for it before it moves traffic. Leave it out, and allocate it before the release.")
	}
	if s.Bake.Duration() > 0 {
		cannot("strategy", "strategy.bake: CodeDeploy ends a deployment, and stops watching the alarms, when the last share has moved. Leave bake out, "+
			"or let a function in codedeploy.after_allow_traffic watch for up to an hour.")
	}
	if s.known() {
		steps, d := s.steps(ctx)
		diags.Append(d...)
		if _, fault := codedeploy.RoutingOf(steps); fault != "" {
			cannot("strategy", "strategy.steps and strategy.pause: "+fault+".")
		}
	}
	for _, c := range checkModels(m.Verify) {
		for _, kind := range c.kinds {
			if kind != "invoke" && kind != "lambda" {
				cannot("verify", fmt.Sprintf("verify: check %q: %s: CodeDeploy waits for no checks between its shifts. It has two moments: an invoke check runs before any traffic, "+
					"a lambda check when all of it has moved, or name functions in codedeploy.before_allow_traffic and codedeploy.after_allow_traffic.", c.name.ValueString(), kind))
			}
		}
	}
	return diags
}
