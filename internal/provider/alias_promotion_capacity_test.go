package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// provisioned gives each version five concurrent executions.
func provisioned(more map[string]any) map[string]any {
	if more == nil {
		more = map[string]any{}
	}
	more["provisioned_concurrent_executions"] = 5
	return more
}

// carries checks which versions have provisioned concurrency.
func (b aliasBench) carries(want string) {
	b.t.Helper()
	if got := b.f.Provisioned(); got != want {
		b.t.Errorf("provisioned concurrency is on %q, want %q", got, want)
	}
}

func TestAliasPromotion_provisionedConcurrency(t *testing.T) {
	b := newAliasBench(t)
	ends(t, b.apply(1, provisioned(stepwise(nil))), "") // given to what serves: nothing moves, nothing bakes
	b.stands("1", "promoted", "1", "")
	b.carries("1:5")
	b.quiet(1, provisioned(stepwise(nil)))

	b.w.Emulator.ForgetCalls()
	ends(t, b.apply(2, provisioned(smoke(stepwise(nil)))), "")
	b.stands("2", "promoted", "2", "1+2:0 1+2:0.1 1+2:0.5 1+2:1 2")
	b.carries("2:5") // the previous one's is released
	var order []string
	for _, c := range b.w.Emulator.Calls() {
		switch c.Operation {
		case "PutProvisionedConcurrencyConfig", "UpdateAlias", "DeleteProvisionedConcurrencyConfig", "Invoke":
			order = append(order, c.Operation[:3]+fmt.Sprint(c.Input["Qualifier"]))
		}
	}
	if got := strings.Join(order, " "); !strings.HasPrefix(got, "Upd<nil> Put2 Inv2 Upd") || !strings.HasSuffix(got, "Del1") || strings.Count(got, "Put") != 1 {
		t.Errorf("called %s; want the version named, provided for, then checked, then moved to, and the old one's released last", got)
	}
	b.quiet(2, provisioned(smoke(stepwise(nil))))

	b.w.Emulator.ForgetCalls() // the way back does not wait for it
	began := b.w.Virtual.Now()
	ends(t, b.apply(1, provisioned(stepwise(nil))), "")
	if took := b.w.Virtual.Now().Sub(began); took > 30*time.Second {
		t.Errorf("going back took %s", took)
	}
	b.stands("1", "promoted", "1", "2+1:1 1")
	b.carries("1:5")

	ends(t, b.apply(1, stepwise(nil)), "") // no longer wanted
	b.carries("")
	b.stands("1", "promoted", "1", "2+1:1 1")
	b.quiet(1, stepwise(nil))
}

func TestAliasPromotion_provisionedConcurrencyIsDrift(t *testing.T) {
	b := newAliasBench(t)
	ends(t, b.apply(1, provisioned(nil)), "")
	b.w.Call(t, "lambda", "DeleteProvisionedConcurrencyConfig", map[string]any{"FunctionName": "shop-api", "Qualifier": "1"})
	b.Read()
	if _, _, changes := b.Plan(b.in(1, provisioned(nil))); !changes {
		t.Error("what was deleted outside is not offered again")
	}
	ends(t, b.apply(1, provisioned(nil)), "")
	b.carries("1:5")
}

