package provider

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

const aliasPromotionDescription = `Releases a published version of a Lambda function onto an alias, step by step, verified, and back when it is bad.

The provider moves the alias's weights itself (` + "`driver = \"direct\"`" + `), each time under the alias's revision id, so that it never overwrites somebody else's change. While a release travels, the alias's own version stays the previous one and the new version is the additional one; only after the bake and the checks at 100 percent does the alias move to the new version and lose its weights. Interrupted anywhere, the next apply reads the weights and goes on from there.

Nothing moves the alias, **and nothing watches it**, while no apply runs: alarms and checks are the provider's own. That is why ` + "`on_interrupt`" + ` is ` + "`rollback`" + ` here.

With ` + "`driver = \"codedeploy\"`" + ` AWS CodeDeploy moves the weights instead, watches the alarms, and goes back by itself, also when no apply runs; the next apply follows the deployment under way. In return it shifts only as CodeDeploy can: all at once, canary (one step) or linear (equal steps), with pauses of whole minutes; no bake, no ` + "`hold_at`" + `. Of the checks, ` + "`invoke`" + ` runs before the deployment begins, and ` + "`invoke`" + ` and ` + "`lambda`" + ` when all traffic has moved, both while an apply runs; a function that CodeDeploy itself is to ask is named in ` + "`codedeploy.before_allow_traffic`" + ` or ` + "`codedeploy.after_allow_traffic`" + `. Weights that a stopped deployment left behind, with which CodeDeploy fails every later one, are shown in the plan and cleared by the apply. A way back is one deployment without steps and hooks.

The alias must have no other owner: leave it to this resource alone, or let the ` + "`aws_lambda_alias`" + ` that makes it ignore ` + "`function_version`" + ` and ` + "`routing_config`" + `. An alias that does not exist is created, at once on the version. Destroying this resource forgets the alias and leaves it as it is.`

// Schema says what users write.
func (r *aliasPromotionResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		MarkdownDescription: aliasPromotionDescription + neededNote("awsdeploy_alias_promotion"),
		Attributes: releaseAttributes(ctx, rollout.RollbackOnInterrupt, map[string]schema.Attribute{
			"function_name": schema.StringAttribute{Required: true, PlanModifiers: replace, Validators: []validator.String{textual{functionFault}},
				MarkdownDescription: "Name or ARN of the function, without a version. Another name makes a new resource."},
			"alias": schema.StringAttribute{Required: true, PlanModifiers: replace, Validators: []validator.String{textual{aliasFault}},
				MarkdownDescription: "Name of the alias. Another name makes a new resource."},
			"version": schema.StringAttribute{Required: true, Validators: []validator.String{versionNumber{}},
				MarkdownDescription: "The published version that the alias is to serve, a string that holds a number, such as `awsdeploy_function_version.api.version`. " +
					"`$LATEST` is refused: it changes without a release."},
			"driver": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(driverDirect),
				Validators: []validator.String{textual{driverFault}},
				MarkdownDescription: "Who moves the weights: `direct`, the provider while an apply runs; `codedeploy`, AWS CodeDeploy, which goes on, watches the alarms and goes back when no apply runs, " +
					"and in return shifts canary or linear by whole minutes only. Default: `direct`."},
			"codedeploy":   codeDeployAttribute(),
			"on_interrupt": aliasInterrupt(),
			"provisioned_concurrent_executions": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Provisioned concurrency, as a number of concurrent executions, at least 1. Each version is given it on itself, and it is ready before " +
					"the version gets any traffic; afterwards the version that no alias serves any more loses its own: the previous one after a promotion, the new one " +
					"after a roll-back. Meanwhile the alias names the new version with a weight of 0, by which the next apply knows what a killed one asked for; " +
					"what others may have left is told in the plan and stays. Do not manage the same versions' provisioned concurrency elsewhere. Default: none is asked for. " +
					"An alias that carries provisioned concurrency itself is refused, as Lambda does, and so are `strategy.steps` on it."},
			"strategy": schema.SingleNestedAttribute{Optional: true, Attributes: strategyAttributes(nil),
				MarkdownDescription: "How the release travels. Default: all at once. An alias that is created, and a way back, take no steps."},
			"verify": verifyAttribute("Checks of our own, in this order: when a step has arrived, and again at the end of its pause and of the bake. "+
				"One that fails ends the release. Each has exactly one of `http`, `invoke`, `lambda` and `metric`.",
				aliasPromotionModel{}.checkKinds()),
			"history": schema.ListNestedAttribute{Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: historyAttributes()},
				MarkdownDescription: "The last ten promotions that this resource began, the newest first. Lambda keeps no history of an alias, so that this is all there is: " +
					"what was released elsewhere, or before a `terraform destroy`, is not in it, nor what a killed apply did."},
		}),
	}
}

// IdentitySchema says what names an alias.
func (r *aliasPromotionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"account_id":    identityschema.StringAttribute{OptionalForImport: true, Description: "AWS account; default: the provider's."},
		"region":        identityschema.StringAttribute{OptionalForImport: true, Description: "AWS region; default: the provider's."},
		"function_name": identityschema.StringAttribute{RequiredForImport: true, Description: "Name or ARN of the function."},
		"alias":         identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the alias."},
	}}
}

const driverDirect = "direct"

func driverFault(text string) string {
	switch text {
	case driverDirect, driverCodeDeploy:
		return ""
	}
	return fmt.Sprintf(`%q is no driver; "direct" moves the weights from the provider, "codedeploy" lets AWS CodeDeploy do it`, text)
}

func aliasFault(text string) string {
	switch {
	case regexp.MustCompile(`^[0-9]+$`).MatchString(text):
		return fmt.Sprintf(`%q is named like a version, which Lambda does not allow; give the alias a name with a letter, such as "live"`, text)
	case !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`).MatchString(text):
		return fmt.Sprintf(`%q is no name of an alias; it has 1 to 128 letters, digits, "-" and "_", such as "live"`, text)
	}
	return ""
}

func functionFault(text string) string {
	if regexp.MustCompile(`^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:)?[a-zA-Z0-9_-]{1,64}$`).MatchString(text) {
		return ""
	}
	return fmt.Sprintf(`%q is no function; give its name, such as "shop-api", or its ARN, without a version or alias behind it`, text)
}

// textual refuses text that fault finds fault with.
type textual struct{ fault func(string) string }

// Description is not shown: the fault says what is wanted.
func (textual) Description(context.Context) string { return "see the attribute's description" }

// MarkdownDescription is Description.
func (v textual) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString refuses what fault says.
func (v textual) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if fault := v.fault(req.ConfigValue.ValueString()); fault != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), fmt.Sprintf("%s: %s.", req.Path, fault))
	}
}
