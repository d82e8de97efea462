package codedeploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

const succeeded = types.DeploymentStatusSucceeded

// deployment is one as CodeDeploy describes it; the zero value is none.
type deployment struct {
	id, sha256      string
	status          types.DeploymentStatus
	code, message   string
	current, target string // versions; empty before it has started
	rollback        bool   // it takes another one back
	triggeredBy     string // which
	rollbackID      string // what takes this one back
	returnsBy       []types.AutoRollbackEvent
	alarms          []string
	completed       time.Time
}

// active tells that it is under way.
func (d deployment) active() bool {
	return d.id != "" && !slices.Contains([]types.DeploymentStatus{succeeded, types.DeploymentStatusFailed, types.DeploymentStatusStopped}, d.status)
}

// ended tells that it ended badly not long ago, and that nothing takes it back
// yet.
func (d deployment) ended(now time.Time, ago time.Duration) bool {
	return d.id != "" && !d.active() && d.status != succeeded && !d.rollback && d.rollbackID == "" && now.Sub(d.completed) < ago
}

// goesBack tells that CodeDeploy goes back for what happened to it.
func (d deployment) goesBack() bool {
	happened := types.AutoRollbackEventDeploymentFailure
	switch {
	case d.code == string(types.ErrorCodeAlarmActive):
		happened = types.AutoRollbackEventDeploymentStopOnAlarm
	case d.status == types.DeploymentStatusStopped:
		happened = types.AutoRollbackEventDeploymentStopOnRequest
	}
	return slices.Contains(d.returnsBy, happened)
}

func (d deployment) stoppedByHand() bool { return d.code == string(types.ErrorCodeManualStop) }

// guards tells whether it has the alarms, and goes back by itself where that
// is wanted.
func (d deployment) guards(alarms []string, back bool) bool {
	for _, name := range alarms {
		if !slices.Contains(d.alarms, name) {
			return false
		}
	}
	return !back || slices.Contains(d.returnsBy, types.AutoRollbackEventDeploymentFailure) &&
		(len(alarms) == 0 || slices.Contains(d.returnsBy, types.AutoRollbackEventDeploymentStopOnAlarm))
}

func (d deployment) tell() string { return fmt.Sprintf("deployment %s is %s", d.id, d.status) }

// last is the group's last attempt; none where there is no such group.
func (t *Target) last(ctx context.Context) (deployment, error) {
	out, err := t.api.GetDeploymentGroup(ctx, &codedeploy.GetDeploymentGroupInput{
		ApplicationName: aws.String(t.Application), DeploymentGroupName: aws.String(t.Group)})
	switch {
	case awsapi.IsNotFound(err):
		return deployment{}, nil
	case err != nil:
		return deployment{}, classify("reading deployment group "+t.Group, err)
	case out.DeploymentGroupInfo == nil || out.DeploymentGroupInfo.LastAttemptedDeployment == nil:
		return deployment{}, nil
	}
	d, err := t.find(ctx, aws.ToString(out.DeploymentGroupInfo.LastAttemptedDeployment.DeploymentId))
	if err == nil && d.alarms == nil {
		d.alarms = alarmNames(out.DeploymentGroupInfo.AlarmConfiguration)
	}
	return d, err
}

// find reads a deployment, and which versions it is about.
func (t *Target) find(ctx context.Context, id string) (d deployment, err error) {
	out, err := t.api.GetDeployment(ctx, &codedeploy.GetDeploymentInput{DeploymentId: aws.String(id)})
	if err != nil {
		return d, classify("reading deployment "+id, err)
	}
	if out.DeploymentInfo == nil {
		return d, fmt.Errorf("reading deployment %s: %w", id, rollout.ErrNotFound)
	}
	d = described(*out.DeploymentInfo)
	if !slices.Contains(types.DeploymentStatus("").Values(), d.status) {
		return d, fmt.Errorf("%w: deployment %s is in a status that this provider does not know: %s", rollout.ErrRefused, id, d.status)
	}
	if known, ok := t.versions[id]; ok { // they never change
		d.current, d.target = known[0], known[1]
		return d, nil
	}
	target, err := t.deployed(ctx, id)
	if info := target.LambdaFunctionInfo; info != nil {
		d.current, d.target = aws.ToString(info.CurrentVersion), aws.ToString(info.TargetVersion)
		t.versions[id] = [2]string{d.current, d.target}
	}
	return d, err
}

