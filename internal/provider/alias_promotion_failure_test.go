package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// broken is code that fails.
func broken() emulator.FunctionBehaviour {
	return emulator.FunctionBehaviour{Respond: func([]byte) ([]byte, string) {
		return []byte(`{"errorMessage":"no database"}`), "Unhandled"
	}}
}

func smoke(more map[string]any) map[string]any {
	more["verify"] = []any{map[string]any{"name": "smoke", "invoke": map[string]any{"payload": `{"ping":true}`, "expect": `{"ping":true}`}}}
	return more
}

func TestAliasPromotion_brokenCodeGetsNoTraffic(t *testing.T) {
	b := newAliasBench(t)
	b.f.Behave("2", broken())
	b.fails(2, smoke(stepwise(nil)), "Release rolled back", "before it got any traffic",
		`check "smoke": shop-api:2 failed (Unhandled): "{"errorMessage":"no database"}"`, "Live now: version 1.")
	b.stands("1", "rolled_back", "1", "")
	if n := b.w.Emulator.Count("lambda", "Invoke"); n != 1 {
		t.Errorf("invoked %d times", n)
	}
	if _, _, changes := b.Plan(b.in(2, smoke(stepwise(nil)))); !changes {
		t.Error("the version is not offered again")
	}
	if err := b.apply(1, smoke(stepwise(nil))); err != nil {
		t.Errorf("going back too: %v", err)
	}
	b.stands("1", "promoted", "1", "") // nothing ran
	if n := b.w.Emulator.Count("lambda", "Invoke"); n != 1 {
		t.Errorf("going back invoked %d times, want nothing run", n-1)
	}
	b.quiet(1, smoke(stepwise(nil)))
}

func TestAliasPromotion_everyCheckRunsAfterTheLastWeight(t *testing.T) {
	b := newAliasBench(t)
	if err := b.apply(2, smoke(stepwise(nil))); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")
	var order string
	for _, c := range b.w.Emulator.Calls() {
		switch c.Operation {
		case "Invoke":
			order += "i"
			if c.Input["Qualifier"] != "2" {
				t.Errorf("invoked %v, want version 2", c.Input["Qualifier"])
			}
		case "UpdateAlias":
			order += "m"
		}
	}
	if want := "imiimiimiim"; order != want {
		t.Errorf("checks and moves came as %s, want %s", order, want)
	}
}

func TestAliasPromotion_httpCheckFails(t *testing.T) {
	b := newAliasBench(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if got := b.f.Serves("live"); got == "1+2:0.5" {
			w.WriteHeader(500)
			fmt.Fprint(w, "boom")
		}
	}))
	defer site.Close()
	more := stepwise(map[string]any{"verify": []any{map[string]any{"name": "smoke",
		"http": map[string]any{"url": site.URL + "/healthz?key=secret", "status": 200, "attempts": 2}}}})
	b.fails(2, more, "Release rolled back", "at the step of 50 %", `check "smoke" on arrival: GET `+site.URL+`/healthz?… answered 500, want 200: "boom" (the last of 2 attempts)`)
	b.stands("1", "rolled_back", "1", "1+2:0.1 1+2:0.5 1")
}

