package lambdaalias_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

func TestTarget_anothersMoveIsNeverFought(t *testing.T) {
	a := &account{version: "5", revision: 1}
	tg := target(a)
	observe(t, tg)
	shift(t, tg, 10)
	a.move("6", nil)
	const want = "somebody else moved alias shop-api:live from version 5 (90 %) and version 7 (10 %) to version 6; CloudTrail knows who (UpdateAlias)"
	// Whether the write or the look comes first, the write is not repeated.
	if err := tg.Shift(ctx, rollout.Step{Percent: 50}); err == nil {
		t.Error("shifted over another's move")
	}
	if o := observe(t, tg); o.Moved != want {
		t.Errorf("said %q", o.Moved)
	}
	if err := tg.End(ctx, rollout.GoBack); err == nil {
		t.Error("went back over another's move")
	}
	if got := a.wrote(); got != "5+7:0.1" {
		t.Errorf("wrote %s", got)
	}
}

func TestTarget_aMoveThatWasSeenIsRemembered(t *testing.T) {
	a := &account{version: "5", revision: 1, noRevisions: true} // nothing else protects it
	tg := target(a)
	observe(t, tg)
	shift(t, tg, 10)
	a.move("6", nil)
	if o := observe(t, tg); o.Moved == "" {
		t.Fatalf("a move was not seen: %+v", o)
	}
	if err := tg.End(ctx, rollout.GoBack); err == nil || a.wrote() != "5+7:0.1" {
		t.Errorf("went back over another's move: %v, wrote %s", err, a.wrote())
	}
}

func TestTarget_lostAnswers(t *testing.T) {
	conflict := refusal("PreconditionFailedException")
	for _, tc := range []struct {
		name string
		// before and after are the fates of the first changes.
		before, after []error
		fails         bool // the shift reports an error, and is asked again
		wrote         string
	}{
		{"resent by the SDK after it was done", nil, []error{conflict}, false, "5+7:0.1"},
		{"refused while nothing of ours had changed", []error{conflict}, nil, false, "5+7:0.1"},
		{"lost after it was done", nil, []error{errLost}, true, "5+7:0.1"},
		{"lost before it was done", []error{errLost}, nil, true, "5+7:0.1"},
		{"throttled to the end", []error{refusal("TooManyRequestsException")}, nil, true, "5+7:0.1"},
		{"another operation in progress", []error{refusal("ResourceConflictException")}, nil, true, "5+7:0.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &account{version: "5", revision: 1, before: tc.before, after: tc.after}
			tg := target(a)
			observe(t, tg)
			err := tg.Shift(ctx, rollout.Step{Percent: 10})
			if (err != nil) != tc.fails || errors.Is(err, rollout.ErrRefused) {
				t.Fatalf("shift: %v", err)
			}
			if o := observe(t, tg); o.Moved != "" || o.Arrived != (a.wrote() != "") {
				t.Errorf("then %+v after writing %q", o, a.wrote())
			}
			shift(t, tg, 10)
			if o := observe(t, tg); o.Percent != 10 || !o.Arrived || o.Moved != "" || a.wrote() != tc.wrote {
				t.Errorf("wrote %s, want %s; at last %+v", a.wrote(), tc.wrote, o)
			}
		})
	}
}

func TestTarget_goesBackAfterALostAnswer(t *testing.T) {
	a := &account{version: "5", revision: 1, after: []error{errLost}}
	tg := target(a)
	observe(t, tg)
	if err := tg.Shift(ctx, rollout.Step{Percent: 10}); err == nil {
		t.Fatal("the answer was not lost")
	}
	end(t, tg, rollout.GoBack) // without a look between, as at Ctrl-C
	if o := observe(t, tg); !o.Back || a.wrote() != "5+7:0.1 | 5" {
		t.Errorf("wrote %s, then %+v", a.wrote(), o)
	}

	// A change that may still be under way is overtaken: the way back ends
	// the revision that it was asked for under.
	a = &account{version: "5", revision: 1, before: []error{errLost}}
	tg = target(a)
	observe(t, tg)
	_ = tg.Shift(ctx, rollout.Step{Percent: 10})
	end(t, tg, rollout.GoBack)
	if a.wrote() != "5" || a.revision != 2 {
		t.Errorf("wrote %q at revision %d, want one change", a.wrote(), a.revision)
	}
}

func TestTarget_aChangeOfSomethingElse(t *testing.T) {
	a := &account{version: "5", revision: 1}
	tg := target(a)
	observe(t, tg)
	a.revision++ // the description, say
	shift(t, tg, 10)
	if o := observe(t, tg); o.Moved != "" || o.Percent != 10 || !o.Arrived {
		t.Errorf("then %+v", o)
	}
}

func TestTarget_anOldAnswerIsNoMove(t *testing.T) {
	a := &account{version: "5", revision: 1}
	tg := target(a)
	observe(t, tg)
	shift(t, tg, 10)
	old := a.described()
	shift(t, tg, 100)
	a.stale = old
	if o := observe(t, tg); o.Moved != "" || o.Arrived {
		t.Errorf("an old answer: %+v", o)
	}
	if o := observe(t, tg); o.Moved != "" || !o.Arrived {
		t.Errorf("the true answer: %+v", o)
	}
}

func TestTarget_errors(t *testing.T) {
	for _, tc := range []struct {
		code string
		kind error
		text string
	}{
		{"InvalidParameterValueException", rollout.ErrRefused, "shifting alias shop-api:live to 10 % on version 7: refused: "},
		{"AccessDeniedException", rollout.ErrRefused, "refused"},
		{"ExpiredTokenException", rollout.ErrExpired, "expired"},
		{"ResourceNotFoundException", rollout.ErrRefused, "refused"}, // the version is gone, the alias is there
	} {
		a := &account{version: "5", revision: 1, before: []error{refusal(tc.code)}}
		tg := target(a)
		observe(t, tg)
		if err := tg.Shift(ctx, rollout.Step{Percent: 10}); !errors.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s became %v", tc.code, err)
		}
	}
	a := &account{version: "5", revision: 1}
	tg := target(a)
	observe(t, tg)
	a.version = ""
	if _, err := tg.Observe(ctx); !errors.Is(err, rollout.ErrNotFound) {
		t.Errorf("a deleted alias became %v", err)
	}
}
