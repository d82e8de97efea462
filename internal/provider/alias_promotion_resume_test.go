package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func TestAliasPromotion_interrupted(t *testing.T) {
	for _, tc := range []struct {
		action, says, status, serves, moves string
	}{
		{"", `alias shop-api:live is back on version 1 (on_interrupt = "rollback")`, "rolled_back", "1", "1+2:0.1 1"},
		{"detach", "Nothing moves the weights and nothing watches", "releasing", "1+2:0.1", "1+2:0.1"},
		{"cancel", "stopped there", "failed", "1+2:0.1", "1+2:0.1"},
	} {
		t.Run("on_interrupt "+tc.action, func(t *testing.T) {
			b := newAliasBench(t)
			more := stepwise(nil)
			if tc.action != "" {
				more["on_interrupt"] = tc.action
			}
			var stopped time.Time
			b.w.Emulator.At(b.w.Virtual.Now().Add(5*time.Minute), func(emulator.CallFunc) {
				stopped = b.w.Virtual.Now()
				b.Stop()
			})
			b.fails(2, more, "Release interrupted", "at the step of 10 %", tc.says)
			b.stands("1", tc.status, tc.serves, tc.moves)
			for _, c := range b.w.Emulator.Calls() {
				if late := c.Time.Sub(stopped); late > 2*time.Second {
					t.Errorf("%s came %s after Ctrl-C", c.Operation, late)
				}
			}
			b.Restart()
			b.w.Emulator.ForgetCalls()
			if err := b.apply(2, more); err != nil {
				t.Fatal(err)
			}
			b.stands("2", "promoted", "2", map[bool]string{true: "1+2:0.1 1+2:0.5 1+2:1 2", false: "1+2:0.5 1+2:1 2"}[tc.action == ""])
		})
	}
}

func TestAliasPromotion_abandonedAndTakenUp(t *testing.T) {
	for _, tc := range []struct {
		after        time.Duration
		left, onward string // what was moved, and what the next apply moves
	}{
		{5 * time.Minute, "1+2:0.1", "1+2:0.5 1+2:1 2"},
		{15 * time.Minute, "1+2:0.1 1+2:0.5", "1+2:1 2"},
		{30 * time.Minute, "1+2:0.1 1+2:0.5 1+2:1", "2"},
	} {
		t.Run(fmt.Sprintf("after %s", tc.after), func(t *testing.T) {
			b := newAliasBench(t)
			b.killed(tc.after, 2, smoke(stepwise(nil)))
			left := len(b.w.Emulator.Calls())
			b.w.Pass(time.Hour)
			if n := len(b.w.Emulator.Calls()); n != left {
				t.Errorf("%d calls came after Terraform was gone", n-left)
			}
			b.stands("1", "promoted", strings.Fields(tc.left)[len(strings.Fields(tc.left))-1], tc.left)
			b.w.Emulator.ForgetCalls()
			if err := b.apply(2, smoke(stepwise(nil))); err != nil {
				t.Fatal(err)
			}
			b.stands("2", "promoted", "2", tc.onward)
			b.quiet(2, smoke(stepwise(nil)))
		})
	}
}

func TestAliasPromotion_revertedInTheMiddle(t *testing.T) {
	for _, weightOneRefused := range []bool{false, true} {
		for _, after := range []time.Duration{5, 15, 30} {
			b := newAliasBench(t, emulator.WithSwitches(emulator.Switches{WeightOneRefused: weightOneRefused}))
			b.killed(after*time.Minute, 2, stepwise(nil))
			b.w.Emulator.ForgetCalls()
			began := b.w.Virtual.Now()
			if err := b.apply(1, stepwise(nil)); err != nil {
				t.Fatal(err)
			}
			moves := "1"
			if weightOneRefused && after == 30 {
				moves = "1+2:0 1"
			}
			b.stands("1", "promoted", "1", moves)
			if took := b.w.Virtual.Now().Sub(began); took > time.Minute {
				t.Errorf("the half that was new went away after %s", took)
			}
			b.quiet(1, stepwise(nil))
		}
	}
}

