package verify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

func TestCompare(t *testing.T) {
	errThrottled := errors.New("throttled")
	for _, tc := range []struct {
		name     string
		now, old verify.Side
		change   func(*verify.Compare)
		err      error
		want     rollout.Outcome
		detail   string
	}{
		{"no worse than the old one passes", verify.Side{Value: 3, Invocations: 100}, verify.Side{Value: 3, Invocations: 900}, nil, nil, rollout.Pass, ""},
		{"what is wrong with both is not the new one's fault", verify.Side{Value: 40.9, Invocations: 100}, verify.Side{Value: 40, Invocations: 900}, nil, nil, rollout.Pass, ""},
		{"worse by more than the difference fails, with the numbers", verify.Side{Value: 4.5, Invocations: 200}, verify.Side{Value: 3, Invocations: 900}, nil, nil, rollout.Fails,
			"errors per invocation of version 7: 4.5 %, above the 4 % that version 5 allows with 3 % (200 and 900 invocations in 10m)"},
		{"a ratio and a difference add up", verify.Side{Value: 10, Invocations: 200}, verify.Side{Value: 4.5, Invocations: 900},
			func(c *verify.Compare) { c.Ratio = 2 }, nil, rollout.Pass, ""},
		{"and one more fails", verify.Side{Value: 10.1, Invocations: 200}, verify.Side{Value: 4.5, Invocations: 900},
			func(c *verify.Compare) { c.Ratio = 2 }, nil, rollout.Fails,
			"errors per invocation of version 7: 10.1 %, above the 10 % that version 5 allows with 4.5 % (200 and 900 invocations in 10m)"},
		{"few invocations are a doubt, however bad, and say what would do", verify.Side{Value: 100, Invocations: 30}, verify.Side{Invocations: 900}, nil, nil, rollout.Inconclusive,
			"version 7 was invoked 30 times in 10m, want at least 100 (min_invocations): a pause, or bake, of 34m would do at this rate; or lower min_invocations"},
		{"few of the old one too", verify.Side{Invocations: 500}, verify.Side{}, nil, nil, rollout.Inconclusive,
			"version 5 was invoked 0 times in 10m, want at least 100 (min_invocations): give strategy.pause, or bake, more time, or lower min_invocations"},
		{"throttling is a doubt", verify.Side{}, verify.Side{}, nil, errThrottled, rollout.Inconclusive, "reading errors per invocation: throttled"},
		{"a refusal fails", verify.Side{}, verify.Side{}, nil, errors.New("access denied"), rollout.Fails, "reading errors per invocation: access denied"},
		{"less than a minute is a doubt", verify.Side{}, verify.Side{}, func(c *verify.Compare) { c.Clock = clock.NewVirtual(epoch.Add(59 * time.Second)) }, nil, rollout.Inconclusive,
			"no whole minute has passed yet: give strategy.pause, or bake, more time"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := verify.Compare{Of: "errors per invocation", Unit: "%", New: "version 7", Old: "version 5", Ratio: 1, Difference: 1, MinInvocations: 100,
				Clock:     clock.NewVirtual(epoch.Add(10 * time.Minute)),
				Temporary: func(err error) bool { return errors.Is(err, errThrottled) },
				Read: func(_ context.Context, old bool, _, _ time.Time) (verify.Side, error) {
					if old {
						return tc.old, tc.err
					}
					return tc.now, tc.err
				}}
			if tc.change != nil {
				tc.change(&c)
			}
			got, err := c.Check()(context.Background(), rollout.Moment{Since: epoch, Percent: 10})
			if err != nil || got.Outcome != tc.want || got.Detail != tc.detail {
				t.Errorf("got %+v, %v; want %s %q", got, err, tc.want, tc.detail)
			}
		})
	}
}

// TestCompare_minutes: both are read over the same minutes; once the new one
// has everything, the old one over as many before that.
func TestCompare_minutes(t *testing.T) {
	minute := func(n int) time.Time { return epoch.Add(time.Duration(n) * time.Minute) }
	for _, tc := range []struct {
		percent  int
		from, to int
	}{{10, 31, 40}, {99, 31, 40}, {100, 21, 30}} {
		spans := map[bool][2]time.Time{}
		c := verify.Compare{Clock: clock.NewVirtual(minute(40).Add(20 * time.Second)), Temporary: func(error) bool { return false },
			Read: func(_ context.Context, old bool, from, to time.Time) (verify.Side, error) {
				spans[old] = [2]time.Time{from, to}
				return verify.Side{}, nil
			}}
		if _, err := c.Check()(context.Background(), rollout.Moment{Since: minute(30).Add(10 * time.Second), Percent: tc.percent}); err != nil {
			t.Fatal(err)
		}
		if want := [2]time.Time{minute(31), minute(40)}; spans[false] != want {
			t.Errorf("at %d %%: the new one is read over %v, want %v", tc.percent, spans[false], want)
		}
		if want := [2]time.Time{minute(tc.from), minute(tc.to)}; spans[true] != want {
			t.Errorf("at %d %%: the old one is read over %v, want %v", tc.percent, spans[true], want)
		}
	}
}

func TestInvoke_more(t *testing.T) {
	ok := verify.Answer{Body: []byte(`{"statusCode":200,"body":"{}"}`), Took: 120 * time.Millisecond}
	broken := verify.Answer{Body: []byte(`{"errorType":"InvalidOrder","errorMessage":"no items"}`), Error: "Handled"}
	for _, tc := range []struct {
		name   string
		answer verify.Answer
		check  verify.Invoke
		want   rollout.Outcome
		detail string
	}{
		{"the status that is wanted", ok, verify.Invoke{Status: 200}, rollout.Pass, ""},
		{"another status", ok, verify.Invoke{Status: 204}, rollout.Fails, `shop:7 answered "{"statusCode":200,"body":"{}"}", want statusCode 204`},
		{"no status at all", verify.Answer{Body: []byte(`"ok"`)}, verify.Invoke{Status: 200}, rollout.Fails, `shop:7 answered ""ok"", want statusCode 200`},
		{"fast enough", ok, verify.Invoke{MaxLatency: 120 * time.Millisecond}, rollout.Pass, ""},
		{"too slow", ok, verify.Invoke{MaxLatency: 100 * time.Millisecond}, rollout.Fails, "shop:7 ran for 120ms, longer than the 100ms of max_latency"},
		{"an error that is wanted", broken, verify.Invoke{Fails: true, FailsWith: "InvalidOrder"}, rollout.Pass, ""},
		{"any error", broken, verify.Invoke{Fails: true}, rollout.Pass, ""},
		{"another error", broken, verify.Invoke{Fails: true, FailsWith: "Timeout"}, rollout.Fails,
			`shop:7 failed (Handled) with "{"errorType":"InvalidOrder","errorMessage":"no items"}", want "Timeout"`},
		{"no error where one is wanted", ok, verify.Invoke{Fails: true}, rollout.Fails, `shop:7 answered "{"statusCode":200,"body":"{}"}", want it to fail`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.check.Of = "shop:7"
			tc.check.Call = func(context.Context, []byte) (verify.Answer, error) { return tc.answer, nil }
			got, err := tc.check.Check()(context.Background(), rollout.Moment{})
			if err != nil || got.Outcome != tc.want || got.Detail != tc.detail {
				t.Errorf("got %+v, %v; want %s %q", got, err, tc.want, tc.detail)
			}
		})
	}
}