func TestAliasPromotion_holdsAFailedRelease(t *testing.T) {
	b := newAliasBench(t)
	b.w.NewAlarm(t, "shop-5xx")
	b.w.Later(t, 5*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx above 1 percent"})
	b.fails(2, stepwise(map[string]any{"alarms": []any{"shop-5xx"}, "on_failure": "hold"}),
		"Release stopped", `alarm "shop-5xx" is in ALARM: 5xx above 1 percent`, "Live now: version 1 (90 %) and version 2 (10 %).")
	b.stands("1", "failed", "1+2:0.1", "1+2:0.1")
	// The way back is one call, without pauses, whatever the alarm says.
	began := b.w.Virtual.Now()
	if err := b.apply(1, stepwise(map[string]any{"alarms": []any{"shop-5xx"}})); err != nil {
		t.Fatal(err)
	}
	b.stands("1", "promoted", "1", "1+2:0.1 1")
	if took := b.w.Virtual.Now().Sub(began); took > time.Minute {
		t.Errorf("going back took %s", took)
	}
	b.quiet(1, stepwise(map[string]any{"alarms": []any{"shop-5xx"}}))
}

func TestAliasPromotion_alarms(t *testing.T) {
	b := newAliasBench(t)
	b.w.NewAlarm(t, "shop-5xx")
	guarded := stepwise(map[string]any{"alarms": []any{"shop-5xx"}})
	b.w.Later(t, 6*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx above 1 percent"})
	b.fails(2, guarded, "Release rolled back", "at the step of 10 %", `alarm "shop-5xx" is in ALARM: 5xx above 1 percent`)
	b.stands("1", "rolled_back", "1", "1+2:0.1 1")
	if got, want := b.Attribute("last_failure"), `alarm "shop-5xx" is in ALARM: 5xx above 1 percent`; got != want {
		t.Errorf("last_failure is %q", got)
	}

	b.w.Emulator.ForgetCalls() // it still fires: refused before the first change, unless the release is the fix
	b.fails(2, guarded, "Alarm already firing", "5xx above 1 percent", "Nothing was changed")
	b.stands("1", "rolled_back", "1", "")
	b.fails(2, stepwise(map[string]any{"alarms": []any{"shop-4xx"}}), "Alarm not found", "shop-4xx")
	b.stands("1", "rolled_back", "1", "")
	guarded["alarms_firing"] = "ignore"
	if err := b.apply(2, guarded); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")

	// The way back is not blocked by the alarm that asks for it.
	delete(guarded, "alarms_firing")
	if err := b.apply(1, guarded); err != nil {
		t.Fatal(err)
	}
	b.stands("1", "promoted", "1", "1+2:0.1 1+2:0.5 1+2:1 2 2+1:1 1")
}

func TestAliasPromotion_planTellsLiveFacts(t *testing.T) {
	b := newAliasBench(t)
	b.w.NewAlarm(t, "shop-5xx")
	b.w.SetAlarm(t, "shop-5xx", "ALARM", "5xx above 1 percent")
	b.f.SetAlias("live", "1", "2", 0.1)
	b.Plan(b.in(2, stepwise(map[string]any{"alarms": []any{"shop-5xx", "shop-4xx"}})))
	const want = `Release onto shop-api:live: Alias shop-api:live serves version 1 (90 %) and version 2 (10 %).
A release was interrupted there: the apply goes on with it.
Steps: 10 % for 10m, then 50 % for 10m, then 100 % for 15m.
Alarm shop-5xx is in ALARM: the apply ends the release that is under way (on_failure). 5xx above 1 percent
Alarm shop-4xx does not exist (yet): the apply refuses to begin without it.
The provider itself moves the weights, watches the alarms and runs the checks. While no apply runs, nothing moves and nothing watches. Ctrl-C: rollback.`
	if got := strings.Join(b.Warnings, "\n\n"); got != want {
		t.Errorf("the plan warns:\n%s\nwant:\n%s", got, want)
	}
	b.fails(2, stepwise(map[string]any{"alarms": []any{"shop-5xx"}}), "Release rolled back", "5xx above 1 percent") // as it says
	if got := b.f.Serves("live"); got != "1" {
		t.Errorf("the alias serves %s", got)
	}
	if err := b.apply(1, stepwise(nil)); err != nil {
		t.Fatal(err)
	}
	b.Plan(b.in(1, stepwise(nil)))
	if len(b.Warnings) != 0 {
		t.Errorf("a plan that releases nothing warns: %q", b.Warnings)
	}
}

func TestAliasPromotion_operatorWins(t *testing.T) {
	b := newAliasBench(t)
	b.f.SetAliasLater(5*time.Minute, "live", "3", "", 0)
	b.fails(2, stepwise(nil), "Release stopped by hand", "from version 1 (90 %) and version 2 (10 %) to version 3", "CloudTrail")
	b.stands("1", "failed", "3", "1+2:0.1")
	b.f.SetAliasLater(15*time.Minute, "live", "3", "", 0) // the reset during a later step
	b.fails(2, stepwise(nil), "Release stopped by hand", "from version 3 (50 %) and version 2 (50 %) to version 3")
	b.stands("1", "failed", "3", "1+2:0.1 3+2:0.1 3+2:0.5")
	if err := b.apply(2, nil); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "promoted", "2", "1+2:0.1 3+2:0.1 3+2:0.5 3+2:1 2")
}

func TestAliasPromotion_lostAnswers(t *testing.T) {
	for _, kind := range []emulator.FaultKind{emulator.DropAfter, emulator.DropBefore, emulator.ServerError500, emulator.Throttle} {
		for after := range 4 {
			t.Run(fmt.Sprintf("fault %d at change %d", kind, after+1), func(t *testing.T) {
				b := newAliasBench(t)
				b.w.Emulator.Inject(emulator.Fault{Service: "lambda", Operation: "UpdateAlias", Kind: kind, After: after, Times: 2})
				if err := b.apply(2, stepwise(nil)); err != nil {
					t.Fatal(err)
				}
				b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")
				b.quiet(2, stepwise(nil))
			})
		}
	}
}

func TestAliasPromotion_staleReads(t *testing.T) {
	for after := range 12 {
		b := newAliasBench(t)
		b.w.Emulator.Inject(emulator.Fault{Service: "lambda", Operation: "GetAlias", Kind: emulator.StaleRead, After: after + 3})
		if err := b.apply(2, map[string]any{"strategy": map[string]any{"steps": []any{10}, "pause": "10s"}}); err != nil {
			t.Errorf("read %d stale: %v", after, err)
		}
		b.stands("2", "promoted", "2", "1+2:0.1 1+2:1 2")
	}
}

func TestAliasPromotion_timeout(t *testing.T) {
	b := newAliasBench(t)
	b.w.Later(t, 6*time.Second, "lambda", "PutFunctionConcurrency", map[string]any{"FunctionName": "shop-api", "ReservedConcurrentExecutions": 0})
	more := smoke(map[string]any{"timeouts": map[string]any{"update": "30m"}})
	b.fails(2, more, "Release rolled back", "timed out after 30m", `inconclusive: check "smoke": invoking shop-api:2: `, "TooManyRequestsException")
	b.stands("1", "rolled_back", "1", "")
}
