package provider_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAliasPromotion_fiftyAtOnce: fifty promotions of one provider, of two
// aliases of each of 25 functions, stay inside Lambda's control-plane rate.
func TestAliasPromotion_fiftyAtOnce(t *testing.T) {
	const functions = 25
	w := acctest.New(t, emulator.WithRates(map[string]emulator.Rate{"lambda": {PerSecond: 15, Burst: 15}}))
	var benches []*acctest.Bench
	var configs []func(version int) map[string]any
	var estate []*acctest.Function
	shared := w.NewBench(t, "awsdeploy_alias_promotion")
	for n := range functions {
		f := w.NewFunction(t, fmt.Sprintf("shop-%02d", n), 2)
		estate = append(estate, f)
		for _, alias := range []string{"live", "beta"} {
			f.NewAlias(alias, "1")
			b := shared.Beside() // the same provider process
			benches = append(benches, b)
			configs = append(configs, func(version int) map[string]any {
				return map[string]any{"function_name": f.Name, "alias": alias, "version": fmt.Sprint(version),
					"strategy": map[string]any{"steps": []any{10, 50}, "pause": "2m", "bake": "2m"}}
			})
			w.Pass(10 * time.Second)
		}
	}
	all := func(version int) {
		var wait sync.WaitGroup
		for n, b := range benches {
			wait.Add(1)
			go func() {
				defer wait.Done()
				if err := b.Apply(context.Background(), configs[n](version)); err != nil {
					t.Errorf("%v: %v", configs[n](version), err)
				}
			}()
		}
		wait.Wait()
	}
	all(1)
	w.Pass(time.Minute)
	w.Emulator.ForgetCalls()
	began := w.Virtual.Now()
	all(2)
	took := w.Virtual.Now().Sub(began)
	throttled, busiest, perSecond := 0, 0, map[time.Time]int{}
	calls := w.Emulator.Calls()
	for _, c := range calls {
		if c.Service != "lambda" {
			continue
		}
		if c.ErrorCode == "TooManyRequestsException" {
			throttled++
		}
		second := c.Time.Truncate(time.Second)
		perSecond[second]++
		busiest = max(busiest, perSecond[second])
	}
	t.Logf("%d promotions in %s: %d calls, at most %d in a second, %d throttled", len(benches), took, len(calls), busiest, throttled)
	if throttled > 0 || busiest > 15 {
		t.Errorf("%d calls were throttled, at most %d in a second; want none, and 15", throttled, busiest)
	}
	if took > 9*time.Minute {
		t.Errorf("took %s, want 6m and little more", took)
	}
	for _, f := range estate {
		for _, alias := range []string{"live", "beta"} {
			if got := f.Serves(alias); got != "2" {
				t.Errorf("%s:%s serves %s", f.Name, alias, got)
			}
		}
	}
}

// TestAliasPromotion_splitsRequests: of 10,000 invocations during a promotion,
// each step's share is its weight.
func TestAliasPromotion_splitsRequests(t *testing.T) {
	b := newAliasBench(t)
	served := b.f.Traffic(t, "live", 220*time.Millisecond, 2200*time.Second)
	ends(t, b.apply(2, stepwise(nil)), "")
	b.w.Pass(5 * time.Minute)
	total := 0
	for at, weight := range map[string]float64{"1": 0, "1+2:0.1": 0.1, "1+2:0.5": 0.5, "1+2:1": 1, "2": 1} {
		old, fresh := served[at]["1"], served[at]["2"]
		n := float64(old + fresh)
		total += old + fresh
		// Four standard deviations, which chance leaves once in 16,000 times.
		if bound := 4 * math.Sqrt(n*weight*(1-weight)); math.Abs(float64(fresh)-n*weight) > bound || n < 20 && at != "1" {
			t.Errorf("at %s: %d of %.0f invocations ran version 2, want %.0f ± %.0f", at, fresh, n, n*weight, bound)
		}
		t.Logf("at %s: %d on version 1, %d on version 2", at, old, fresh)
	}
	if total != 10000 {
		t.Errorf("%d invocations were counted, want 10000: %v", total, served)
	}
}
