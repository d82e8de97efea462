package codedeploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// content is the AppSpec of the release, the same text each time.
func (t *Target) content() string {
	type properties struct{ Name, Alias, CurrentVersion, TargetVersion string }
	type resource struct {
		Type       string
		Properties properties
	}
	file := struct {
		Version   float64               `json:"version"`
		Resources []map[string]resource `json:"Resources"`
		Hooks     []map[string]string   `json:"Hooks,omitempty"`
	}{Resources: []map[string]resource{{t.Function: {Type: "AWS::Lambda::Function",
		Properties: properties{t.Function, t.Alias, t.back, t.Version}}}}}
	if t.Before != "" {
		file.Hooks = append(file.Hooks, map[string]string{"BeforeAllowTraffic": t.Before})
	}
	if t.After != "" {
		file.Hooks = append(file.Hooks, map[string]string{"AfterAllowTraffic": t.After})
	}
	text, _ := json.Marshal(file) // strings only
	return string(text)
}

// digest is the AppSpec's, as CodeDeploy shows it.
func (t *Target) digest() string {
	sum := sha256.Sum256([]byte(t.content()))
	return hex.EncodeToString(sum[:])
}

// create makes the deployment. Which one a lost answer made is found again in
// the group.
func (t *Target) create(ctx context.Context) error {
	doing := fmt.Sprintf("deploying version %s onto alias %s", t.Version, t.name())
	if err := t.ignore(ctx); err != nil {
		return err
	}
	out, err := t.api.CreateDeployment(ctx, &codedeploy.CreateDeploymentInput{
		ApplicationName: aws.String(t.Application), DeploymentGroupName: aws.String(t.Group), DeploymentConfigName: aws.String(t.configuration()),
		Description: aws.String(fmt.Sprintf("%s from version %s to version %s", t.name(), t.back, t.Version)),
		Revision: &types.RevisionLocation{RevisionType: types.RevisionLocationTypeAppSpecContent,
			AppSpecContent: &types.AppSpecContent{Content: aws.String(t.content())}},
		AutoRollbackConfiguration: t.goingBack(), OverrideAlarmConfiguration: t.watching(),
	})
	var limit *types.DeploymentLimitExceededException
	switch {
	case err == nil:
		t.id = aws.ToString(out.DeploymentId)
		return nil
	case errors.As(err, &limit):
		last, readErr := t.last(ctx)
		switch {
		case readErr != nil:
			return readErr
		case last.id != t.before && last.sha256 == t.digest():
			t.id = last.id // the SDK sent again what had been done
			return nil
		case last.id == t.before: // the account's limit, not the group's
			return fmt.Errorf("%s: %s", doing, awsapi.Describe(err))
		}
		return fmt.Errorf("%s: %w: %s was begun by somebody else", doing, rollout.ErrRefused, last.tell())
	}
	return classify(doing, err)
}

// goingBack is what CodeDeploy goes back for by itself.
func (t *Target) goingBack() *types.AutoRollbackConfiguration {
	if !t.AutoRollback {
		return &types.AutoRollbackConfiguration{Enabled: false}
	}
	return &types.AutoRollbackConfiguration{Enabled: true, Events: []types.AutoRollbackEvent{types.AutoRollbackEventDeploymentFailure,
		types.AutoRollbackEventDeploymentStopOnAlarm, types.AutoRollbackEventDeploymentStopOnRequest}}
}

// watching are the deployment's alarms, in place of the group's; nil leaves
// those in force.
func (t *Target) watching() *types.AlarmConfiguration {
	names := t.heeded()
	if len(names) == 0 && len(t.Alarms) == 0 && !t.Unwatched {
		return nil
	}
	c := &types.AlarmConfiguration{Enabled: len(names) > 0}
	for _, name := range names {
		c.Alarms = append(c.Alarms, types.Alarm{Name: aws.String(name)})
	}
	return c
}

// stop asks for a deployment's end. It is stopped a moment later.
func (t *Target) stop(ctx context.Context, id string, back bool) error {
	_, err := t.api.StopDeployment(ctx, &codedeploy.StopDeploymentInput{DeploymentId: aws.String(id), AutoRollbackEnabled: aws.Bool(back)})
	var over *types.DeploymentAlreadyCompletedException
	if errors.As(err, &over) {
		err = nil
	}
	if err == nil {
		t.stops[id] = back
	}
	return classify("stopping deployment "+id, err)
}

// classify words an error and tells the engine its kind.
func classify(doing string, err error) error {
	var status interface{ HTTPStatusCode() int }
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case awsapi.IsExpired(err):
		return fmt.Errorf("%s: %w: %w", doing, rollout.ErrExpired, worded{err})
	case errors.As(err, &status) && status.HTTPStatusCode() >= http.StatusInternalServerError,
		awsapi.IsThrottled(err), awsapi.IsConflict(err), awsapi.Code(err) == "":
		return fmt.Errorf("%s: %w", doing, worded{err})
	}
	return fmt.Errorf("%s: %w: %w", doing, rollout.ErrRefused, worded{err})
}

// worded is an error of the SDK in a person's words.
type worded struct{ error }

func (w worded) Error() string { return awsapi.Describe(w.error) }

func (w worded) Unwrap() error { return w.error }
