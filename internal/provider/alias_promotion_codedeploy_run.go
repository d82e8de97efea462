package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/codedeploy"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// aliasTarget is an alias as the engine sees it, moved by either driver.
type aliasTarget interface {
	rollout.Target
	Back() string
}

// deployedAlias lets CodeDeploy's target read the alias and put it right.
type deployedAlias struct {
	clients *awsapi.Clients
	at      lambdaalias.Config
}

func (a deployedAlias) Find(ctx context.Context) (codedeploy.Shares, error) {
	r, err := lambdaalias.FindRouting(ctx, a.clients.Lambda(), a.at.Function, a.at.Alias)
	return codedeploy.Shares{Version: r.Version, Other: r.Other, Weight: r.Weight}, err
}

// Restore is the direct driver's way back.
func (a deployedAlias) Restore(ctx context.Context, version string) error {
	to := a.at
	to.Version, to.Alarms = version, nil
	direct := lambdaalias.Open(a.clients, to)
	if _, err := direct.Observe(ctx); err != nil {
		return err
	}
	return direct.End(ctx, rollout.Promote)
}

// deploy prepares a release by CodeDeploy, which needs an alias to move.
func (run *aliasRun) deploy(ctx context.Context, m aliasPromotionModel, diags *diag.Diagnostics) {
	if !m.deploys() || !run.before.Exists() {
		return
	}
	s, d := m.deploySettings(ctx)
	diags.Append(d...)
	function := m.target()[:len(m.target())-len(m.Alias.ValueString())-1]
	cfg := &codedeploy.Config{
		Function: function, Alias: m.Alias.ValueString(), Version: m.Version.ValueString(), Previous: run.target.Previous,
		Settings: codedeploy.Settings{
			Application: function, Group: m.Alias.ValueString(),
			Configuration: s.DeploymentConfigName.ValueString(), Role: s.ServiceRoleARN.ValueString(),
		},
		Before: s.BeforeAllowTraffic.ValueString(), After: s.AfterAllowTraffic.ValueString(),
		Alarms: run.alarms.names, IgnoreFiring: run.alarms.ignore, AutoRollback: run.plan.OnFailure == rollout.Rollback,
	}
	if name := s.ApplicationName.ValueString(); name != "" {
		cfg.Application = name
	}
	if name := s.DeploymentGroupName.ValueString(); name != "" {
		cfg.Group = name
	}
	if run.returning { // at once, and held up by nothing
		cfg.Before, cfg.After, cfg.Unwatched = "", "", true
	}
	var fault string
	if cfg.Routing, fault = codedeploy.RoutingOf(run.plan.Steps); fault != "" {
		diags.AddAttributeError(path.Root("strategy"), "CodeDeploy cannot do that", "strategy: "+fault+".")
	}
	run.alarms.aws, run.codedeploy = true, cfg
}

// open is the target of the release.
func (r *aliasPromotionResource) open(run aliasRun) aliasTarget {
	if run.codedeploy == nil {
		return lambdaalias.Open(r.data.aws, run.target)
	}
	return codedeploy.New(r.data.aws.CodeDeploy(), deployedAlias{r.data.aws, run.target}, r.data.aws.Alarms, r.data.Clock, *run.codedeploy)
}

// checkDeploy compares CodeDeploy's settings with what is there. In a plan,
// what is missing may be created by the same apply.
func (r *aliasPromotionResource) checkDeploy(ctx context.Context, run aliasRun, planning bool, diags *diag.Diagnostics) {
	if run.codedeploy == nil {
		return
	}
	fault, err := run.codedeploy.Settings.Check(ctx, r.data.aws.CodeDeploy(), run.codedeploy.Routing)
	text := fmt.Sprintf("codedeploy.%s: %s.", fault.Attribute, fault.Text)
	switch {
	case err != nil && (planning || awsapi.IsAccessDenied(err)):
		unread(diags, "codedeploy", err)
	case err != nil:
		diags.AddAttributeError(path.Root("codedeploy"), "Cannot read CodeDeploy", describe(err)+".")
	case fault.Missing && planning:
		diags.AddAttributeWarning(path.Root("codedeploy"), "Deployment group of "+run.alarms.target+" does not exist yet",
			text+" Unless this apply creates it before, the release will not begin.")
	case fault.Attribute != "":
		diags.AddAttributeError(path.Root("codedeploy"), "Invalid codedeploy", text)
	}
}

// previewDeploy tells in a plan how CodeDeploy will release, and what is under
// way or was left behind.
func (r *aliasPromotionResource) previewDeploy(ctx context.Context, run aliasRun, m aliasPromotionModel, diags *diag.Diagnostics) (lines []string) {
	if run.codedeploy == nil {
		return nil
	}
	r.checkDeploy(ctx, run, true, diags)
	cfg := *run.codedeploy
	var o rollout.Observation
	if !m.Version.IsUnknown() {
		var err error
		if o, err = r.open(run).Observe(ctx); err != nil {
			unread(diags, "codedeploy", err)
			return nil
		}
	}
	switch at := run.before; {
	case o.Active == rollout.ActiveSame || o.Active == rollout.ActiveLax:
		lines = append(lines, o.Activity+": the apply follows it.")
	case o.Active == rollout.ActiveOther || o.Active == rollout.ActiveBack || o.Active == rollout.ActiveEnded || o.Active == rollout.ActiveEnding:
		lines = append(lines, "Under way: "+o.Activity+".")
	case at.Other != "":
		lines = append(lines, fmt.Sprintf("The weights are left of a deployment that was stopped: none is under way, and CodeDeploy fails every one until they are cleared. "+
			"The apply first gives everything to version %s.", at.Version))
	}
	return append(lines, fmt.Sprintf("CodeDeploy moves the weights (%s), by deployment group %s of application %s. It goes on, and watches the alarms, when no apply runs. Ctrl-C: %s.",
		cfg.Routing, cfg.Group, cfg.Application, m.OnInterrupt.ValueString()))
}

// firstChecks runs the checks that come before any traffic. With CodeDeploy
// that is before the deployment, unless one is under way.
func (run aliasRun) firstChecks(ctx context.Context) rollout.Verdict {
	if run.codedeploy == nil || run.returning || run.before.Other != "" || run.before.Whole(run.target.Version) {
		return rollout.Verdict{Outcome: rollout.Pass}
	}
	return verify.Run(ctx, run.checks, rollout.Moment{First: true, Last: true})
}

// start runs a release whose first checks pass. One that they end has changed
// nothing.
func (run aliasRun) start(ctx context.Context, r rollout.Runner) (rollout.State, error) {
	switch v := run.firstChecks(ctx); {
	case ctx.Err() != nil && !r.Stopping():
		return rollout.State{}, rollout.ErrAbandoned
	case ctx.Err() != nil:
		return rollout.State{}, rollout.ErrInterrupted
	case v.Outcome == rollout.Fails, v.Outcome == rollout.Inconclusive:
		return rollout.State{Phase: rollout.Failed, Reason: v.Detail + " (before the deployment: nothing was changed)"}, nil
	}
	return r.Run(ctx)
}

// deployOnward says what goes on without us.
const deployOnward = "CodeDeploy goes on with the deployment, and goes back by itself when it fails or an alarm fires (on_failure = \"rollback\"). The next apply follows it."