func described(info types.DeploymentInfo) deployment {
	d := deployment{id: aws.ToString(info.DeploymentId), status: info.Status, completed: aws.ToTime(info.CompleteTime),
		rollback: info.Creator == types.DeploymentCreatorCodeDeployRollback, alarms: alarmNames(info.OverrideAlarmConfiguration)}
	if e := info.ErrorInformation; e != nil {
		d.code, d.message = string(e.Code), aws.ToString(e.Message)
	}
	if r := info.RollbackInfo; r != nil {
		d.rollbackID, d.triggeredBy = aws.ToString(r.RollbackDeploymentId), aws.ToString(r.RollbackTriggeringDeploymentId)
	}
	if a := info.AutoRollbackConfiguration; a != nil && a.Enabled {
		d.returnsBy = a.Events
	}
	if r := info.Revision; r != nil && r.AppSpecContent != nil {
		d.sha256 = aws.ToString(r.AppSpecContent.Sha256)
	} else if r != nil && r.String_ != nil { //nolint:staticcheck // deployments that others began may have it
		d.sha256 = aws.ToString(r.String_.Sha256) //nolint:staticcheck // as above
	}
	return d
}

// alarmNames are those of a configuration in force; nil when none is given.
func alarmNames(c *types.AlarmConfiguration) []string {
	if c == nil {
		return nil
	}
	names := []string{}
	for _, a := range c.Alarms {
		if c.Enabled {
			names = append(names, aws.ToString(a.Name))
		}
	}
	return names
}

// deployed is what a deployment deploys to, with its lifecycle events; empty
// before it has started.
func (t *Target) deployed(ctx context.Context, id string) (types.LambdaTarget, error) {
	target, err := lambdaTarget(ctx, t.api, id)
	if awsapi.IsAccessDenied(err) { // without it, a deployment is known by its AppSpec's digest
		err = nil
	}
	return target, classify("reading the target of deployment "+id, err)
}

// lambdaTarget is the only target of a Lambda deployment; empty before it has
// started.
func lambdaTarget(ctx context.Context, api awsapi.CodeDeploy, id string) (types.LambdaTarget, error) {
	listed, err := api.ListDeploymentTargets(ctx, &codedeploy.ListDeploymentTargetsInput{DeploymentId: aws.String(id)})
	if err == nil && len(listed.TargetIds) > 0 {
		var out *codedeploy.BatchGetDeploymentTargetsOutput
		out, err = api.BatchGetDeploymentTargets(ctx, &codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: aws.String(id), TargetIds: listed.TargetIds})
		if err == nil && len(out.DeploymentTargets) > 0 && out.DeploymentTargets[0].LambdaTarget != nil {
			return *out.DeploymentTargets[0].LambdaTarget, nil
		}
	}
	var early *types.DeploymentNotStartedException
	if errors.As(err, &early) {
		err = nil
	}
	return types.LambdaTarget{}, err
}

// failedHook tells which hook failed and why; nothing when none did.
func (t *Target) failedHook(ctx context.Context, id string) string {
	target, err := t.deployed(ctx, id)
	if err != nil {
		return ""
	}
	for _, e := range target.LifecycleEvents {
		if e.Status == types.LifecycleEventStatusFailed && e.Diagnostics != nil {
			return fmt.Sprintf("%s: %s", aws.ToString(e.LifecycleEventName), aws.ToString(e.Diagnostics.Message))
		}
	}
	return ""
}
