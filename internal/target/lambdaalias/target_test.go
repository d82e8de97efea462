package lambdaalias_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

var ctx = context.Background()

func target(a *account, change ...func(*lambdaalias.Config)) *lambdaalias.Target {
	cfg := lambdaalias.Config{Function: "shop-api", Alias: "live", Version: "7"}
	for _, c := range change {
		c(&cfg)
	}
	return lambdaalias.New(a, nil, a.readAlarms, cfg)
}

func observe(t *testing.T, target *lambdaalias.Target) rollout.Observation {
	t.Helper()
	o, err := target.Observe(ctx)
	if err != nil {
		t.Fatalf("observing: %v", err)
	}
	return o
}

func shift(t *testing.T, target *lambdaalias.Target, percent int) {
	t.Helper()
	if err := target.Shift(ctx, rollout.Step{Percent: percent}); err != nil {
		t.Fatalf("shifting to %d: %v", percent, err)
	}
}

func end(t *testing.T, target *lambdaalias.Target, how rollout.Ending) {
	t.Helper()
	if err := target.End(ctx, how); err != nil {
		t.Fatalf("ending, to %s: %v", how, err)
	}
}

func TestTarget_steps(t *testing.T) {
	for _, noWeightOne := range []bool{false, true} {
		a := &account{version: "5", revision: 1, noWeightOne: noWeightOne}
		last := "5+7:1"
		if noWeightOne {
			last = "7+5:0"
		}
		tg := target(a)
		if o := observe(t, tg); o.Percent != 0 || o.Saved || !o.Idle || o.Active != rollout.ActiveNone || !o.Back {
			t.Errorf("at first %+v", o)
		}
		shift(t, tg, 0) // for the checks before any traffic
		shift(t, tg, 29)
		if o := observe(t, tg); o.Percent != 29 || !o.Arrived || o.Saved || o.Back || o.Active != rollout.ActiveSame {
			t.Errorf("at 29 %%: %+v", o)
		}
		shift(t, tg, 100)
		if o := observe(t, tg); o.Percent != 100 || !o.Arrived || o.Saved || o.Active != rollout.ActiveSame {
			t.Errorf("at the last weight: %+v", o)
		}
		shift(t, tg, 100) // as an adopted release asks again
		end(t, tg, rollout.Promote)
		if o := observe(t, tg); !o.Saved || o.Percent != 100 || o.Back || o.Moved != "" {
			t.Errorf("promoted: %+v", o)
		}
		if got, want := a.wrote(), "5+7:0.29 | "+last+" | 7"; got != want {
			t.Errorf("wrote %s, want %s (weight 1.0 refused: %t)", got, want, noWeightOne)
		}
	}
}

func TestTarget_goesBackInOneCall(t *testing.T) {
	for _, tc := range []struct {
		name    string
		version string
		weights map[string]float64
		want    string
	}{
		{"from the middle", "5", map[string]float64{"7": 0.5}, "5"},
		{"from the last weight", "5", map[string]float64{"7": 1}, "5"},
		{"from the last weight where 1.0 is refused", "7", map[string]float64{"5": 0}, "5"},
		{"after the promotion, to what the state names", "7", nil, "4"},
		{"from before the beginning, without a call", "5", nil, ""},
		{"from a half that returned, to our version", "7", map[string]float64{"8": 0.5}, "7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &account{version: tc.version, weights: tc.weights, revision: 1}
			tg := target(a, func(c *lambdaalias.Config) { c.Previous = "4" })
			observe(t, tg)
			end(t, tg, rollout.GoBack)
			if o := observe(t, tg); !o.Back || a.wrote() != tc.want {
				t.Errorf("wrote %q, want %q; then %+v", a.wrote(), tc.want, o)
			}
		})
	}
	a := &account{version: "7", revision: 1}
	tg := target(a)
	observe(t, tg)
	if err := tg.End(ctx, rollout.GoBack); !errors.Is(err, rollout.ErrRefused) || a.wrote() != "" {
		t.Errorf("with nothing to go back to: %v, wrote %q; want a refusal", err, a.wrote())
	}
}

func TestTarget_whoseReleaseIsThere(t *testing.T) {
	for _, tc := range []struct {
		name    string
		version string
		weights map[string]float64
		active  rollout.Active
		percent float64
		idle    bool
	}{
		{"ours, interrupted", "5", map[string]float64{"7": 0.1}, rollout.ActiveSame, 10, true},
		{"ours, at the last weight where 1.0 is refused", "7", map[string]float64{"5": 0}, rollout.ActiveSame, 100, true},
		{"away from our version", "7", map[string]float64{"8": 0.4}, rollout.ActiveBack, 60, true},
		{"to a third version", "5", map[string]float64{"6": 0.1}, rollout.ActiveOther, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tg := target(&account{version: tc.version, weights: tc.weights, revision: 1})
			if o := observe(t, tg); o.Active != tc.active || o.Percent != tc.percent || o.Idle != tc.idle {
				t.Errorf("got %+v", o)
			}
		})
	}
}

