package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

type invokeModel struct {
	Payload       types.String `tfsdk:"payload"`
	Expect        types.String `tfsdk:"expect"`
	Status        types.Int64  `tfsdk:"status"`
	FunctionError types.String `tfsdk:"function_error"`
	MaxLatency    types.String `tfsdk:"max_latency"`
}

func readInvoke(ctx context.Context, o types.Object) (i invokeModel, diags diag.Diagnostics) {
	diags = o.As(ctx, &i, basetypes.ObjectAsOptions{})
	return i, diags
}

// invokeKind calls the new version of a function directly.
func invokeKind(function, version string) checkKind {
	return checkKind{
		attribute: invokeAttribute(),
		fault: func(ctx context.Context, o types.Object) (string, diag.Diagnostics) {
			i, diags := readInvoke(ctx, o)
			return i.fault(), diags
		},
		build: func(ctx context.Context, d data, o types.Object) (verify.Named, diag.Diagnostics) {
			i, diags := readInvoke(ctx, o)
			return verify.Named{First: true, Check: i.check(d, function, version).Check()}, diags
		},
	}
}

func (i invokeModel) fault() string {
	if !i.FunctionError.IsNull() && (!i.Expect.IsNull() || !i.Status.IsNull()) {
		return "function_error wants the function to fail: it has no answer that expect or status could judge. Make two checks of it."
	}
	return payloadFault(i.Payload)
}

func (i invokeModel) check(d data, function, version string) verify.Invoke {
	return verify.Invoke{
		Of: function + ":" + version, Payload: []byte(i.Payload.ValueString()), Expect: i.Expect.ValueString(), Status: int(i.Status.ValueInt64()),
		Fails: !i.FunctionError.IsNull(), FailsWith: i.FunctionError.ValueString(), MaxLatency: i.latency(),
		Call: func(ctx context.Context, payload []byte) (verify.Answer, error) {
			began := d.Clock.Now()
			answer, err := lambdaalias.Invoke(ctx, d.aws, function, version, payload)
			if answer.Took == 0 { // its log does not tell
				answer.Took = d.Clock.Now().Sub(began)
			}
			return answer, err
		},
		Temporary: lambdaalias.Temporary,
	}
}

// latency is max_latency; 0 is any.
func (i invokeModel) latency() time.Duration {
	d, err := time.ParseDuration(i.MaxLatency.ValueString())
	if err != nil {
		return 0 // not given: validation has refused what is no duration
	}
	return d
}

func latencyFault(text string) string {
	if d, err := time.ParseDuration(text); err == nil && d >= time.Millisecond && d <= longestFunction {
		return ""
	}
	return fmt.Sprintf(`%q is no time that a function may run; give a Go duration of 1ms to 15m, such as "300ms"`, text)
}

// invokeAttribute is the kind of check that calls the new version directly.
func invokeAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{Optional: true,
		MarkdownDescription: "Invokes the new version directly, first before it gets any traffic. A function error fails the check unless `function_error` asks for one. " +
			"An invocation that Lambda throttles is inconclusive. Needs `lambda:InvokeFunction`.",
		Attributes: map[string]schema.Attribute{
			"payload": schema.StringAttribute{Optional: true,
				MarkdownDescription: "The event, as JSON. Default: none."},
			"expect": schema.StringAttribute{Optional: true,
				MarkdownDescription: "What the answer must hold. Of a JSON object, such as `jsonencode({ statusCode = 200 })`, the answer must " +
					"have every member and may have more; any other text must be a part of it. Default: any answer passes."},
			"status": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(100, 599)},
				MarkdownDescription: "What the member `statusCode` of the answer must be, 100 to 599, where the function answers for HTTP (API Gateway, load balancer, function URL). Default: any, or none."},
			"function_error": schema.StringAttribute{Optional: true,
				MarkdownDescription: "The function must fail, and this text must be a part of its error (`\"\"` for any error), such as for an event that it has to refuse. Excludes `expect` and `status`."},
			"max_latency": schema.StringAttribute{Optional: true, Validators: []validator.String{textual{latencyFault}},
				MarkdownDescription: "How long the function may run, by the duration that Lambda reports, without initialisation; longer fails the check. A Go duration such as `\"300ms\"`, at most 15m. Default: any."},
		}}
}
