package lambdafunction

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// invokeAttempts bounds how often a throttled invocation is sent again.
const invokeAttempts = 3

// invoker is what Invoke and CanInvoke ask of Lambda.
type invoker interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Invoke runs a function, named by name or ARN with or without a qualifier,
// and waits for its answer. functionError is empty when it ran to its end.
func Invoke(ctx context.Context, api invoker, function string, payload []byte) (body []byte, functionError string, err error) {
	out, err := api.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(function), Payload: payload},
		func(o *lambda.Options) { o.RetryMaxAttempts = invokeAttempts })
	if err != nil {
		return nil, "", worded{err}
	}
	return out.Payload, aws.ToString(out.FunctionError), nil
}

// CanInvoke tells why a function cannot be invoked, without invoking it.
func CanInvoke(ctx context.Context, api invoker, function string) error {
	_, err := api.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(function), InvocationType: types.InvocationTypeDryRun})
	if err != nil {
		return worded{err}
	}
	return nil
}

// worded is an error of the SDK in a person's words.
type worded struct{ error }

func (w worded) Error() string { return awsapi.Describe(w.error) }

func (w worded) Unwrap() error { return w.error }
