package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAliasPromotion_killedWhileAllocating: the alias itself remembers what a
// killed release asked for.
func TestAliasPromotion_killedWhileAllocating(t *testing.T) {
	kill := func(t *testing.T) aliasBench {
		b := newAliasBench(t)
		ends(t, b.apply(1, provisioned(stepwise(nil))), "")
		b.w.Emulator.ForgetCalls()
		b.killed(30*time.Second, 2, provisioned(stepwise(nil)))
		b.stands("1", "promoted", "1+2:0", "1+2:0")
		b.carries("1:5 2:5")
		b.Read()
		if live, status := b.shares(), b.Attribute("status"); live != "1=100" || status != "unverified" {
			t.Errorf("live is %s at status %s, want all of it on version 1, and something to do", live, status)
		}
		return b
	}
	t.Run("reverted", func(t *testing.T) {
		b := kill(t)
		b.Plan(b.in(1, provisioned(stepwise(nil))))
		if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "A release of version 2 was interrupted before it got any traffic: provisioned concurrency that it was given is released.") {
			t.Errorf("the plan warns %q", said)
		}
		ends(t, b.apply(1, provisioned(stepwise(nil))), "")
		b.stands("1", "promoted", "1", "1+2:0 1")
		b.carries("1:5")
		b.quiet(1, provisioned(stepwise(nil)))
	})
	t.Run("reverted to a configuration that gives none", func(t *testing.T) {
		b := kill(t)
		ends(t, b.apply(1, stepwise(nil)), "")
		b.stands("1", "promoted", "1", "1+2:0 1")
		b.carries("")
	})
	t.Run("applied again", func(t *testing.T) {
		b := kill(t)
		ends(t, b.apply(2, provisioned(stepwise(nil))), "")
		b.stands("2", "promoted", "2", "1+2:0 1+2:0.1 1+2:0.5 1+2:1 2")
		b.carries("2:5")
	})
	t.Run("another version, without any", func(t *testing.T) {
		b := kill(t)
		ends(t, b.apply(3, stepwise(nil)), "")
		b.stands("3", "promoted", "3", "1+2:0 1+3:0.1 1+3:0.5 1+3:1 3")
		b.carries("")
	})
	t.Run("another version", func(t *testing.T) {
		b := kill(t)
		more := provisioned(stepwise(nil))
		b.Plan(b.in(3, more))
		if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "A release of version 2 was interrupted before it got any traffic") || strings.Contains(said, "on_active") {
			t.Errorf("the plan warns %q", said)
		}
		ends(t, b.apply(3, more), "")
		b.stands("3", "promoted", "3", "1+2:0 1+3:0 1+3:0.1 1+3:0.5 1+3:1 3")
		b.carries("3:5")
	})
}

// TestAliasPromotion_idleConcurrency: what others may have made is told, where
// it is as much as the resource gives, and never removed.
func TestAliasPromotion_idleConcurrency(t *testing.T) {
	const idle = "Idle concurrency on shop-api:3: Version 3 of shop-api holds 5 provisioned concurrent executions, as many as this resource gives, and no alias sends it requests"
	b := newAliasBench(t)
	ends(t, b.apply(1, provisioned(nil)), "")
	for count, want := range map[int]bool{4: false, 5: true} {
		b.carry("3", count)
		for version, more := range map[int]map[string]any{1: provisioned(nil), 2: provisioned(nil), 4: nil} {
			b.Plan(b.in(version, more))
			if said := strings.Join(b.Warnings, "\n"); strings.Contains(said, idle) != want || strings.Contains(said, "--qualifier 3") != want {
				t.Errorf("with %d on version 3, the plan of version %d warns %q", count, version, said)
			}
		}
	}
	b.f.NewAlias("beta", "3") // it is used after all
	if b.Plan(b.in(1, provisioned(nil))); strings.Contains(strings.Join(b.Warnings, "\n"), "Idle") {
		t.Errorf("the plan warns %q", b.Warnings)
	}
	b.w.Call(t, "lambda", "DeleteAlias", map[string]any{"FunctionName": "shop-api", "Name": "beta"})
	ends(t, b.apply(2, provisioned(nil)), "")
	b.carries("2:5 3:5")

	strict := false
	b = newAliasBench(t, emulator.WithAllowedActions(func(_, o string) bool { return !strict || o != "ListProvisionedConcurrencyConfigs" }))
	strict = true
	b.Plan(b.in(1, provisioned(nil)))
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "allow lambda:ListProvisionedConcurrencyConfigs") {
		t.Errorf("the plan warns %q", said)
	}
}

