package provider

import (
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// verifyAttribute is the list of checks, each of one of the kinds.
func verifyAttribute(description string, kinds checkKinds) schema.Attribute {
	attributes := map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 64)},
			MarkdownDescription: "Name of the check, for messages; each once."},
	}
	for name, k := range kinds {
		attributes[name] = k.attribute
	}
	return schema.ListNestedAttribute{
		Optional: true, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
		MarkdownDescription: description,
		NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
	}
}

func httpAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"url": schema.StringAttribute{Optional: true, MarkdownDescription: "The URL, `http` or `https`, without a user or password, which go into `headers`: plan and state show it. Messages and reports leave out the values of its query. Exactly one of `url` and `urls` is given."},
		"urls": schema.ListAttribute{ElementType: types.StringType, Optional: true, Validators: []validator.List{listvalidator.SizeBetween(1, 50)},
			MarkdownDescription: "Several URLs, asked one after the other; see `match`."},
		"match": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf(matchAll, matchAny)},
			MarkdownDescription: "With `urls`: `all` of them must pass, or `any` one is enough. Default: `all`."},
		"method": schema.StringAttribute{Optional: true,
			Validators: []validator.String{stringvalidator.OneOf(http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
				http.MethodPatch, http.MethodDelete, http.MethodOptions)},
			MarkdownDescription: "The method. Default: `GET`."},
		"headers": schema.MapAttribute{ElementType: types.StringType, Optional: true, Sensitive: true,
			MarkdownDescription: "Headers to send. They follow a redirection only to the same host, and never from `https` to `http`. Terraform keeps them in the state, as it does every sensitive value; messages and reports leave their values out, also where an answer repeats them."},
		"body": schema.StringAttribute{Optional: true, Sensitive: true,
			MarkdownDescription: "The body to send; its `Content-Type` goes into `headers`. It follows a redirection only to the same host, and never from `https` to `http`. It is kept and left out as `headers` are. Default: none."},
		"status": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(100, 599)},
			MarkdownDescription: "The status that passes. Default: any of 200 to 299, after redirections."},
		"contains": schema.StringAttribute{Optional: true,
			MarkdownDescription: "Text that the body must contain; the first MiB is looked at."},
		"max_latency": durationAttribute("How long the whole answer may take; a later one fails the attempt. Default: as long as `timeout`.", time.Second, 5*time.Minute),
		"timeout":     durationAttribute("How long to wait for an answer. Default: `\"10s\"`.", time.Second, 5*time.Minute),
		"attempts": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(1, 20)},
			MarkdownDescription: "How often to ask a URL before it counts as failed. Default: 3."},
		"interval": durationAttribute("How long to wait between attempts. Default: `\"5s\"`.", 0, 5*time.Minute),
		"max_redirects": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(0, 20)},
			MarkdownDescription: "How many redirections are followed, 0 to 20; one more fails the attempt. None is followed where `status` is 300 to 399. Default: 5."},
		"ca_certificate": schema.StringAttribute{Optional: true,
			MarkdownDescription: "Certificates of authorities, in PEM, that are accepted beside the system's."},
		"server_name": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The name that the certificate must be for. Default: the URL's host."},
		"insecure_skip_verify": schema.BoolAttribute{Optional: true,
			MarkdownDescription: "Accept any certificate; the plan warns of it. Default: false."},
	}
}

func lambdaAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"function_name": schema.StringAttribute{Required: true, Validators: []validator.String{textual{judgeFault}},
			MarkdownDescription: "The function: its name or ARN, with `:version` or `:alias` behind it or without."},
		"payload": schema.StringAttribute{Optional: true, MarkdownDescription: "The event, as JSON. Default: none."},
		"timeout": durationAttribute("How long its answer may take. Default: `\"15m\"`, the longest that Lambda lets a function run.", time.Second, longestFunction),
	}
}

// metricAttributes are those of a metric check.
func metricAttributes() map[string]schema.Attribute {
	out := metricSource()
	own := map[string]schema.Attribute{
		"expression": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 2048)},
			MarkdownDescription: "Instead of one metric: [metric math](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html) over `queries`, such as `100 * errors / requests`, or a Metrics Insights query (`SELECT …`)."},
		"queries": schema.MapNestedAttribute{Optional: true, Validators: []validator.Map{mapvalidator.SizeBetween(1, 50)},
			NestedObject:        schema.NestedAttributeObject{Attributes: metricSource()},
			MarkdownDescription: "The metrics of `expression`, by the names that it calls them: a lower-case letter, then letters, digits and `_`."},
		"period": durationAttribute("Length of a datapoint: 1, 5, 10, 20 or 30 seconds, or whole minutes, as CloudWatch has it. Default: `\"1m\"`.", time.Second, time.Hour),
		"window": durationAttribute("How far to look back. Default: to when the step arrived. Only whole periods are looked at; a window that is longer than the pause holds what the step before did.", time.Second, 24*time.Hour),
		"comparison": schema.StringAttribute{Optional: true,
			Validators: []validator.String{stringvalidator.OneOf(verify.Greater, verify.GreaterOrEqual, verify.Less, verify.LessOrEqual)},
			MarkdownDescription: "What is bad, in a CloudWatch alarm's words: `GreaterThanThreshold`, `GreaterThanOrEqualToThreshold`, `LessThanThreshold` or `LessThanOrEqualToThreshold`. " +
				"One datapoint that is so fails the check. Default: `GreaterThanThreshold`."},
		"threshold": schema.Float64Attribute{Optional: true, MarkdownDescription: "What every datapoint is compared with, in the metric's unit. Required."},
		"min_samples": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: "How many samples the window must hold, of an expression its metric with the most; with fewer the check is inconclusive. A Metrics Insights query counts datapoints. Default: 1, or 0 where `treat_missing_data` is `notBreaching`."},
		"treat_missing_data": schema.StringAttribute{Optional: true,
			Validators:          []validator.String{stringvalidator.OneOf(verify.Missing, verify.NotBreaching, verify.Breaching)},
			MarkdownDescription: "What a window without any datapoint means: `missing` is inconclusive, `notBreaching` passes (for metrics that are only written when something goes wrong), `breaching` fails. Default: `missing`."},
	}
	for name, a := range own {
		out[name] = a
	}
	return out
}

// metricSource names a metric. Which of it is required, validation says: an
// expression has it in queries.
func metricSource() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"namespace":  schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 255)}, MarkdownDescription: "Namespace of the metric, such as `AWS/ApplicationELB`."},
		"name":       schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 255)}, MarkdownDescription: "Name of the metric, such as `TargetResponseTime`."},
		"dimensions": schema.MapAttribute{ElementType: types.StringType, Optional: true, Validators: []validator.Map{mapvalidator.SizeBetween(1, 30)}, MarkdownDescription: "Its dimensions, all of them: CloudWatch finds a metric by exactly these. Default: none."},
		"statistic": schema.StringAttribute{Optional: true, Validators: []validator.String{textual{statisticFault}},
			MarkdownDescription: "`SampleCount`, `Average`, `Sum`, `Minimum`, `Maximum`, or a percentile such as `p99` and its kin (`tm99`, `PR(:300)`, …)."},
		"unit": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Only samples of this unit, such as `Seconds`. Default: of any."},
	}
}