func TestTarget_returnsByClearingTheWeights(t *testing.T) {
	a := &account{version: "7", weights: map[string]float64{"8": 0.4}, revision: 1}
	tg := target(a)
	observe(t, tg)
	shift(t, tg, 10)
	shift(t, tg, 100)
	if o := observe(t, tg); !o.Saved || !o.Arrived || a.wrote() != "7" {
		t.Errorf("wrote %q, then %+v; want one call that clears the weights", a.wrote(), o)
	}
}

func TestTarget_waitsAndSupersedes(t *testing.T) {
	a := &account{version: "5", weights: map[string]float64{"6": 0.1}, revision: 1}
	tg := target(a)
	observe(t, tg)
	a.move("6", nil)
	if o := observe(t, tg); o.Moved != "" || !o.Idle || tg.Back() != "6" {
		t.Errorf("the other release ended: %+v, back to %s; want that it is no move during ours", o, tg.Back())
	}
	a.move("6", map[string]float64{"9": 0.5})
	tg = target(a)
	observe(t, tg)
	end(t, tg, rollout.LeaveIt)
	if o := observe(t, tg); !o.Idle {
		t.Errorf("superseded: %+v", o)
	}
	shift(t, tg, 10)
	if a.wrote() != "6+7:0.1" {
		t.Errorf("wrote %q", a.wrote())
	}
}

func TestTarget_undivided(t *testing.T) {
	a := &account{version: "5", revision: 1}
	tg := target(a, func(c *lambdaalias.Config) { c.Undivided = true })
	observe(t, tg)
	shift(t, tg, 100)
	if o := observe(t, tg); !o.Saved || !o.Arrived {
		t.Errorf("changed over: %+v", o)
	}
	end(t, tg, rollout.GoBack)
	if a.wrote() != "7 | 5" {
		t.Errorf("wrote %q", a.wrote())
	}
}

func TestTarget_createsTheAlias(t *testing.T) {
	for _, lost := range []error{nil, errLost} {
		a := &account{after: []error{lost}}
		tg := target(a)
		if o := observe(t, tg); o.Percent != 0 || o.Saved || !o.Back {
			t.Errorf("absent: %+v", o)
		}
		shift(t, tg, 0)
		if err := tg.Shift(ctx, rollout.Step{Percent: 100}); (err != nil) != (lost != nil) {
			t.Fatal(err)
		}
		if o := observe(t, tg); !o.Saved || !o.Arrived || o.Moved != "" || a.wrote() != "create 7" {
			t.Errorf("created: %+v, wrote %q", o, a.wrote())
		}
	}
}

func TestTarget_alarms(t *testing.T) {
	alarms := map[string]awsapi.Alarm{
		"old": {Name: "old", State: "ALARM", Reason: "5 errors"},
		"new": {Name: "new", State: "OK"},
	}
	with := func(ignore bool) func(*lambdaalias.Config) {
		return func(c *lambdaalias.Config) { c.Alarms, c.IgnoreFiring = []string{"new", "old"}, ignore }
	}
	a := &account{version: "5", revision: 1, alarms: alarms}
	if o := observe(t, target(a, with(false))); strings.Join(o.Alarms, ";") != `alarm "old" is in ALARM: 5 errors` {
		t.Errorf("heeded %q", o.Alarms)
	}
	tg := target(a, with(true))
	if o := observe(t, tg); len(o.Alarms) != 0 {
		t.Errorf("heeded %q, want none: it fired at the start", o.Alarms)
	}
	alarms["new"] = awsapi.Alarm{Name: "new", State: "ALARM", Reason: "3 errors"}
	if o := observe(t, tg); strings.Join(o.Alarms, ";") != `alarm "new" is in ALARM: 3 errors` {
		t.Errorf("heeded %q, want the new one", o.Alarms)
	}
	delete(alarms, "new")
	if o := observe(t, tg); strings.Join(o.Alarms, ";") != `alarm "new" does not exist any more` {
		t.Errorf("heeded %q, want that it is gone", o.Alarms)
	}
}

func TestVersion_Apart(t *testing.T) {
	one := lambdaalias.Version{Number: "1", Role: "a"}
	for _, tc := range []struct {
		other lambdaalias.Version
		want  string
	}{
		{lambdaalias.Version{Number: "2", Role: "a"}, ""},
		{lambdaalias.Version{Number: "2", Role: "b"}, "version 1 has the execution role a and version 2 has b"},
		{lambdaalias.Version{Number: "2", Role: "a", DeadLetter: "q"}, "version 1 has the dead-letter queue none and version 2 has q"},
		{lambdaalias.Version{Number: "$LATEST", Role: "a"}, "$LATEST is not a published version"},
	} {
		if got := one.Apart(tc.other); got != tc.want {
			t.Errorf("beside %+v: %q, want %q", tc.other, got, tc.want)
		}
	}
}
