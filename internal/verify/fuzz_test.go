package verify

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// told holds what is said of an answer to a line that a terminal can show.
func told(t *testing.T, v rollout.Verdict) {
	t.Helper()
	if v.Outcome != rollout.Pass && v.Outcome != rollout.Fails && v.Outcome != rollout.Inconclusive {
		t.Fatalf("the outcome %q", v.Outcome)
	}
	if (v.Detail == "") != (v.Outcome == rollout.Pass) {
		t.Fatalf("%s with the detail %q", v.Outcome, v.Detail)
	}
	if i := strings.IndexFunc(v.Detail, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }); i >= 0 {
		t.Fatalf("the detail holds %q: %q", v.Detail[i], v.Detail)
	}
	if !utf8.ValidString(v.Detail) || len(v.Detail) > 20*maxExcerpt {
		t.Fatalf("the detail has %d bytes", len(v.Detail))
	}
}

// FuzzAnswers judges any answer of a URL and of a function. It passes for what
// was asked of it alone.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"verdict":"pass"}`), "", 200)
	f.Add([]byte(`{"Verdict":"FAIL","reason":"<b>\u001b[31mred"}`), `{"a":[1,{"b":null}]}`, 503)
	f.Add([]byte(`{"statusCode":200,"body":"ok","verdict":"inconclusive","reason":7}`), `{"statusCode":200}`, 200)
	f.Add([]byte("null"), "null", 0)
	f.Add([]byte("\xff\xfe\x1b]0;title\a"), "ok", 301)
	f.Add([]byte(`["a",1e400]`), `["a"]`, -1)
	f.Add([]byte(`{"verdict":"pass","verdict":"fail"}`), `{}`, 1)
	f.Fuzz(func(t *testing.T, body []byte, expect string, status int) {
		v := Lambda{Of: "judge"}.judge(body)
		told(t, v)
		if text := strings.TrimSpace(string(body)); v.Outcome == rollout.Pass && text != "" && text != "null" {
			var said map[string]json.RawMessage
			if err := json.Unmarshal(body, &said); err != nil || !strings.Contains(strings.ToLower(text), "pass") {
				t.Fatalf("%q passes: %v", body, err)
			}
		}
		i := Invoke{Of: "shop:7", Expect: expect, Status: status}
		v = i.judge(Answer{Body: body})
		told(t, v)
		if v.Outcome == rollout.Pass && status != 0 && statusOf(body) != status {
			t.Fatalf("%q passes without the status %d", body, status)
		}
		if v := i.judge(Answer{Body: body, Error: "Unhandled"}); v.Outcome != rollout.Fails {
			t.Fatal("a function that failed passes")
		}
		told(t, Invoke{Of: "shop:7", Fails: true, FailsWith: expect}.judge(Answer{Body: body, Error: "Unhandled"}))
		if !holds(body, "") || !holds(body, string(body)) && json.Valid(body) {
			t.Fatalf("%q does not hold itself", body)
		}
		if json.Valid(body) && json.Valid([]byte(expect)) && holds(body, expect) {
			if more := []byte(`{"more":` + string(body) + `,"x":1}`); !holds(more, `{"more":`+expect+`}`) && strings.ContainsAny(expect[:1], "{[") {
				t.Fatalf("%s holds %s, but not one deeper", body, expect)
			}
		}
		h := HTTP{Status: max(status, 0), Contains: expect}
		why := h.judge(status, body, time.Second)
		passes := (h.Status == 0 && status >= 200 && status <= 299 || h.Status != 0 && status == h.Status) && strings.Contains(string(body), expect)
		if (why == "") != passes {
			t.Fatalf("status %d, %q: %q", status, body, why)
		}
		if why != "" {
			told(t, fails("%s", why))
		}
	})
}

// FuzzMetric judges any datapoints: a verdict passes when none is bad.
func FuzzMetric(f *testing.F) {
	f.Add(5.0, 1.0, 2.0, 3.0, 10.0, uint8(0), "series")
	f.Add(0.0, math.NaN(), math.Inf(1), math.Inf(-1), 0.0, uint8(1), "\x1b[2J")
	f.Add(-1.0, 1e300, 5e-324, math.Copysign(0, -1), math.NaN(), uint8(7), "")
	f.Fuzz(func(t *testing.T, threshold, a, b, c, samples float64, kind uint8, label string) {
		comparison := []string{Greater, GreaterOrEqual, Less, LessOrEqual}[kind%4]
		missing := []string{Missing, NotBreaching, Breaching}[kind/4%3]
		m := Metric{Of: "the metric", Period: time.Minute, Comparison: comparison, Threshold: threshold, MinSamples: 1, WhenMissing: missing}
		points := []Point{{Value: a, Label: label}, {Value: b}, {Value: c}}
		v := m.judge(Series{Points: points, Samples: samples}, time.Minute)
		told(t, v)
		bad := false
		for _, p := range points {
			good := map[string]bool{Greater: p.Value <= threshold, GreaterOrEqual: p.Value < threshold, Less: p.Value >= threshold, LessOrEqual: p.Value > threshold}[comparison]
			bad = bad || !good // not a number is neither
		}
		switch {
		case v.Outcome == rollout.Pass && bad:
			t.Fatalf("%v pass %s %v", points, comparison, threshold)
		case v.Outcome == rollout.Pass && !(samples >= 1):
			t.Fatalf("%v samples pass", samples)
		}
		told(t, m.judge(Series{Samples: samples}, time.Minute))
		side := Compare{Of: "errors", Unit: "%", New: "8", Old: "7", Ratio: 2, MinInvocations: 1}.judge(Side{a, samples}, Side{b, samples}, time.Hour)
		told(t, side)
		if side.Outcome == rollout.Pass && !(a <= 2*b) {
			t.Fatalf("%v passes beside %v", a, b)
		}
	})
}
