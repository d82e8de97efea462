package verify

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Check looks at the new version and says what it saw. An error means that
// it was not let finish: the context ended.
type Check func(ctx context.Context) (rollout.Verdict, error)

// Named is a check as the configuration names it.
type Named struct {
	Name  string
	Check Check
	// First: it can run, and runs, before the new version gets any traffic.
	First bool
}

// Run runs the checks that are due while percent of the traffic is on the new
// version, and gives one verdict: the first failure ends it, a doubt is kept
// while the others run.
func Run(ctx context.Context, checks []Named, percent int) rollout.Verdict {
	verdict := rollout.Verdict{Outcome: rollout.Pass}
	for _, c := range checks {
		if percent == 0 && !c.First {
			continue
		}
		v, err := c.Check(ctx)
		if err != nil {
			v = rollout.Verdict{Outcome: rollout.Inconclusive, Detail: err.Error()}
		}
		v.Detail = fmt.Sprintf("check %q: %s", c.Name, v.Detail)
		switch {
		case v.Outcome == rollout.Fails:
			return v
		case v.Outcome == rollout.Inconclusive && verdict.Outcome == rollout.Pass:
			verdict = v
		}
	}
	return verdict
}

func pass() rollout.Verdict { return rollout.Verdict{Outcome: rollout.Pass} }

func fails(format string, args ...any) rollout.Verdict {
	return rollout.Verdict{Outcome: rollout.Fails, Detail: fmt.Sprintf(format, args...)}
}

// maxExcerpt is how much of an answer a verdict shows.
const maxExcerpt = 200

// excerpt is the begin of an answer, in one printable line and quoted.
func excerpt(body []byte) string {
	if len(body) > 4*maxExcerpt {
		body = body[:4*maxExcerpt]
	}
	text := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '.'
		}
		return r
	}, string(body))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > maxExcerpt {
		return `"` + string(runes[:maxExcerpt]) + `…"`
	}
	return `"` + string(runes) + `"`
}

// short is a duration as a person writes it.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
