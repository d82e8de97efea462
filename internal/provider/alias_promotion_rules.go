package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/codedeploy"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

// finding is a live fact: a line of the plan's warning and, with a summary, an
// error of the apply. Without one it is advice.
type finding struct{ attribute, summary, line string }

// carried finds provisioned concurrency on the alias itself.
func (r *aliasPromotionResource) carried(ctx context.Context, run *aliasRun, read reading) {
	if !run.before.Exists() {
		return
	}
	found, err := lambdaalias.FindConcurrency(ctx, r.data.aws.Lambda(), run.target.Function, run.target.Alias)
	if err != nil {
		read.failed("alias", err)
	}
	run.carried, run.target.Carries = found.Wanted, found.Exists()
}

// fit refuses what an alias cannot do that carries provisioned concurrency.
// Lambda keeps weights and that apart: it takes no steps, and changes over at
// once.
func (run *aliasRun) fit(diags *diag.Diagnostics) {
	if !run.target.Carries {
		return
	}
	name := run.alarms.target
	remove := fmt.Sprintf("Take it from the alias (aws lambda delete-provisioned-concurrency-config --function-name %s --qualifier %s, "+
		"and its aws_lambda_provisioned_concurrency_config)", run.target.Function, run.target.Alias)
	switch {
	case run.target.Provisioned > 0:
		diags.AddAttributeError(path.Root("provisioned_concurrent_executions"), "Alias carries provisioned concurrency", fmt.Sprintf(
			"provisioned_concurrent_executions = %d gives version by version its provisioned concurrency, but alias %s carries %d of its own, "+
				"and Lambda refuses both. %s.", run.target.Provisioned, name, run.carried, remove))
	case divides(run.plan):
		diags.AddAttributeError(path.Root("strategy"), "Alias carries provisioned concurrency", fmt.Sprintf(
			"strategy.steps needs weights, and alias %s carries provisioned concurrency (%d): Lambda does not manage that while an alias has weights. "+
				"%s, and let this resource give it to each version before its traffic: provisioned_concurrent_executions = %[2]d. "+
				"Or leave out strategy.steps: the alias then changes over at once, and Lambda moves its provisioned concurrency.",
			name, run.carried, remove))
	default:
		run.target.Undivided = true
		run.plan.Limits.Arrive, run.plan.Limits.Return = allocation, allocation
	}
}

// divides tells that a release takes steps between nothing and all.
func divides(p rollout.Plan) bool {
	return slices.ContainsFunc(p.Steps, func(s rollout.Step) bool { return s.Percent > 0 && s.Percent < 100 })
}

// switchedOff finds a function that nothing can invoke: no release could be
// judged there.
func (r *aliasPromotionResource) switchedOff(ctx context.Context, run *aliasRun, read reading) {
	off, err := lambdaalias.SwitchedOff(ctx, r.data.aws, run.target.Function)
	switch {
	case err != nil:
		read.failed("function_name", err)
	case off:
		run.found = append(run.found, finding{"function_name", "Function is switched off", fmt.Sprintf(
			"The reserved concurrency of %s is 0: nothing can invoke it, so that nothing could be said of the new version. "+
				"The apply refuses to begin unless that is raised or removed (aws lambda delete-function-concurrency --function-name %[1]s).", run.target.Function)})
	}
}

// asleep finds a version that Lambda still makes, or has put to rest: its
// first invocations would fail.
func (run *aliasRun) asleep(wanted lambdaalias.Version) {
	if wanted.Awake() {
		return
	}
	run.found = append(run.found, finding{"version", "Version not active", fmt.Sprintf(
		"Version %s of %s is %s, and invocations of it fail: %s The apply refuses to begin unless it is Active by then; "+
			"one that is Inactive wakes when it is invoked (aws lambda invoke --function-name %[2]s --qualifier %[1]s /dev/null).",
		wanted.Number, run.target.Function, wanted.State, stopped(wanted.Reason))})
}

// owned finds a deployment group of CodeDeploy's that moves the alias too,
// while the provider itself is to move it. What cannot be read here holds up no
// release.
func (r *aliasPromotionResource) owned(ctx context.Context, m aliasPromotionModel, run *aliasRun, diags *diag.Diagnostics) {
	if m.deploys() || m.Driver.IsUnknown() || run.returning || !run.before.Exists() {
		return
	}
	owner, err := codedeploy.Owner(ctx, r.data.aws.CodeDeploy(), run.target.Function, run.target.Alias)
	names := fmt.Sprintf("codedeploy = { application_name = %q, deployment_group_name = %q }", owner.Application, owner.Group)
	switch {
	case err != nil:
		unread(diags, "driver", err)
	case owner.Deployment != "":
		run.found = append(run.found, finding{"driver", "CodeDeploy moves this alias", fmt.Sprintf(
			"Deployment %s of group %s of CodeDeploy's application %s is under way on %s. With driver = \"direct\" the apply refuses to begin until it has ended "+
				"(aws deploy get-deployment --deployment-id %[1]s). Let CodeDeploy release this alias, with driver = \"codedeploy\" and %[5]s, or take the group away.",
			owner.Deployment, owner.Group, owner.Application, m.target(), names)})
	case owner.Group != "":
		run.found = append(run.found, finding{line: fmt.Sprintf(
			"Group %s of CodeDeploy's application %s deploys to %s too, and nothing keeps its deployments and these releases apart. "+
				"Let CodeDeploy release this alias, with driver = \"codedeploy\" and %s, or take the group away "+
				"(aws deploy delete-deployment-group --application-name %[2]s --deployment-group-name %[1]s).", owner.Group, owner.Application, m.target(), names)})
	}
}

// bypassed advises about event sources whose events no alias routes.
func (r *aliasPromotionResource) bypassed(ctx context.Context, m aliasPromotionModel, diags *diag.Diagnostics) (found []finding) {
	sources, err := lambdaalias.Bypasses(ctx, r.data.aws, m.FunctionName.ValueString())
	switch {
	case err != nil:
		unread(diags, "function_name", err)
	case len(sources) > 0:
		found = append(found, finding{line: fmt.Sprintf("Event sources that invoke %s without an alias are not part of any release: %s. "+
			"Let their mappings name the alias (function_name = its ARN).", m.FunctionName.ValueString(), strings.Join(sources, ", "))})
	}
	return found
}

// stopped ends a text of AWS's with one full stop; none stays none.
func stopped(text string) string {
	if text = strings.TrimRight(text, ". "); text == "" {
		return ""
	}
	return text + "."
}
