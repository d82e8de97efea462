package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

type invokeModel struct {
	Payload types.String `tfsdk:"payload"`
	Expect  types.String `tfsdk:"expect"`
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
			return payloadFault(i.Payload), diags
		},
		build: func(ctx context.Context, d data, o types.Object) (verify.Named, diag.Diagnostics) {
			i, diags := readInvoke(ctx, o)
			return verify.Named{First: true, Check: verify.Invoke{
				Of: function + ":" + version, Payload: []byte(i.Payload.ValueString()), Expect: i.Expect.ValueString(),
				Call: func(ctx context.Context, payload []byte) (verify.Answer, error) {
					body, functionError, err := lambdaalias.Invoke(ctx, d.aws, function, version, payload)
					return verify.Answer{Body: body, Error: functionError}, err
				},
				Temporary: lambdaalias.Temporary,
			}.Check()}, diags
		},
	}
}

// invokeAttribute is the kind of check that calls the new version directly.
func invokeAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{Optional: true,
		MarkdownDescription: "Invokes the new version directly, first before it gets any traffic. A function error fails the check.",
		Attributes: map[string]schema.Attribute{
			"payload": schema.StringAttribute{Optional: true,
				MarkdownDescription: "The event, as JSON. Default: none."},
			"expect": schema.StringAttribute{Optional: true,
				MarkdownDescription: "What the answer must hold. Of a JSON object, such as `jsonencode({ statusCode = 200 })`, the answer must " +
					"have every member and may have more; any other text must be a part of it. Default: any answer passes."},
		}}
}