func TestAliasPromotion_weightOneRefused(t *testing.T) {
	b := newAliasBench(t, emulator.WithSwitches(emulator.Switches{WeightOneRefused: true}))
	if err := b.apply(2, stepwise(nil)); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 2+1:0 2")
	b.killed(30*time.Minute, 3, stepwise(nil))
	b.w.Emulator.ForgetCalls()
	if got := b.f.Serves("live"); got != "3+2:0" {
		t.Fatalf("killed in the bake, the alias serves %s", got)
	}
	b.f.Behave("3", broken())
	b.fails(3, smoke(stepwise(nil)), "Release rolled back", "is back on version 2")
	b.stands("2", "rolled_back", "2", "2")
}

func TestAliasPromotion_holds(t *testing.T) {
	b := newAliasBench(t)
	at := func(percent any) map[string]any {
		return map[string]any{"strategy": map[string]any{"steps": []any{10, 50}, "pause": "10m", "hold_at": percent}}
	}
	if err := b.apply(2, at(10)); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "held", "1+2:0.1", "1+2:0.1")
	b.quiet(2, at(10))
	if err := b.apply(2, at(50)); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "held", "1+2:0.5", "1+2:0.1 1+2:0.5")
	b.quiet(2, at(50))
	b.f.SetAlias("live", "1", "2", 0.2) // by hand
	b.Read()
	if got := b.Attribute("status"); got != "unverified" {
		t.Errorf("another share than held has status %s", got)
	}
	b.w.Emulator.ForgetCalls()
	if err := b.apply(2, at(nil)); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")
	if got := b.Attribute("previous_version"); got != "1" {
		t.Errorf("previous_version is %s", got)
	}
}

func TestAliasPromotion_repairsDrift(t *testing.T) {
	for _, tc := range []struct {
		name, other string
		version     string
		weight      float64
		moves       string // of the repair
	}{
		{"another version live", "", "3", 0, "3+1:0.1 3+1:0.5 3+1:1 1"},
		{"weights left beside ours", "4", "1", 0.3, "1"},
		{"ours beside another, not promoted", "1", "3", 1, "1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newAliasBench(t)
			b.f.SetAlias("live", tc.version, tc.other, tc.weight)
			b.w.Emulator.ForgetCalls()
			b.Read()
			if got := b.Attribute("status"); got != "unverified" {
				t.Errorf("status is %s", got)
			}
			if err := b.apply(1, stepwise(nil)); err != nil { // the version string is unchanged
				t.Fatal(err)
			}
			b.stands("1", "promoted", "1", tc.moves)
			b.quiet(1, stepwise(nil))
		})
	}
}

func TestAliasPromotion_onActive(t *testing.T) {
	for _, tc := range []struct {
		action, says, serves, moves string
	}{
		{"adopt", "Another release under way", "1+4:0.2", ""},
		{"fail", "Another release under way", "1+4:0.2", ""},
		{"supersede", "", "2", "1+2:0.1 1+2:0.5 1+2:1 2"},
		{"wait", "", "2", "4+2:0.1 4+2:0.5 4+2:1 2"},
	} {
		t.Run(tc.action, func(t *testing.T) {
			b := newAliasBench(t)
			b.f.SetAlias("live", "1", "4", 0.2)
			b.f.SetAliasLater(10*time.Minute, "live", "4", "", 0)
			b.w.Emulator.ForgetCalls()
			more := stepwise(map[string]any{"on_active": tc.action})
			if tc.says == "" {
				if tc.action == "supersede" { // before the other one ends
					more["strategy"] = map[string]any{"steps": []any{10, 50}, "pause": "1m"}
				}
				if err := b.apply(2, more); err != nil {
					t.Fatal(err)
				}
				b.stands("2", "promoted", tc.serves, tc.moves)
				return
			}
			b.fails(2, more, tc.says, "version 1 (80 %) and version 4 (20 %)")
			b.stands("1", "unverified", tc.serves, tc.moves)
		})
	}
}
