package codedeploy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Settings name the application, the deployment group and the configuration.
// What does not exist is created by the first deployment.
type Settings struct {
	Application, Group string
	Configuration      string // empty for one that is named after the routing
	Role               string // what a new group lets CodeDeploy assume
}

// configuration is the name of the deployment configuration.
func (t *Target) configuration() string {
	if t.Configuration != "" && !t.Unwatched {
		return t.Configuration
	}
	return t.Routing.Configuration()
}

// Fault says why a deployment with these settings could not be made, and of
// which attribute; nothing when it can.
type Fault struct {
	Attribute, Text string
	Missing         bool // what is missing may still be created
}

// Check compares the settings with what is there. Without the permission to
// read, it finds no fault.
func (s Settings) Check(ctx context.Context, api awsapi.CodeDeploy, r Routing) (Fault, error) {
	app, err := api.GetApplication(ctx, &codedeploy.GetApplicationInput{ApplicationName: aws.String(s.Application)})
	switch {
	case awsapi.IsNotFound(err):
		if s.Role == "" {
			return Fault{"service_role_arn", fmt.Sprintf("CodeDeploy has no application %q, and creating its deployment group needs a role", s.Application), true}, nil
		}
	case err != nil:
		return Fault{}, err
	case app.Application != nil && app.Application.ComputePlatform != types.ComputePlatformLambda:
		return Fault{"application_name", fmt.Sprintf("application %q is of the compute platform %s, and a Lambda alias needs one of Lambda",
			s.Application, app.Application.ComputePlatform), false}, nil
	default:
		_, err := api.GetDeploymentGroup(ctx, &codedeploy.GetDeploymentGroupInput{ApplicationName: aws.String(s.Application), DeploymentGroupName: aws.String(s.Group)})
		if awsapi.IsNotFound(err) && s.Role == "" {
			return Fault{"service_role_arn", fmt.Sprintf("application %q has no deployment group %q, and creating it needs a role", s.Application, s.Group), true}, nil
		}
		if err != nil && !awsapi.IsNotFound(err) {
			return Fault{}, err
		}
	}
	return s.checkConfiguration(ctx, api, r)
}

func (s Settings) checkConfiguration(ctx context.Context, api awsapi.CodeDeploy, r Routing) (Fault, error) {
	name := s.Configuration
	if name == "" {
		name = r.Configuration()
	}
	out, err := api.GetDeploymentConfig(ctx, &codedeploy.GetDeploymentConfigInput{DeploymentConfigName: aws.String(name)})
	switch {
	case awsapi.IsNotFound(err):
		return Fault{}, nil
	case err != nil:
		return Fault{}, err
	}
	if there, ok := routing(out.DeploymentConfigInfo); !ok || !there.same(r) {
		is := "of another compute platform"
		if ok {
			is = there.String()
		}
		return Fault{"deployment_config_name", fmt.Sprintf("deployment configuration %q is %s, and strategy asks for %s", name, is, r), false}, nil
	}
	return Fault{}, nil
}

// ensure creates what is not there yet. What somebody else created in the same
// moment is as good.
func (t *Target) ensure(ctx context.Context) error {
	if name := t.configuration(); !strings.HasPrefix(name, "CodeDeployDefault.") {
		_, err := t.api.GetDeploymentConfig(ctx, &codedeploy.GetDeploymentConfigInput{DeploymentConfigName: aws.String(name)})
		if awsapi.IsNotFound(err) {
			_, err = t.api.CreateDeploymentConfig(ctx, &codedeploy.CreateDeploymentConfigInput{DeploymentConfigName: aws.String(name),
				ComputePlatform: types.ComputePlatformLambda, TrafficRoutingConfig: t.Routing.input()})
		}
		var exists *types.DeploymentConfigAlreadyExistsException
		if err != nil && !errors.As(err, &exists) {
			return classify("creating deployment configuration "+name, err)
		}
	}
	_, err := t.api.GetDeploymentGroup(ctx, &codedeploy.GetDeploymentGroupInput{ApplicationName: aws.String(t.Application), DeploymentGroupName: aws.String(t.Group)})
	if err == nil || !awsapi.IsNotFound(err) {
		return classify("reading deployment group "+t.Group, err)
	}
	if t.Role == "" {
		return fmt.Errorf("%w: there is no deployment group %s of application %s, and creating it needs codedeploy.service_role_arn", rollout.ErrRefused, t.Group, t.Application)
	}
	_, err = t.api.CreateApplication(ctx, &codedeploy.CreateApplicationInput{ApplicationName: aws.String(t.Application), ComputePlatform: types.ComputePlatformLambda})
	var there *types.ApplicationAlreadyExistsException
	if err != nil && !errors.As(err, &there) {
		return classify("creating application "+t.Application, err)
	}
	_, err = t.api.CreateDeploymentGroup(ctx, &codedeploy.CreateDeploymentGroupInput{
		ApplicationName: aws.String(t.Application), DeploymentGroupName: aws.String(t.Group), ServiceRoleArn: aws.String(t.Role),
		DeploymentConfigName: aws.String(t.configuration()), AutoRollbackConfiguration: t.goingBack(), AlarmConfiguration: t.watching(),
		DeploymentStyle: &types.DeploymentStyle{DeploymentType: types.DeploymentTypeBlueGreen, DeploymentOption: types.DeploymentOptionWithTrafficControl},
	})
	var exists *types.DeploymentGroupAlreadyExistsException
	if errors.As(err, &exists) {
		return nil
	}
	var role *types.InvalidRoleException
	if t.roleTries++; errors.As(err, &role) && t.roleTries < roleAttempts {
		return fmt.Errorf("creating deployment group %s: %w", t.Group, worded{err}) // a new role takes a while to be seen
	}
	return classify("creating deployment group "+t.Group, err)
}

// roleAttempts bounds how often a role that CodeDeploy cannot assume is tried:
// IAM tells of a new one within a minute or so.
const roleAttempts = 10
