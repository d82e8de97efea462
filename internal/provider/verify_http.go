package provider

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// What an HTTP check does where nothing is configured.
const (
	httpTimeout  = 10 * time.Second
	httpAttempts = 3
	// httpInterval is long enough for a hiccup of the network to pass.
	httpInterval  = 5 * time.Second
	httpRedirects = 5
)

// What match says.
const (
	matchAll = "all"
	matchAny = "any"
)

type httpModel struct {
	URL                types.String  `tfsdk:"url"`
	URLs               types.List    `tfsdk:"urls"`
	Match              types.String  `tfsdk:"match"`
	Method             types.String  `tfsdk:"method"`
	Headers            types.Map     `tfsdk:"headers"`
	Body               types.String  `tfsdk:"body"`
	Status             types.Int64   `tfsdk:"status"`
	Contains           types.String  `tfsdk:"contains"`
	MaxLatency         durationValue `tfsdk:"max_latency"`
	Timeout            durationValue `tfsdk:"timeout"`
	Attempts           types.Int64   `tfsdk:"attempts"`
	Interval           durationValue `tfsdk:"interval"`
	MaxRedirects       types.Int64   `tfsdk:"max_redirects"`
	CACertificate      types.String  `tfsdk:"ca_certificate"`
	ServerName         types.String  `tfsdk:"server_name"`
	InsecureSkipVerify types.Bool    `tfsdk:"insecure_skip_verify"`
}

func readHTTP(ctx context.Context, o types.Object) (h httpModel, diags diag.Diagnostics) {
	diags = o.As(ctx, &h, basetypes.ObjectAsOptions{})
	return h, diags
}

// httpKind asks URLs.
func httpKind() checkKind {
	return checkKind{
		attribute: schema.SingleNestedAttribute{Optional: true, Attributes: httpAttributes(),
			MarkdownDescription: "Asks a URL, or several."},
		fault: func(ctx context.Context, o types.Object) (string, diag.Diagnostics) {
			h, diags := readHTTP(ctx, o)
			return h.fault(), diags
		},
		advice: func(ctx context.Context, o types.Object) string {
			h, _ := readHTTP(ctx, o)
			if !h.InsecureSkipVerify.ValueBool() {
				return ""
			}
			return "http.insecure_skip_verify = true: whoever answers counts as the application, whatever certificate it shows. " +
				"Give the authority in http.ca_certificate, or the certificate's name in http.server_name, instead."
		},
		build: func(ctx context.Context, d data, o types.Object) (verify.Named, diag.Diagnostics) {
			h, diags := readHTTP(ctx, o)
			return verify.Named{Check: h.check(d).Check()}, diags
		},
	}
}

func (h httpModel) fault() string {
	switch {
	case h.URL.IsNull() && h.URLs.IsNull():
		return "url is missing. Give http.url, or several in http.urls."
	case !h.URL.IsNull() && !h.URLs.IsNull():
		return "url and http.urls are both given. Put the URL among the urls."
	case !h.Match.IsNull() && h.URLs.IsNull():
		return fmt.Sprintf("match = %q has no http.urls to match. Leave it out, or give http.urls.", h.Match.ValueString())
	case !h.CACertificate.IsNull() && !h.CACertificate.IsUnknown() && !verify.IsCertificates(h.CACertificate.ValueString()):
		return `ca_certificate holds no certificate in PEM. Give text that begins with "-----BEGIN CERTIFICATE-----".`
	}
	if fault := urlFault(h.URL); fault != "" {
		return "url " + fault
	}
	for n, e := range h.URLs.Elements() {
		if s, ok := e.(types.String); ok {
			if fault := urlFault(s); fault != "" {
				return fmt.Sprintf("urls[%d] %s", n, fault)
			}
		}
	}
	return ""
}

// urlFault says what is wrong with a URL that is known. The URL itself may
// hold a secret and is not repeated.
func urlFault(value types.String) string {
	if value.IsNull() || value.IsUnknown() {
		return ""
	}
	u, err := url.Parse(value.ValueString())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "is no URL to ask. Write it with its scheme and host, such as https://shop.example.com/healthz."
	}
	if u.User != nil {
		return "holds a user, which plan, state and logs of proxies would show. Send it as a header: http.headers = { Authorization = \"Basic ${base64encode(\"user:password\")}\" }."
	}
	return ""
}

// check is the configured check; what is not known in a plan is left out.
func (h httpModel) check(d data) verify.HTTP {
	out := verify.HTTP{
		Any: h.Match.ValueString() == matchAny, Method: h.Method.ValueString(), Headers: textMap(h.Headers), Body: h.Body.ValueString(),
		Status: int(h.Status.ValueInt64()), Contains: h.Contains.ValueString(),
		MaxLatency: h.MaxLatency.Duration(), Timeout: httpTimeout, Attempts: httpAttempts, Interval: httpInterval, Redirects: httpRedirects,
		TLS:       verify.TLS{Authorities: h.CACertificate.ValueString(), ServerName: h.ServerName.ValueString(), Insecure: h.InsecureSkipVerify.ValueBool()},
		UserAgent: product + "/" + d.Version, Clock: d.Clock,
	}
	if !h.URL.IsNull() {
		out.URLs = []string{h.URL.ValueString()}
	}
	for _, e := range h.URLs.Elements() {
		if s, ok := e.(types.String); ok {
			out.URLs = append(out.URLs, s.ValueString())
		}
	}
	if !h.Timeout.IsNull() {
		out.Timeout = h.Timeout.Duration()
	}
	if !h.Attempts.IsNull() {
		out.Attempts = int(h.Attempts.ValueInt64())
	}
	if !h.Interval.IsNull() {
		out.Interval = h.Interval.Duration()
	}
	if !h.MaxRedirects.IsNull() {
		out.Redirects = int(h.MaxRedirects.ValueInt64())
	}
	return out
}

// textMap is a map of strings; what is not known is left out.
func textMap(m types.Map) map[string]string {
	out := map[string]string{}
	for name, value := range m.Elements() {
		if text, ok := value.(types.String); ok && !text.IsUnknown() {
			out[name] = text.ValueString()
		}
	}
	return out
}
