package lambdaalias

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// SwitchedOff tells that the function's reserved concurrency is 0: then
// nothing can invoke it.
func SwitchedOff(ctx context.Context, clients *awsapi.Clients, function string) (bool, error) {
	out, err := clients.Lambda().GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: aws.String(function)})
	if err != nil {
		return false, classify("reading the reserved concurrency of "+function, err)
	}
	return out.ReservedConcurrentExecutions != nil && *out.ReservedConcurrentExecutions == 0, nil
}

// Bypasses are the event sources that invoke the function itself, its $LATEST,
// or a version by number: no alias routes what they send.
func Bypasses(ctx context.Context, clients *awsapi.Clients, function string) (sources []string, err error) {
	pages := lambda.NewListEventSourceMappingsPaginator(clients.Lambda(), &lambda.ListEventSourceMappingsInput{FunctionName: aws.String(function)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, classify("reading the event sources of "+function, err)
		}
		for _, m := range page.EventSourceMappings {
			if state := aws.ToString(m.State); state == "Disabled" || state == "Deleting" {
				continue
			}
			if q := qualifier(aws.ToString(m.FunctionArn)); q == "" || q == latest || strings.Trim(q, "0123456789") == "" {
				sources = append(sources, source(aws.ToString(m.EventSourceArn), aws.ToString(m.UUID)))
			}
		}
	}
	return sources, nil
}

// qualifier is what an ARN of a function has behind the name:
// arn:aws:lambda:region:account:function:name:qualifier.
func qualifier(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) == 8 {
		return parts[7]
	}
	return ""
}

// source names an event source; those of Kafka outside AWS have no ARN.
func source(arn, uuid string) string {
	if arn == "" {
		return "event source mapping " + uuid
	}
	return arn
}
