package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// longestInvocation is somewhat longer than AWS lets a function run.
const longestInvocation = 16 * time.Minute

// Answer is what a function answered. Error is empty when it ran to its end.
type Answer struct {
	Body  []byte
	Error string
	Took  time.Duration // how long it ran; 0 when that is not known
}

// Invoke calls the new version of a function and judges its answer.
type Invoke struct {
	// Of names the function and version: "shop-api:7".
	Of      string
	Payload []byte
	// Expect is what the answer must hold. A JSON object or list must be in
	// the answer, which may hold more; other text must be a part of it.
	Expect string
	// Status is what the member statusCode of the answer must be; 0 is any.
	Status int
	// Fails: the function must fail, with FailsWith in what it answers then.
	Fails     bool
	FailsWith string
	// MaxLatency is the longest that it may run; 0 is any.
	MaxLatency time.Duration
	// Call invokes the version. Trouble that passes by itself is reported
	// with Temporary.
	Call      func(ctx context.Context, payload []byte) (Answer, error)
	Temporary func(error) bool
}

// Check is i as a check.
func (i Invoke) Check() Check {
	return func(ctx context.Context, _ rollout.Moment) (rollout.Verdict, error) {
		bounded, cancel := context.WithTimeout(ctx, longestInvocation)
		defer cancel()
		answer, err := i.Call(bounded, i.Payload)
		switch {
		case ctx.Err() != nil:
			return rollout.Verdict{}, context.Cause(ctx)
		case err != nil && i.Temporary(err):
			return doubts("invoking %s: %s", i.Of, err), nil
		case err != nil:
			return fails("invoking %s: %s", i.Of, err), nil
		}
		return i.judge(answer), nil
	}
}

func (i Invoke) judge(answer Answer) rollout.Verdict {
	switch {
	case i.Fails && answer.Error == "":
		return fails("%s answered %s, want it to fail", i.Of, excerpt(answer.Body))
	case i.Fails && !bytes.Contains(answer.Body, []byte(i.FailsWith)):
		return fails("%s failed (%s) with %s, want %s", i.Of, answer.Error, excerpt(answer.Body), excerpt([]byte(i.FailsWith)))
	case !i.Fails && answer.Error != "":
		return fails("%s failed (%s): %s", i.Of, answer.Error, excerpt(answer.Body))
	case i.Status != 0 && statusOf(answer.Body) != i.Status:
		return fails("%s answered %s, want statusCode %d", i.Of, excerpt(answer.Body), i.Status)
	case !i.Fails && !holds(answer.Body, i.Expect):
		return fails("%s answered %s, want %s", i.Of, excerpt(answer.Body), excerpt([]byte(i.Expect)))
	case i.MaxLatency > 0 && answer.Took > i.MaxLatency:
		return fails("%s ran for %s, longer than the %s of max_latency", i.Of, answer.Took.Round(time.Millisecond), short(i.MaxLatency))
	}
	return pass()
}

// statusOf is the statusCode of an answer to an API gateway, a load balancer
// or a function URL; 0 when it has none.
func statusOf(body []byte) int {
	var answer struct {
		StatusCode int `json:"statusCode"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return 0
	}
	return answer.StatusCode
}

// holds reports whether the answer holds what is expected.
func holds(answer []byte, expect string) bool {
	var want any
	if json.Unmarshal([]byte(expect), &want) == nil {
		switch want.(type) {
		case map[string]any, []any:
			var got any
			return json.Unmarshal(answer, &got) == nil && within(got, want)
		}
	}
	return bytes.Contains(answer, []byte(expect))
}

// within reports whether got has every member that want has, at every depth.
func within(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for name, member := range want {
			if have, ok := g[name]; !ok || !within(have, member) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			return false
		}
		for n := range want {
			if !within(g[n], want[n]) {
				return false
			}
		}
		return true
	}
	return got == want
}
