package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// ECS is what the provider calls of Amazon ECS, and no more (see EC2).
type ECS struct {
	ListTaskDefinitions    ecsCall[ecs.ListTaskDefinitionsInput, ecs.ListTaskDefinitionsOutput]
	DescribeTaskDefinition ecsCall[ecs.DescribeTaskDefinitionInput, ecs.DescribeTaskDefinitionOutput]
}

type ecsCall[In, Out any] func(context.Context, *In, ...func(*ecs.Options)) (*Out, error)

func ecsCalls(c *ecs.Client) ECS {
	return ECS{ListTaskDefinitions: c.ListTaskDefinitions, DescribeTaskDefinition: c.DescribeTaskDefinition}
}

// ECSClient is the SDK's whole client, for tests that make an estate.
func ECSClient(c *Clients) *ecs.Client {
	return ecs.NewFromConfig(c.config, func(o *ecs.Options) { c.endpoint(&o.BaseEndpoint, "ecs") })
}
