package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// failsOnce answers with an error once in n times, and runs for so long.
func failsOnce(n int, took time.Duration) emulator.FunctionBehaviour {
	count := 0
	return emulator.FunctionBehaviour{Duration: took, Respond: func(payload []byte) ([]byte, string) {
		if count++; n > 0 && count%n == 0 {
			return []byte(`{"errorMessage":"no stock"}`), "Unhandled"
		}
		return []byte(`{"statusCode":200}`), ""
	}}
}

// compared releases with one check that compares.
func compared(check map[string]any) map[string]any {
	return stepwise(map[string]any{"verify": []any{map[string]any{"name": "as good", "compare": check}}, "timeouts": map[string]any{"update": "3h"}})
}

func TestAliasPromotion_compares(t *testing.T) {
	for name, tc := range map[string]struct {
		old, wanted emulator.FunctionBehaviour
		every       time.Duration // between invocations
		check       map[string]any
		says        []string // empty: it is promoted
		moves       string
	}{
		"as many errors as before": {failsOnce(10, 0), failsOnce(10, 0), time.Second, map[string]any{"max_difference": 1, "min_invocations": 40}, nil, "1+2:0.1 1+2:0.5 1+2:1 2"},
		"more errors than before": {failsOnce(10, 0), failsOnce(4, 0), time.Second, map[string]any{"max_difference": 5, "min_invocations": 40},
			[]string{"Release rolled back", `check "as good" at the end of the pause: errors per invocation of version 2: 2`, "%, above the 15.08 % that version 1 allows with 10.08 % (54 and 486 invocations in 9m)"}, "1+2:0.1 1"},
		"slower than before": {failsOnce(0, 100*time.Millisecond), failsOnce(0, 300*time.Millisecond), time.Second, map[string]any{"metric": "Duration", "max_ratio": 2, "min_invocations": 40},
			[]string{"Release rolled back", "p90 of duration of version 2: 300 ms, above the 200 ms that version 1 allows with 100 ms"}, "1+2:0.1 1"},
		"slower, as far as that is allowed": {failsOnce(0, 100*time.Millisecond), failsOnce(0, 300*time.Millisecond), time.Second, map[string]any{"metric": "Duration", "statistic": "Average", "max_ratio": 2, "max_difference": 100.5, "min_invocations": 40}, nil, "1+2:0.1 1+2:0.5 1+2:1 2"},
		"too few invocations": {failsOnce(0, 0), failsOnce(1, 0), time.Minute, map[string]any{"max_difference": 1, "min_invocations": 30},
			[]string{"timed out after 3h", `inconclusive: check "as good" at the end of the pause: `, "version 2 was invoked", "want at least 30 (min_invocations)", "a pause, or bake, of"}, "1+2:0.1 1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAliasBench(t)
			b.f.Behave("1", tc.old)
			b.f.Behave("2", tc.wanted)
			b.f.Traffic(t, "live", tc.every, 50*time.Minute)
			b.w.Pass(5 * time.Minute)
			err := b.apply(2, compared(tc.check))
			if tc.says == nil {
				ends(t, err, "")
				b.stands("2", "promoted", "2", tc.moves)
				return
			}
			for _, words := range tc.says {
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("apply ended with %v\nwant %q", err, words)
				}
			}
			b.stands("1", "rolled_back", "1", tc.moves)
			ends(t, b.apply(1, compared(tc.check)), "")
		})
	}
}

// TestAliasPromotion_comparesAfterTheLastStep: errors that begin with all of
// the traffic are held against what the old version did before.
func TestAliasPromotion_comparesAfterTheLastStep(t *testing.T) {
	b := newAliasBench(t)
	b.f.Behave("2", failsOnce(0, 0))
	b.f.Traffic(t, "live", time.Second, time.Hour)
	b.w.Emulator.At(b.w.Virtual.Now().Add(22*time.Minute), func(emulator.CallFunc) {
		go b.f.Behave("2", failsOnce(5, 0)) // not now: the emulator is locked
	})
	b.fails(2, compared(map[string]any{"max_difference": 1, "min_invocations": 40}), "Release rolled back", "at the step of 100 %", "errors per invocation of version 2: ", "that version 1 allows with 0 %")
	b.stands("1", "rolled_back", "1", "1+2:0.1 1+2:0.5 1+2:1 1")
	// The way back compares nothing: it has no time to.
	ends(t, b.apply(3, nil), "")
	began := b.w.Virtual.Now()
	ends(t, b.apply(1, compared(map[string]any{"max_difference": 1, "min_invocations": 40})), "")
	if took := b.w.Virtual.Now().Sub(began); took > time.Minute {
		t.Errorf("going back took %s", took)
	}
}

// TestAliasPromotion_kindsOfChecks: the checks that every release has work
// for an alias too.
func TestAliasPromotion_kindsOfChecks(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer site.Close()
	metric := map[string]any{"namespace": "AWS/Lambda", "name": "Errors", "statistic": "Sum", "threshold": 3, "min_samples": 10,
		"dimensions": map[string]any{"FunctionName": "shop-api", "Resource": "shop-api:live", "ExecutedVersion": "2"}}
	for name, tc := range map[string]struct {
		check map[string]any
		says  string
	}{
		"http":             {map[string]any{"http": map[string]any{"url": site.URL}}, ""},
		"lambda":           {map[string]any{"lambda": map[string]any{"function_name": "judge"}}, ""},
		"a lambda's no":    {map[string]any{"lambda": map[string]any{"function_name": "judge", "payload": `{"verdict":"fail","reason":"carts are empty"}`}}, "carts are empty"},
		"metric":           {map[string]any{"metric": metric}, "Sum of AWS/Lambda Errors (ExecutedVersion=2, FunctionName=shop-api, Resource=shop-api:live) was "},
		"invoke":           {map[string]any{"invoke": map[string]any{"status": 200, "max_latency": "100ms"}}, ""},
		"invoke, slow":     {map[string]any{"invoke": map[string]any{"max_latency": "20ms"}}, "shop-api:2 ran for 50ms, longer than the 20ms of max_latency"},
		"invoke, an error": {map[string]any{"invoke": map[string]any{"function_error": "stock"}}, "want it to fail"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAliasBench(t)
			b.w.NewFunction(t, "judge", 0)
			b.f.Behave("2", failsOnce(0, 50*time.Millisecond))
			if strings.HasPrefix(tc.says, "Sum") {
				b.f.Behave("2", failsOnce(2, 0))
			}
			b.f.Traffic(t, "live", time.Second, time.Hour)
			tc.check["name"] = "kind"
			err := b.apply(2, stepwise(map[string]any{"verify": []any{tc.check}}))
			if tc.says == "" {
				ends(t, err, "")
				b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")
				return
			}
			ends(t, err, tc.says)
			ends(t, err, `check "kind"`)
		})
	}
}
