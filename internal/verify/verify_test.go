package verify_test

import (
	"context"
	"errors"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

func says(outcome rollout.Outcome, detail string) verify.Check {
	return func(context.Context, rollout.Moment) (rollout.Verdict, error) {
		return rollout.Verdict{Outcome: outcome, Detail: detail}, nil
	}
}

func TestRun(t *testing.T) {
	good := verify.Named{Name: "good", Check: says(rollout.Pass, ""), First: true}
	bad := verify.Named{Name: "bad", Check: says(rollout.Fails, "answered 500")}
	unsure := verify.Named{Name: "unsure", Check: says(rollout.Inconclusive, "throttled")}
	broken := verify.Named{Name: "broken", Check: func(context.Context, rollout.Moment) (rollout.Verdict, error) {
		return rollout.Verdict{}, errors.New("not finished")
	}}
	late := verify.Named{Name: "late", Check: says(rollout.Fails, "above 1"), Last: true}
	arrived := rollout.Moment{Percent: 10, First: true}
	for _, tc := range []struct {
		name   string
		checks []verify.Named
		at     rollout.Moment
		want   rollout.Outcome
		detail string
	}{
		{"no checks pass", nil, rollout.Moment{Percent: 100}, rollout.Pass, ""},
		{"all must pass", []verify.Named{good, bad}, arrived, rollout.Fails, `check "bad" on arrival: answered 500`},
		{"a doubt is kept", []verify.Named{unsure, good}, arrived, rollout.Inconclusive, `check "unsure" on arrival: throttled`},
		{"a failure outweighs a doubt", []verify.Named{unsure, bad}, rollout.Moment{Percent: 10, Last: true}, rollout.Fails, `check "bad" at the end of the pause: answered 500`},
		{"a check that did not finish is a doubt", []verify.Named{broken}, rollout.Moment{Percent: 100, Last: true}, rollout.Inconclusive, `check "broken" at the end of the bake: not finished`},
		{"before any traffic only the first ones run", []verify.Named{good, bad, broken}, rollout.Moment{First: true, Last: true}, rollout.Pass, ""},
		{"what needs data does not run on arrival", []verify.Named{late}, arrived, rollout.Pass, ""},
		{"what needs data runs at the end", []verify.Named{late}, rollout.Moment{Percent: 10, Last: true}, rollout.Fails, `check "late" at the end of the pause: above 1`},
		{"what needs data runs on arrival where that is the end", []verify.Named{late}, rollout.Moment{Percent: 100, First: true, Last: true}, rollout.Fails, `check "late" on arrival: above 1`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := verify.Run(context.Background(), tc.checks, tc.at)
			if got.Outcome != tc.want || tc.want != rollout.Pass && got.Detail != tc.detail {
				t.Errorf("got %+v, want %s %q", got, tc.want, tc.detail)
			}
		})
	}
}

func TestInvoke(t *testing.T) {
	errThrottled := errors.New("throttled")
	for _, tc := range []struct {
		name   string
		answer verify.Answer
		err    error
		expect string
		want   rollout.Outcome
		detail string
	}{
		{"any answer passes where none is expected", verify.Answer{Body: []byte(`null`)}, nil, "", rollout.Pass, ""},
		{"text is looked for", verify.Answer{Body: []byte(`"all ok"`)}, nil, "ok", rollout.Pass, ""},
		{"text that is not there fails", verify.Answer{Body: []byte(`"bad"`)}, nil, "ok", rollout.Fails, `shop:7 answered ""bad"", want "ok"`},
		{"an object must be held", verify.Answer{Body: []byte(`{"code":200,"x":{"a":1,"b":2}}`)}, nil, `{"x":{"b":2}, "code":200}`, rollout.Pass, ""},
		{"an object of other value fails", verify.Answer{Body: []byte(`{"code":500}`)}, nil, `{"code":200}`, rollout.Fails, `shop:7 answered "{"code":500}", want "{"code":200}"`},
		{"a missing member fails", verify.Answer{Body: []byte(`{}`)}, nil, `{"code":null}`, rollout.Fails, `shop:7 answered "{}", want "{"code":null}"`},
		{"a list must be the same", verify.Answer{Body: []byte(`[1,2,3]`)}, nil, `[1,2]`, rollout.Fails, `shop:7 answered "[1,2,3]", want "[1,2]"`},
		{"a function error fails with its body", verify.Answer{Body: []byte(`{"errorMessage":"boom"}`), Error: "Unhandled"}, nil, "", rollout.Fails, `shop:7 failed (Unhandled): "{"errorMessage":"boom"}"`},
		{"throttling is a doubt", verify.Answer{}, errThrottled, "", rollout.Inconclusive, "invoking shop:7: throttled"},
		{"a refusal fails", verify.Answer{}, errors.New("access denied"), "", rollout.Fails, "invoking shop:7: access denied"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check := verify.Invoke{
				Of: "shop:7", Payload: []byte(`{}`), Expect: tc.expect,
				Call: func(_ context.Context, payload []byte) (verify.Answer, error) {
					if string(payload) != `{}` {
						t.Errorf("invoked with %q", payload)
					}
					return tc.answer, tc.err
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

func TestInvoke_endsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	check := verify.Invoke{Of: "shop:7", Call: func(ctx context.Context, _ []byte) (verify.Answer, error) {
		cancel()
		return verify.Answer{}, ctx.Err()
	}, Temporary: func(error) bool { return false }}.Check()
	if v, err := check(ctx, rollout.Moment{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v; want the context's end and no verdict", v, err)
	}
}