func TestAliasPromotion_provisionedConcurrencyTakenBack(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(b aliasBench)
		more    map[string]any
		says    string
		status  string
		moves   string
	}{
		"code that fails its check": {func(b aliasBench) { b.f.Behave("2", broken()) }, smoke(stepwise(nil)), "before it got any traffic", "rolled_back", "1+2:0 1"},
		"an alarm in the middle": {func(b aliasBench) {
			b.w.Later(b.t, 8*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
		}, stepwise(map[string]any{"alarms": []any{"shop-5xx"}}), "Release rolled back", "rolled_back", "1+2:0 1+2:0.1 1+2:0 1"},
		"an allocation that fails": {func(b aliasBench) {
			b.w.Emulator.FailFunction(acctest.Region, "shop-api", emulator.FunctionFailure{Operation: "provision", Reason: "no capacity in eu-central-1a"})
		}, stepwise(nil), "Lambda could not provide 5 provisioned concurrent executions for version 2: no capacity in eu-central-1a", "failed", "1+2:0 1"},
		"an allocation that does not end": {func(b aliasBench) {
			b.w.Emulator.SetFunctionTimes(acctest.Region, emulator.FunctionTimes{Provision: 2 * time.Hour})
		}, stepwise(nil), "not at 0 % after 30m", "rolled_back", "1+2:0 1"},
		"Ctrl-C": {func(b aliasBench) {
			b.w.Emulator.At(b.w.Virtual.Now().Add(5*time.Minute), func(emulator.CallFunc) { b.Stop() })
		}, stepwise(nil), "Release interrupted", "rolled_back", "1+2:0 1+2:0.1 1+2:0 1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAliasBench(t)
			b.w.NewAlarm(t, "shop-5xx")
			ends(t, b.apply(1, provisioned(stepwise(nil))), "")
			b.w.Emulator.ForgetCalls()
			tc.prepare(b)
			ends(t, b.apply(2, provisioned(tc.more)), tc.says)
			b.stands("1", tc.status, "1", tc.moves)
			b.carries("1:5")
		})
	}
}

func TestAliasPromotion_provisionedConcurrencyOfAnotherAlias(t *testing.T) {
	b := newAliasBench(t)
	b.f.NewAlias("beta", "1")
	ends(t, b.apply(1, provisioned(nil)), "")
	ends(t, b.apply(2, provisioned(nil)), "")
	b.carries("1:5 2:5") // version 1 serves beta
}

// TestAliasPromotion_aliasThatCarries: without steps such an alias changes
// over at once. The weights that Lambda shows meanwhile are its own.
func TestAliasPromotion_aliasThatCarries(t *testing.T) {
	for _, refused := range []bool{false, true} {
		b := newAliasBench(t, emulator.WithSwitches(emulator.Switches{WeightsRefusedWhenProvisioned: refused}))
		b.carry("live", 3)
		b.w.Emulator.ForgetCalls()
		baked := map[string]any{"strategy": map[string]any{"bake": "5m"}}
		b.killed(30*time.Second, 2, baked)
		if got := b.f.Serves("live"); got != "2+1:1" {
			t.Fatalf("while its provisioned concurrency moves, the alias shows %s", got)
		}
		b.Read()
		if live, status := b.shares(), b.Attribute("status"); live != "1=100" || status != "unverified" {
			t.Errorf("live is %s at status %s, want what the weights say", live, status)
		}
		ends(t, b.apply(2, baked), "") // adopted: it waits until all of it is there
		b.stands("2", "promoted", "2", "2")
		b.quiet(2, baked)

		b.f.Behave("3", broken()) // and back
		b.w.Emulator.ForgetCalls()
		b.fails(3, smoke(map[string]any{}), "Release rolled back")
		b.stands("2", "rolled_back", "2", "")
		b.w.NewAlarm(t, "shop-5xx")
		b.w.Later(t, 4*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
		baked["alarms"] = []any{"shop-5xx"}
		b.fails(4, baked, "Release rolled back", "is back on version 2")
		b.stands("2", "rolled_back", "2", "4 2")

		// Somebody resets the alias: while Lambda moves, it is no drift.
		b.w.SetAlarm(t, "shop-5xx", "OK", "")
		ends(t, b.apply(2, baked), "")
		b.f.SetAlias("live", "1", "", 0)
		b.f.SetAlias("live", "2", "", 0)
		b.quiet(2, baked)
		if live := b.shares(); live != "1=100" {
			t.Errorf("live is %s, want what the weights say", live)
		}
		b.w.Pass(2 * time.Minute)
		b.quiet(2, baked)
		if live := b.shares(); live != "2=100" {
			t.Errorf("live is %s", live)
		}
	}
}

// TestAliasPromotion_createdWithConcurrency makes the alias and provides for
// its version in one apply.
func TestAliasPromotion_createdWithConcurrency(t *testing.T) {
	w := acctest.New(t)
	b := aliasBench{w.NewBench(t, "awsdeploy_alias_promotion"), t, w, w.NewFunction(t, "shop-api", 2)}
	ends(t, b.apply(1, provisioned(nil)), "")
	b.carries("1:5")
	b.quiet(1, provisioned(nil))
}
