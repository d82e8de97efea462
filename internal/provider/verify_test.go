package provider_test

import (
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// metricSource is a metric as configured.
func metricSource(more map[string]any) map[string]any {
	out := map[string]any{"namespace": "Shop", "name": "Errors", "statistic": "Sum"}
	for name, v := range more {
		out[name] = v
	}
	return out
}

func TestVerify_badInput(t *testing.T) {
	b := acctest.New(t).NewBench(t, "awsdeploy_alias_promotion")
	https := map[string]any{"url": "https://shop.example.com/"}
	for _, tc := range []struct {
		name  string
		check map[string]any
		says  string
	}{
		{"nothing", map[string]any{}, `check "a": it checks nothing. Give it one of`},
		{"two kinds", map[string]any{"http": https, "lambda": map[string]any{"function_name": "f"}}, `it has http and lambda. Make a check of each.`},
		{"no URL", map[string]any{"http": map[string]any{"status": 200}}, `http.url is missing. Give http.url, or several in http.urls.`},
		{"one URL and several", map[string]any{"http": map[string]any{"url": "http://a", "urls": []any{"http://b"}}}, `http.url and http.urls are both given.`},
		{"a URL among several that is none", map[string]any{"http": map[string]any{"urls": []any{"http://b", "b/healthz"}}}, `http.urls[1] is no URL to ask.`},
		{"a user and password in a URL", map[string]any{"http": map[string]any{"url": "https://ann:hush@a/"}}, `http.url holds a user, which plan, state and logs of proxies would show. Send it as a header`},
		{"match without urls", map[string]any{"http": map[string]any{"url": "http://a", "match": "any"}}, `http.match = "any" has no http.urls to match.`},
		{"an unknown match", map[string]any{"http": map[string]any{"urls": []any{"http://a"}, "match": "most"}}, `value must be one of: ["all" "any"]`},
		{"an authority that is none", map[string]any{"http": map[string]any{"url": "https://a", "ca_certificate": "secret"}}, `http.ca_certificate holds no certificate in PEM.`},
		{"a latency without a unit", map[string]any{"http": map[string]any{"url": "https://a", "max_latency": "2"}}, `"2" has no unit`},
		{"no function", map[string]any{"lambda": map[string]any{"function_name": "a b"}}, `"a b" is no function; give its name`},
		{"a payload that is no JSON", map[string]any{"lambda": map[string]any{"function_name": "f", "payload": "hello"}}, `lambda.payload = "hello" is not JSON`},
		{"a function that takes too long", map[string]any{"lambda": map[string]any{"function_name": "f", "timeout": "16m"}}, `is "16m"; it must be from 1s to 15m`},
		{"no metric", map[string]any{"metric": map[string]any{"threshold": 1}}, `metric.namespace is missing. A metric has namespace, name and statistic.`},
		{"no threshold", map[string]any{"metric": metricSource(nil)}, `metric.threshold is missing.`},
		{"an unknown statistic", map[string]any{"metric": metricSource(map[string]any{"threshold": 1, "statistic": "Mean"})}, `"Mean" is no statistic of CloudWatch's`},
		{"an unknown comparison", map[string]any{"metric": metricSource(map[string]any{"threshold": 1, "comparison": ">"})}, `value must be one of: ["GreaterThanThreshold"`},
		{"a period that CloudWatch has not", map[string]any{"metric": metricSource(map[string]any{"threshold": 1, "period": "45s"})}, `metric.period = "45s" is none that CloudWatch has`},
		{"a window shorter than its period", map[string]any{"metric": metricSource(map[string]any{"threshold": 1, "period": "5m", "window": "3m"})}, `metric.window = "3m" is shorter than its period of 5m`},
		{"an expression over nothing", map[string]any{"metric": map[string]any{"threshold": 1, "expression": "a / b"}}, `metric.expression = "a / b" has no metric.queries to work on.`},
		{"an expression beside a metric", map[string]any{"metric": metricSource(map[string]any{"threshold": 1, "expression": "a / b"})}, `metric.expression replaces metric.namespace`},
		{"queries without an expression", map[string]any{"metric": map[string]any{"threshold": 1, "queries": map[string]any{"a": metricSource(nil)}}}, `metric.queries need metric.expression`},
		{"a query with a bad name", map[string]any{"metric": map[string]any{"threshold": 1, "expression": "A", "queries": map[string]any{"A": metricSource(nil)}}}, `metric.queries: "A" is no name for a query`},
		{"half a query", map[string]any{"metric": map[string]any{"threshold": 1, "expression": "a", "queries": map[string]any{"a": map[string]any{"namespace": "Shop"}}}}, `metric.queries["a"].name is missing.`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.check["name"] = "a"
			err := b.Validate(map[string]any{"function_name": "f", "alias": "live", "version": "2", "verify": []any{tc.check}})
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want %q", err, tc.says)
			}
		})
	}
	good := []any{
		map[string]any{"name": "a", "http": map[string]any{"urls": []any{"http://a", "https://b"}, "match": "any", "insecure_skip_verify": true}},
		map[string]any{"name": "b", "lambda": map[string]any{"function_name": "arn:aws:lambda:eu-central-1:123456789012:function:journey:live"}},
		map[string]any{"name": "c", "metric": metricSource(map[string]any{"threshold": 1.5, "statistic": "p99.9"})},
		map[string]any{"name": "d", "metric": map[string]any{"threshold": 1, "expression": "select max(CPUUtilization) from \"AWS/EC2\""}},
	}
	if err := b.Validate(map[string]any{"function_name": "f", "alias": "live", "version": "2", "verify": good}); err != nil {
		t.Error(err)
	}
	if len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0], "whoever answers counts as the application") {
		t.Errorf("warned %q, want of the certificates alone", b.Warnings)
	}
}
