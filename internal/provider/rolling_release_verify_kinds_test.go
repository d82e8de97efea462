package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// errorRate is a metric check over the shop's own metrics.
func errorRate(more map[string]any) map[string]any {
	metric := map[string]any{"threshold": 5, "min_samples": 20, "expression": "100 * errors / requests", "queries": map[string]any{
		"errors": metricSource(map[string]any{"statistic": "Sum"}), "requests": metricSource(map[string]any{"name": "Requests", "statistic": "Sum"})}}
	for name, v := range more {
		metric[name] = v
	}
	return map[string]any{"name": "error-rate", "metric": metric}
}

// traffic writes requests, and the errors among them, each minute between two
// moments from now. Both are counted a sample a request.
func traffic(t *testing.T, w *acctest.World, from, to time.Duration, requests, errors int) {
	for at := from; at < to; at += time.Minute {
		w.Later(t, at, "cloudwatch", "PutMetricData", map[string]any{"Namespace": "Shop", "MetricData": []any{
			map[string]any{"MetricName": "Requests", "Values": []any{1.0}, "Counts": []any{float64(requests)}},
			map[string]any{"MetricName": "Errors", "Values": []any{float64(errors)}, "Counts": []any{1.0}},
		}})
	}
}

func onlyMetric(strategy map[string]any, more map[string]any) map[string]any {
	return map[string]any{"strategy": strategy, "verify": []any{errorRate(more)}}
}

func TestRollingRelease_metricPasses(t *testing.T) {
	w, g, b := newRolling(t, 4)
	traffic(t, w, 0, 3*time.Hour, 50, 1)
	if err := b.Apply(context.Background(), rollingConfig(g, 2, onlyMetric(inSteps(), nil))); err != nil {
		t.Fatal(err)
	}
	if err := g.Released(2, 3); err != nil {
		t.Error(err)
	}
}

func TestRollingRelease_metricFails(t *testing.T) {
	w, g, b := newRolling(t, 4)
	traffic(t, w, 0, 3*time.Hour, 50, 4)
	err := b.Apply(context.Background(), rollingConfig(g, 2, onlyMetric(inSteps(), nil)))
	for _, words := range []string{"Release rolled back", "at the step of 10 %",
		`check "error-rate" at the end of the pause: expression "100 * errors / requests" was 8 at`, "which is above 5", "datapoints of 1m are, from"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("the error does not say %q:\n%v", words, err)
		}
	}
	if err := g.Released(1, 1); err != nil {
		t.Error(err)
	}
}

// Too little data holds the release where it is; when enough has come, it
// goes on. Nobody waits longer than the timeout, and then AWS holds it still.
func TestRollingRelease_inconclusive(t *testing.T) {
	w, g, b := newRolling(t, 4)
	began := w.Clock.Now()
	traffic(t, w, 70*time.Minute, 9*time.Hour, 50, 0)
	config := rollingConfig(g, 2, onlyMetric(inSteps(), nil))
	w.Emulator.At(began.Add(65*time.Minute), func(call emulator.CallFunc) {
		if v := fmt.Sprint(groupVersions(t, call, g)); v != "map[1:3 2:1]" {
			t.Errorf("instances by version %s while nothing is known, want the first step", v)
		}
	})
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	if took := w.Clock.Now().Sub(began); took < 80*time.Minute || took > 2*time.Hour {
		t.Errorf("took %s, want to have waited for data", took)
	}
}

// groupVersions counts a group's instances, from inside the emulator.
func groupVersions(t *testing.T, call emulator.CallFunc, g *acctest.Group) map[int]int {
	out, err := call(acctest.Region, "autoscaling", "DescribeAutoScalingGroups", map[string]any{"AutoScalingGroupNames": []any{g.Name}})
	if err != nil {
		t.Error(err)
		return nil
	}
	counts := map[int]int{}
	for _, i := range out["AutoScalingGroups"].([]any)[0].(map[string]any)["Instances"].([]any) {
		version := 0
		_, _ = fmt.Sscan(i.(map[string]any)["LaunchTemplate"].(map[string]any)["Version"].(string), &version)
		counts[version]++
	}
	return counts
}

