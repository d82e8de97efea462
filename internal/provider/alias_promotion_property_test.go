package provider_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// upset is a promotion of which chance decides everything, and what happens in
// the middle of it.
type upset struct {
	more     map[string]any
	switches emulator.Switches
	bad      string        // what is wrong with the version: nothing, invoke, errors
	mover    time.Duration // when somebody else moves the alias; 0 is never
	moved    string
	kill     int  // at which call the provider is killed; 0 is never
	acted    bool // after AWS acted
	throttle int  // so many calls of Lambda are throttled, from
	from     int  // this one on
	alarm    time.Duration
}

// chances draws a promotion; the same seed draws the same one.
func chances(seed uint64) upset {
	random := rand.New(rand.NewPCG(seed, 11))
	u := upset{more: map[string]any{"timeouts": map[string]any{"update": "4h"}}}
	u.switches.WeightOneRefused = random.IntN(3) == 0
	strategy := map[string]any{"bake": []string{"0s", "1m", "7m"}[random.IntN(3)]}
	if steps := [][]any{nil, {50}, {10, 50}, {1, 5, 25}}[random.IntN(4)]; steps != nil {
		strategy["steps"], strategy["pause"] = steps, []string{"20s", "4m", "9m"}[random.IntN(3)]
	}
	u.more["strategy"], u.more["alarms"] = strategy, []any{"shop-5xx"}
	checks := []any{map[string]any{"name": "smoke", "invoke": map[string]any{"status": 200}}}
	if random.IntN(2) == 0 {
		checks = append(checks, map[string]any{"name": "as good", "compare": map[string]any{"max_difference": 10, "min_invocations": 3}})
	}
	u.more["verify"] = checks
	if random.IntN(3) == 0 {
		u.more["provisioned_concurrent_executions"] = 2
	}
	u.bad = []string{"nothing", "nothing", "invoke", "errors"}[random.IntN(4)]
	if random.IntN(3) == 0 {
		u.mover, u.moved = time.Duration(1+random.IntN(1500))*time.Second, []string{"1", "3"}[random.IntN(2)]
	}
	if random.IntN(2) == 0 {
		u.kill, u.acted = 1+random.IntN(60), random.IntN(2) == 0
	}
	if random.IntN(2) == 0 {
		u.throttle, u.from = 1+random.IntN(8), random.IntN(60)
	}
	if random.IntN(4) == 0 {
		u.alarm = time.Duration(1+random.IntN(1500)) * time.Second
	}
	return u
}

// TestAliasPromotion_whateverHappens: at the end the alias serves exactly the
// version that state names, with no weights left, or the error says what it
// serves instead and why; and applying again ends well.
func TestAliasPromotion_whateverHappens(t *testing.T) {
	promoted, refused := 0, 0
	for seed := range uint64(60) {
		u := chances(seed)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("%+v", u)
				}
			}()
			if u.run(t) == nil {
				promoted++
			} else {
				refused++
			}
		})
	}
	t.Logf("%d were promoted at first, %d ended otherwise", promoted, refused)
}

func (u upset) run(t *testing.T) error {
	k := &acctest.Killer{}
	b := newAliasBench(t, emulator.WithSwitches(u.switches), emulator.OnCall(k.Hook))
	b.w.NewAlarm(t, "shop-5xx")
	b.f.Behave("2", failsOnce(map[string]int{"invoke": 1, "errors": 2}[u.bad], 0))
	b.f.Traffic(t, "live", 3*time.Second, time.Hour)
	if u.mover > 0 {
		b.f.SetAliasLater(u.mover, "live", u.moved, "", 0)
	}
	if u.alarm > 0 {
		b.w.Later(t, u.alarm, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
	}
	if u.throttle > 0 {
		b.w.Emulator.Inject(emulator.Fault{Service: "lambda", Kind: emulator.Throttle, After: u.from, Times: u.throttle})
	}
	b.Applying = k.Begin
	err := b.Apply(k.Arm(u.kill, u.acted), b.in(2, u.more))
	k.Disarm()
	b.Applying = nil
	if errors.Is(err, acctest.ErrKilled) {
		b.Restart()
		err = b.Apply(context.Background(), b.in(2, u.more))
	}
	b.truthful(err)
	return err
}

// truthful checks that state and error tell what the alias serves.
func (b aliasBench) truthful(err error) {
	t := b.t
	t.Helper()
	serves, version := b.f.Serves("live"), b.Attribute("version")
	switch {
	case err == nil && (serves != version || b.Attribute("status") != "promoted"):
		t.Errorf("apply succeeded, and the alias serves %s; state says version %s, %s", serves, version, b.Attribute("status"))
	case err != nil && serves != version && !strings.Contains(err.Error(), "Live now: ") && !strings.Contains(err.Error(), "Nothing was changed") && !strings.Contains(err.Error(), "not released onto"):
		t.Errorf("the alias serves %s, state says %s, and the error does not tell: %v", serves, version, err)
	case err != nil && strings.Contains(err.Error(), "is back on version 1") && serves != "1":
		t.Errorf("the alias serves %s: %v", serves, err)
	}
	if err == nil {
		b.w.Pass(time.Hour) // whatever was still to come
		b.Read()
	}
	// Another apply, back to the old version, always ends well.
	b.w.Emulator.Heal()
	b.w.SetAlarm(t, "shop-5xx", "OK", "")
	back := map[string]any{"on_active": "supersede"}
	if err := b.apply(1, back); err != nil {
		t.Errorf("going back: %v", err)
	}
	if got := b.f.Serves("live"); got != "1" || b.Attribute("version") != "1" {
		t.Errorf("after going back the alias serves %s, state says %s", got, b.Attribute("version"))
	}
	b.quiet(1, back)
	if left := b.f.Provisioned(); left != "" {
		t.Errorf("provisioned concurrency is left: %s", left)
	}
}
