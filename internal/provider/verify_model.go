package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

type checkModel struct {
	Name   types.String `tfsdk:"name"`
	HTTP   types.Object `tfsdk:"http"`
	Invoke types.Object `tfsdk:"invoke"`
}

type httpModel struct {
	URL      types.String  `tfsdk:"url"`
	Method   types.String  `tfsdk:"method"`
	Headers  types.Map     `tfsdk:"headers"`
	Status   types.Int64   `tfsdk:"status"`
	Contains types.String  `tfsdk:"contains"`
	Timeout  durationValue `tfsdk:"timeout"`
	Attempts types.Int64   `tfsdk:"attempts"`
}

type invokeModel struct {
	Payload types.String `tfsdk:"payload"`
	Expect  types.String `tfsdk:"expect"`
}

// checkModels reads the list of checks; one that is not known yet has none.
func checkModels(ctx context.Context, list types.List) (checks []checkModel, diags diag.Diagnostics) {
	if list.IsNull() || list.IsUnknown() {
		return nil, nil
	}
	for _, e := range list.Elements() {
		if e.IsUnknown() {
			return nil, nil
		}
	}
	diags = list.ElementsAs(ctx, &checks, false)
	return checks, diags
}

// validateChecks refuses checks that are no check.
func validateChecks(ctx context.Context, list types.List) diag.Diagnostics {
	checks, diags := checkModels(ctx, list)
	refuse := func(name, detail string) {
		diags.AddAttributeError(path.Root("verify"), "Invalid check", fmt.Sprintf("verify: check %q: %s", name, detail))
	}
	seen := map[string]bool{}
	for _, c := range checks {
		name := c.Name.ValueString()
		if seen[name] && !c.Name.IsUnknown() {
			refuse(name, "there are two of this name. Give each its own, so that a message says which one failed.")
		}
		seen[name] = true
		switch {
		case c.HTTP.IsUnknown() || c.Invoke.IsUnknown():
		case c.HTTP.IsNull() && c.Invoke.IsNull():
			refuse(name, "it checks nothing. Give it one of http and invoke.")
		case !c.HTTP.IsNull() && !c.Invoke.IsNull():
			refuse(name, "it has both http and invoke. Make two checks of it, each with one.")
		case !c.HTTP.IsNull():
			h, d := c.http(ctx)
			diags.Append(d...)
			if fault := urlFault(h.URL); fault != "" {
				refuse(name, fault)
			}
		default:
			i, d := c.invoke(ctx)
			diags.Append(d...)
			if payload := i.Payload.ValueString(); payload != "" && !json.Valid([]byte(payload)) {
				refuse(name, fmt.Sprintf("invoke.payload = %q is not JSON, and Lambda takes nothing else. Write it with jsonencode(…).", payload))
			}
		}
	}
	return diags
}

// urlFault says what is wrong with a URL that is known. The URL itself may
// hold a secret and is not repeated.
func urlFault(value types.String) string {
	if value.IsNull() || value.IsUnknown() {
		return ""
	}
	u, err := url.Parse(value.ValueString())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "http.url is no URL to ask. Write it with its scheme and host, such as https://shop.example.com/healthz."
	}
	return ""
}

func (c checkModel) http(ctx context.Context) (h httpModel, diags diag.Diagnostics) {
	diags = c.HTTP.As(ctx, &h, basetypes.ObjectAsOptions{})
	return h, diags
}

func (c checkModel) invoke(ctx context.Context) (i invokeModel, diags diag.Diagnostics) {
	diags = c.Invoke.As(ctx, &i, basetypes.ObjectAsOptions{})
	return i, diags
}

// httpCheck is the configured check, ready to run.
func (d data) httpCheck(ctx context.Context, c checkModel) (verify.Check, diag.Diagnostics) {
	h, diags := c.http(ctx)
	headers := map[string]string{}
	for name, value := range h.Headers.Elements() {
		if text, ok := value.(types.String); ok { // some may not be known in a plan
			headers[name] = text.ValueString()
		}
	}
	check := verify.HTTP{
		URL: h.URL.ValueString(), Method: h.Method.ValueString(), Headers: headers,
		Status: int(h.Status.ValueInt64()), Contains: h.Contains.ValueString(),
		Timeout: httpTimeout, Attempts: httpAttempts,
		UserAgent: product + "/" + d.Version, Clock: d.Clock,
	}
	if !h.Timeout.IsNull() {
		check.Timeout = h.Timeout.Duration()
	}
	if !h.Attempts.IsNull() {
		check.Attempts = int(h.Attempts.ValueInt64())
	}
	return check.Check(), diags
}
