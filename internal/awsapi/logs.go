package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Logs is what the provider calls of CloudWatch Logs, and no more: as with
// EC2, the linker then drops the rest.
type Logs struct {
	FilterLogEvents func(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error)
}

// Logs is the client of Amazon CloudWatch Logs.
func (c *Clients) Logs() Logs {
	client := cloudwatchlogs.NewFromConfig(c.config, func(o *cloudwatchlogs.Options) { c.endpoint(&o.BaseEndpoint, "logs") })
	return Logs{FilterLogEvents: client.FilterLogEvents}
}
