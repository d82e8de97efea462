package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Check looks at the new version and says what it saw. An error means that
// it was not let finish: the context ended.
type Check func(ctx context.Context, at rollout.Moment) (rollout.Verdict, error)

// Named is a check as the configuration names it.
type Named struct {
	Name  string
	Check Check
	// First: it can run, and runs, before the new version gets any traffic.
	First bool
	// Last: it judges what has come in since the share arrived, so that it
	// runs at the end of a pause only.
	Last bool
}

// AtOnce are the checks that need no data of a step.
func AtOnce(checks []Named) []Named {
	return slices.DeleteFunc(slices.Clone(checks), func(n Named) bool { return n.Last })
}

// due reports whether the check runs at a moment.
func (n Named) due(at rollout.Moment) bool {
	return (at.Percent > 0 || n.First) && (at.Last || !n.Last)
}

// Run runs the checks that are due at a moment and gives one verdict: the
// first failure ends it, a doubt is kept while the others run.
func Run(ctx context.Context, checks []Named, at rollout.Moment) rollout.Verdict {
	verdict := rollout.Verdict{Outcome: rollout.Pass}
	for _, c := range checks {
		if !c.due(at) {
			continue
		}
		v, err := c.Check(ctx, at)
		if err != nil {
			v = rollout.Verdict{Outcome: rollout.Inconclusive, Detail: err.Error()}
		}
		v.Detail = fmt.Sprintf("check %q%s: %s", c.Name, at, v.Detail)
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

func doubts(format string, args ...any) rollout.Verdict {
	return rollout.Verdict{Outcome: rollout.Inconclusive, Detail: fmt.Sprintf(format, args...)}
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
