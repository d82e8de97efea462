package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// maxVerdict is far more than a verdict and its reason need.
const maxVerdict = 256 << 10

// Lambda has a function judge the new version.
type Lambda struct {
	// Of names the function.
	Of      string
	Payload []byte
	Timeout time.Duration
	// Call invokes the function. Trouble that passes by itself is reported
	// with Temporary.
	Call      func(ctx context.Context, payload []byte) (Answer, error)
	Temporary func(error) bool
}

// Check is l as a check.
func (l Lambda) Check() Check {
	return func(ctx context.Context, _ rollout.Moment) (rollout.Verdict, error) {
		bounded, cancel := context.WithTimeout(ctx, l.Timeout)
		defer cancel()
		answer, err := l.Call(bounded, l.Payload)
		switch {
		case ctx.Err() != nil:
			return rollout.Verdict{}, context.Cause(ctx)
		case bounded.Err() != nil:
			return fails("function %s gave no answer within %s", l.Of, short(l.Timeout)), nil
		case err != nil && l.Temporary(err):
			return doubts("invoking function %s: %s", l.Of, err), nil
		case err != nil:
			return fails("invoking function %s: %s", l.Of, err), nil
		case answer.Error != "":
			return fails("function %s failed (%s): %s", l.Of, answer.Error, excerpt(answer.Body)), nil
		}
		return l.judge(answer.Body), nil
	}
}

// judge reads a function's verdict. A function that ran to its end and
// answered nothing has nothing against the version; any other answer must say
// what it means, or a bad version would pass by a slip of the pen.
func (l Lambda) judge(body []byte) rollout.Verdict {
	text := bytes.TrimSpace(body)
	if len(text) == 0 || string(text) == "null" {
		return pass()
	}
	if len(text) > maxVerdict {
		return fails("function %s answered %d bytes, and a verdict has at most %d: %s", l.Of, len(text), maxVerdict, excerpt(text))
	}
	var said struct{ Verdict, Reason string }
	err := json.Unmarshal(text, &said)
	reason := strings.TrimSpace(said.Reason)
	if reason == "" {
		reason = "it gave no reason"
	} else {
		reason = excerpt([]byte(reason))
	}
	switch rollout.Outcome(strings.ToLower(said.Verdict)) {
	case rollout.Pass:
		return pass()
	case rollout.Fails:
		return fails("function %s says fail: %s", l.Of, reason)
	case rollout.Inconclusive:
		return doubts("function %s says inconclusive: %s", l.Of, reason)
	}
	if err != nil || said.Verdict == "" {
		return fails(`function %s answered %s, which is no verdict; let it answer {"verdict": "pass"}, "fail" or "inconclusive", or nothing to pass`, l.Of, excerpt(body))
	}
	return fails("function %s gave the verdict %q, which is none of pass, fail and inconclusive", l.Of, said.Verdict)
}
