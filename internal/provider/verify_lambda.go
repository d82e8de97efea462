package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdafunction"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// longestFunction is how long AWS lets a function run.
const longestFunction = 15 * time.Minute

type lambdaModel struct {
	FunctionName types.String  `tfsdk:"function_name"`
	Payload      types.String  `tfsdk:"payload"`
	Timeout      durationValue `tfsdk:"timeout"`
}

func readLambda(ctx context.Context, o types.Object) (l lambdaModel, diags diag.Diagnostics) {
	diags = o.As(ctx, &l, basetypes.ObjectAsOptions{})
	return l, diags
}

// lambdaKind has a function judge.
func lambdaKind() checkKind {
	return checkKind{
		attribute: schema.SingleNestedAttribute{Optional: true, Attributes: lambdaAttributes(),
			MarkdownDescription: "Invokes a function that judges the release. It answers `{\"verdict\": \"pass\"}`, or `fail` or `inconclusive`, with a `reason`. " +
				"A function that runs to its end and answers nothing passes; one that fails fails the check, and so does an answer that is no verdict. " +
				"An invocation that Lambda throttles is inconclusive. Needs `lambda:InvokeFunction`."},
		fault: func(ctx context.Context, o types.Object) (string, diag.Diagnostics) {
			l, diags := readLambda(ctx, o)
			return payloadFault(l.Payload), diags
		},
		build: func(ctx context.Context, d data, o types.Object) (verify.Named, diag.Diagnostics) {
			l, diags := readLambda(ctx, o)
			return verify.Named{Check: l.check(d).Check()}, diags
		},
		ready: func(ctx context.Context, d data, o types.Object) error {
			l, _ := readLambda(ctx, o)
			if err := lambdafunction.CanInvoke(ctx, d.aws.Lambda(), l.FunctionName.ValueString()); err != nil && !awsapi.IsTemporary(err) {
				return err
			}
			return nil
		},
		action: "lambda:InvokeFunction",
	}
}

func (l lambdaModel) check(d data) verify.Lambda {
	function := l.FunctionName.ValueString()
	out := verify.Lambda{
		Of: function, Payload: []byte(l.Payload.ValueString()), Timeout: longestFunction, Temporary: awsapi.IsTemporary,
		Call: func(ctx context.Context, payload []byte) (verify.Answer, error) {
			body, functionError, err := lambdafunction.Invoke(ctx, d.aws.Lambda(), function, payload)
			return verify.Answer{Body: body, Error: functionError}, needs(err, "lambda:InvokeFunction")
		},
	}
	if !l.Timeout.IsNull() {
		out.Timeout = l.Timeout.Duration()
	}
	return out
}

// payloadFault says what is wrong with an event.
func payloadFault(payload types.String) string {
	if text := payload.ValueString(); text != "" && !json.Valid([]byte(text)) {
		return fmt.Sprintf("payload = %q is not JSON, and Lambda takes nothing else. Write it with jsonencode(…).", text)
	}
	return ""
}

// judgeFault says what is wrong with the name of a function that judges.
func judgeFault(text string) string {
	if regexp.MustCompile(`^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:|[0-9]{12}:function:)?[a-zA-Z0-9_-]{1,64}(:(\$LATEST|[a-zA-Z0-9_-]{1,128}))?$`).MatchString(text) {
		return ""
	}
	return fmt.Sprintf(`%q is no function; give its name, such as "journey-test" or "journey-test:live", or its ARN`, text)
}