func TestRollingRelease_inconclusiveUntilTheTimeout(t *testing.T) {
	w, g, b := newRolling(t, 4)
	config := rollingConfig(g, 2, onlyMetric(inSteps(), nil))
	err := b.Apply(context.Background(), config)
	for _, words := range []string{"Release still running", "timed out after 2h0m0s; inconclusive: check \"error-rate\" at the end of the pause: expression",
		"has no datapoint in", "AWS holds instance refresh", "for up to 48 hours", "The next apply adopts it", "aws autoscaling cancel-instance-refresh"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("the error does not say %q:\n%v", words, err)
		}
	}
	w.Pass(20 * time.Hour)
	if v := fmt.Sprint(g.Versions()); v != "map[1:3 2:1]" {
		t.Errorf("instances by version %s a day later, want the first step held", v)
	}
	if b.Read(); b.Attribute("status") != "releasing" {
		t.Errorf("status %s, want releasing", b.Attribute("status"))
	}
	traffic(t, w, 0, 3*time.Hour, 50, 0)
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	if err := g.Released(2, 3); err != nil {
		t.Error(err) // the refresh that AWS held was adopted
	}
}

// A function judges; what it says decides, and what Lambda throttles waits.
func TestRollingRelease_lambdaJudges(t *testing.T) {
	for _, tc := range []struct {
		name, answer, functionError string
		says                        string
	}{
		{"pass", `{"verdict":"pass"}`, "", ""},
		{"nothing", `null`, "", ""},
		{"fail", `{"verdict":"fail","reason":"order 7 was lost"}`, "", `check "journey" on arrival: function journey-test:live says fail: "order 7 was lost"`},
		{"no verdict", `"ok"`, "", `function journey-test:live answered ""ok"", which is no verdict`},
		{"a function error", `{"errorMessage":"timed out"}`, "Unhandled", `function journey-test:live failed (Unhandled)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, g, b := newRolling(t, 2)
			f := w.NewFunction(t, "journey-test", 1)
			f.NewAlias("live", "1")
			asked := ""
			f.Behave("1", emulator.FunctionBehaviour{Respond: func(payload []byte) ([]byte, string) {
				asked = string(payload)
				return []byte(tc.answer), tc.functionError
			}})
			w.Emulator.Inject(emulator.Fault{Service: "lambda", Operation: "Invoke", Kind: emulator.Throttle, Times: 7, After: 2})
			config := rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "2m"},
				"verify": []any{map[string]any{"name": "journey", "lambda": map[string]any{"function_name": "journey-test:live", "payload": `{"target":"web"}`}}}})
			err := b.Apply(context.Background(), config)
			if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
				t.Errorf("ended with %v, want %q", err, tc.says)
			}
			if asked != `{"target":"web"}` {
				t.Errorf("the function was given %q", asked)
			}
		})
	}
}

// A check that the role may not run, or whose function is not there, is
// warned of in the plan and refused in the apply before anything is changed.
func TestRollingRelease_checksThatCannotRun(t *testing.T) {
	journey := map[string]any{"name": "journey", "lambda": map[string]any{"function_name": "journey-test"}}
	broken := errorRate(map[string]any{"expression": "errors +"})
	for _, tc := range []struct {
		name  string
		check map[string]any
		fault *emulator.Fault
		says  string
	}{
		{"no such function", journey, nil, "ResourceNotFoundException"},
		{"a function that may not be invoked", journey, &emulator.Fault{Service: "lambda", Operation: "Invoke", Kind: emulator.Refused, Code: "AccessDeniedException", Times: 99}, "lambda:InvokeFunction"},
		{"metrics that may not be read", errorRate(nil), &emulator.Fault{Service: "cloudwatch", Operation: "GetMetricData", Kind: emulator.Refused, Code: "AccessDenied", Times: 99}, "cloudwatch:GetMetricData"},
		{"an expression that CloudWatch refuses", broken, nil, "Error in expression"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, g, b := newRolling(t, 2)
			if tc.fault != nil {
				w.Emulator.Inject(*tc.fault)
			}
			w.Emulator.ForgetCalls()
			config := rollingConfig(g, 2, map[string]any{"verify": []any{tc.check}})
			b.Plan(config)
			if text := strings.Join(b.Warnings, "\n"); !strings.Contains(text, tc.says) || !strings.Contains(text, "cannot run") {
				t.Errorf("the plan warns %q, want %q", text, tc.says)
			}
			err := b.Apply(context.Background(), config)
			if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "Nothing was changed.") {
				t.Errorf("ended with %v, want %q and nothing changed", err, tc.says)
			}
			if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n != 0 {
				t.Errorf("%d refreshes were started", n)
			}
		})
	}
}
