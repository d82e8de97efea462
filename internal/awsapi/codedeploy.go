package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
)

// CodeDeploy is what the provider calls of AWS CodeDeploy, and no more, for
// the sake of the provider's size: see EC2.
type CodeDeploy struct {
	BatchGetApplications      deployCall[codedeploy.BatchGetApplicationsInput, codedeploy.BatchGetApplicationsOutput]
	BatchGetDeploymentGroups  deployCall[codedeploy.BatchGetDeploymentGroupsInput, codedeploy.BatchGetDeploymentGroupsOutput]
	BatchGetDeploymentTargets deployCall[codedeploy.BatchGetDeploymentTargetsInput, codedeploy.BatchGetDeploymentTargetsOutput]
	CreateApplication         deployCall[codedeploy.CreateApplicationInput, codedeploy.CreateApplicationOutput]
	CreateDeployment          deployCall[codedeploy.CreateDeploymentInput, codedeploy.CreateDeploymentOutput]
	CreateDeploymentConfig    deployCall[codedeploy.CreateDeploymentConfigInput, codedeploy.CreateDeploymentConfigOutput]
	CreateDeploymentGroup     deployCall[codedeploy.CreateDeploymentGroupInput, codedeploy.CreateDeploymentGroupOutput]
	GetApplication            deployCall[codedeploy.GetApplicationInput, codedeploy.GetApplicationOutput]
	GetDeployment             deployCall[codedeploy.GetDeploymentInput, codedeploy.GetDeploymentOutput]
	GetDeploymentConfig       deployCall[codedeploy.GetDeploymentConfigInput, codedeploy.GetDeploymentConfigOutput]
	GetDeploymentGroup        deployCall[codedeploy.GetDeploymentGroupInput, codedeploy.GetDeploymentGroupOutput]
	ListApplications          deployCall[codedeploy.ListApplicationsInput, codedeploy.ListApplicationsOutput]
	ListDeploymentGroups      deployCall[codedeploy.ListDeploymentGroupsInput, codedeploy.ListDeploymentGroupsOutput]
	ListDeploymentTargets     deployCall[codedeploy.ListDeploymentTargetsInput, codedeploy.ListDeploymentTargetsOutput]
	StopDeployment            deployCall[codedeploy.StopDeploymentInput, codedeploy.StopDeploymentOutput]
}

type deployCall[In, Out any] func(context.Context, *In, ...func(*codedeploy.Options)) (*Out, error)

// newCodeDeploy makes the client.
func (c *Clients) newCodeDeploy() CodeDeploy {
	client := codedeploy.NewFromConfig(c.config, func(o *codedeploy.Options) { c.endpoint(&o.BaseEndpoint, "codedeploy") })
	return CodeDeploy{
		BatchGetApplications:      client.BatchGetApplications,
		BatchGetDeploymentGroups:  client.BatchGetDeploymentGroups,
		BatchGetDeploymentTargets: client.BatchGetDeploymentTargets,
		CreateApplication:         client.CreateApplication,
		CreateDeployment:          client.CreateDeployment,
		CreateDeploymentConfig:    client.CreateDeploymentConfig,
		CreateDeploymentGroup:     client.CreateDeploymentGroup,
		GetApplication:            client.GetApplication,
		GetDeployment:             client.GetDeployment,
		GetDeploymentConfig:       client.GetDeploymentConfig,
		GetDeploymentGroup:        client.GetDeploymentGroup,
		ListApplications:          client.ListApplications,
		ListDeploymentGroups:      client.ListDeploymentGroups,
		ListDeploymentTargets:     client.ListDeploymentTargets,
		StopDeployment:            client.StopDeployment,
	}
}
