package lambdaalias

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// invokeAttempts bounds how often a throttled invocation is sent again before
// it counts as inconclusive.
const invokeAttempts = 3

// Invoke runs a version once and waits for its answer.
func Invoke(ctx context.Context, clients *awsapi.Clients, function, version string, payload []byte) (verify.Answer, error) {
	out, err := clients.Lambda().Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(function), Qualifier: aws.String(version), Payload: payload, LogType: types.LogTypeTail,
	}, func(o *lambda.Options) { o.RetryMaxAttempts = invokeAttempts })
	if err != nil {
		return verify.Answer{}, classify(fmt.Sprintf("version %s", version), err)
	}
	return verify.Answer{Body: out.Payload, Error: aws.ToString(out.FunctionError), Took: reported(aws.ToString(out.LogResult))}, nil
}

// reported is how long an invocation ran, by the end of its log, as text or as
// JSON; 0 when that does not tell.
func reported(tail string) time.Duration {
	text, err := base64.StdEncoding.DecodeString(tail)
	if err != nil {
		return 0
	}
	for _, form := range []string{`REPORT (?:RequestId: \S+\s+)?Duration: ([0-9.]+) ms`, `"platform\.report".*"durationMs":\s*([0-9.]+)`} {
		found := regexp.MustCompile(form).FindAllSubmatch(text, -1)
		if len(found) == 0 {
			continue
		}
		if ms, err := strconv.ParseFloat(string(found[len(found)-1][1]), 64); err == nil {
			return time.Duration(ms * float64(time.Millisecond))
		}
	}
	return 0
}
