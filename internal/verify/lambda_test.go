package verify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

func TestLambda(t *testing.T) {
	errThrottled := errors.New("throttled")
	for _, tc := range []struct {
		name   string
		answer string
		failed string
		err    error
		want   rollout.Outcome
		detail string
	}{
		{"pass passes", `{"verdict":"pass","reason":"12 orders"}`, "", nil, rollout.Pass, ""},
		{"fail fails with its reason", `{"verdict":"fail","reason":"order\n was lost"}`, "", nil, rollout.Fails, `function journey says fail: "order was lost"`},
		{"fail without a reason", `{"verdict":"FAIL"}`, "", nil, rollout.Fails, `function journey says fail: it gave no reason`},
		{"inconclusive is a doubt", `{"verdict":"inconclusive","reason":"no orders yet"}`, "", nil, rollout.Inconclusive, `function journey says inconclusive: "no orders yet"`},
		{"an answer of nothing passes", `null`, "", nil, rollout.Pass, ""},
		{"no answer passes", ``, "", nil, rollout.Pass, ""},
		{"an answer without a verdict fails", `{"statusCode":500}`, "", nil, rollout.Fails, `function journey answered "{"statusCode":500}", which is no verdict; let it answer {"verdict": "pass"}, "fail" or "inconclusive", or nothing to pass`},
		{"text is no verdict", `"ok"`, "", nil, rollout.Fails, `function journey answered ""ok"", which is no verdict; let it answer {"verdict": "pass"}, "fail" or "inconclusive", or nothing to pass`},
		{"another word is no verdict", `{"verdict":"passed"}`, "", nil, rollout.Fails, `function journey gave the verdict "passed", which is none of pass, fail and inconclusive`},
		{"more than a verdict has fails", `{"verdict":"pass","reason":"` + strings.Repeat("x", 256<<10) + `"}`, "", nil, rollout.Fails,
			`function journey answered 262174 bytes, and a verdict has at most 262144: "{"verdict":"pass","reason":"` + strings.Repeat("x", 172) + `…"`},
		{"a function error fails", `{"errorMessage":"boom"}`, "Unhandled", nil, rollout.Fails, `function journey failed (Unhandled): "{"errorMessage":"boom"}"`},
		{"throttling is a doubt", "", "", errThrottled, rollout.Inconclusive, "invoking function journey: throttled"},
		{"a refusal fails", "", "", errors.New("access denied"), rollout.Fails, "invoking function journey: access denied"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check := verify.Lambda{Of: "journey", Payload: []byte(`{"target":"web"}`), Timeout: time.Second,
				Call: func(_ context.Context, payload []byte) (verify.Answer, error) {
					if string(payload) != `{"target":"web"}` {
						t.Errorf("invoked with %q", payload)
					}
					return verify.Answer{Body: []byte(tc.answer), Error: tc.failed}, tc.err
				},
				Temporary: func(err error) bool { return errors.Is(err, errThrottled) },
			}.Check()
			got, err := check(context.Background(), rollout.Moment{})
			if err != nil || got.Outcome != tc.want || got.Detail != tc.detail {
				t.Errorf("got %+v, %v; want %s %q", got, err, tc.want, tc.detail)
			}
		})
	}
}

func TestLambda_timeout(t *testing.T) {
	check := verify.Lambda{Of: "journey", Timeout: 20 * time.Millisecond, Temporary: func(error) bool { return true },
		Call: func(ctx context.Context, _ []byte) (verify.Answer, error) {
			<-ctx.Done()
			return verify.Answer{}, ctx.Err()
		}}.Check()
	got, err := check(context.Background(), rollout.Moment{})
	if want := "function journey gave no answer within 20ms"; err != nil || got.Outcome != rollout.Fails || got.Detail != want {
		t.Errorf("got %+v, %v; want fail %q", got, err, want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := check(ctx, rollout.Moment{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v; want the context's end", err)
	}
}
