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
}

// Invoke calls the new version of a function and judges its answer.
type Invoke struct {
	// Of names the function and version: "shop-api:7".
	Of      string
	Payload []byte
	// Expect is what the answer must hold. A JSON object or list must be in
	// the answer, which may hold more; other text must be a part of it.
	Expect string
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
		case answer.Error != "":
			return fails("%s failed (%s): %s", i.Of, answer.Error, excerpt(answer.Body)), nil
		case !holds(answer.Body, i.Expect):
			return fails("%s answered %s, want %s", i.Of, excerpt(answer.Body), excerpt([]byte(i.Expect))), nil
		}
		return pass(), nil
	}
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