// TestAliasPromotion_takenBackWithoutConcurrency: a configuration that gives
// none takes none away from the version that an interrupted release is taken
// back from, and says so.
func TestAliasPromotion_takenBackWithoutConcurrency(t *testing.T) {
	b := newAliasBench(t)
	b.killed(5*time.Minute, 2, provisioned(stepwise(nil)))
	ends(t, b.apply(1, stepwise(nil)), "")
	b.stands("1", "promoted", "1", "1+2:0 1+2:0.1 1")
	b.carries("2:5")
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "Version 2 of shop-api may still have provisioned concurrency that nothing needs, and AWS charges for it: it has 5") {
		t.Errorf("the apply warns %q", said)
	}
}

// TestAliasPromotion_versionsThatCannotBeNamed: the release does not depend on
// the alias naming the version that it provides for.
func TestAliasPromotion_versionsThatCannotBeNamed(t *testing.T) {
	b := newAliasBench(t, emulator.WithSwitches(emulator.Switches{WeightZeroRefused: true}))
	b.w.NewAlarm(t, "shop-5xx")
	more := provisioned(stepwise(map[string]any{"alarms": []any{"shop-5xx"}}))
	ends(t, b.apply(1, more), "")
	b.w.Emulator.ForgetCalls()
	b.w.Later(t, 8*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
	ends(t, b.apply(2, more), "Release rolled back")
	b.stands("1", "rolled_back", "1", "1+2:0.1 1")
	b.carries("1:5")
	b.w.SetAlarm(t, "shop-5xx", "OK", "quiet")
	ends(t, b.apply(2, more), "")
	b.carries("2:5")
	b.killed(5*time.Minute, 3, more)
	ends(t, b.apply(2, more), "")
	b.stands("2", "promoted", "2", "1+2:0.1 1 1+2:0.1 1+2:0.5 1+2:1 2 2+3:0.1 2")
	b.carries("2:5")
}

// providedKillCase kills a release that provides concurrency, of a kind that
// names it before.
func providedKillCase(switches emulator.Switches) killCase {
	return killCase{kind: "awsdeploy_alias_promotion", options: []emulator.Option{emulator.WithSwitches(switches)},
		build: func(t *testing.T, w *acctest.World) killEstate {
			f := w.NewFunction(t, "shop-api", 2)
			f.NewAlias("live", "1")
			in := func(version string) map[string]any {
				return map[string]any{"function_name": f.Name, "alias": "live", "version": version, "provisioned_concurrent_executions": 2,
					"strategy": map[string]any{"steps": []any{50}, "pause": "10s", "bake": "10s"}}
			}
			return killEstate{old: in("1"), planned: in("2"), check: func(then aftermath) error {
				want := map[aftermath]string{again: "2", reverted: "1"}[then]
				if err := f.Settled("live", want); err != nil {
					return err
				}
				if got := f.Provisioned(); got != want+":2" {
					return fmt.Errorf("provisioned concurrency is on %q, want it on version %s alone", got, want)
				}
				return nil
			}}
		}}
}

// TestKillMatrix_aliasPromotionConcurrency: whatever was killed, in the end
// only the version that serves holds provisioned concurrency.
func TestKillMatrix_aliasPromotionConcurrency(t *testing.T) {
	for _, switches := range []emulator.Switches{{}, {WeightOneRefused: true}} {
		runKillMatrix(t, providedKillCase(switches), reverted)
	}
}
