package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// aliasBench is a function of four versions whose alias live serves version 1,
// which a promotion has adopted.
type aliasBench struct {
	*acctest.Bench
	t *testing.T
	w *acctest.World
	f *acctest.Function
}

func newAliasBench(t *testing.T, options ...emulator.Option) aliasBench {
	t.Helper()
	w := acctest.New(t, options...)
	f := w.NewFunction(t, "shop-api", 4)
	f.NewAlias("live", "1")
	b := aliasBench{w.NewBench(t, "awsdeploy_alias_promotion"), t, w, f}
	if err := b.apply(1, nil); err != nil {
		t.Fatalf("adopting: %v", err)
	}
	w.Emulator.ForgetCalls()
	return b
}

// in makes a configuration; stepwise is the canary's.
func (b aliasBench) in(version int, more map[string]any) map[string]any {
	config := map[string]any{"function_name": b.f.Name, "alias": "live", "version": fmt.Sprint(version)}
	maps.Copy(config, more)
	return config
}

func stepwise(more map[string]any) map[string]any {
	config := map[string]any{"strategy": map[string]any{"steps": []any{10, 50}, "pause": "10m", "bake": "15m"}}
	maps.Copy(config, more)
	return config
}

func (b aliasBench) apply(version int, more map[string]any) error {
	b.t.Helper()
	return b.Apply(context.Background(), b.in(version, more))
}

// fails applies and wants an error that says all of the words.
func (b aliasBench) fails(version int, more map[string]any, words ...string) {
	b.t.Helper()
	err := b.apply(version, more)
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			b.t.Errorf("apply ended with %v\nwant that it says %q", err, w)
		}
	}
}

// stands checks what state and AWS say: the version and the status in state,
// what the alias serves, and how it was moved since the estate was made.
func (b aliasBench) stands(version, status, serves, moves string) {
	b.t.Helper()
	if v, s := b.Attribute("version"), b.Attribute("status"); v != version || s != status {
		b.t.Errorf("state says version %s, %s; want %s, %s", v, s, version, status)
	}
	if got := b.f.Serves("live"); got != serves {
		b.t.Errorf("the alias serves %s, want %s", got, serves)
	}
	if got := b.f.Moves(); got != moves {
		b.t.Errorf("the alias was moved %s, want %s", got, moves)
	}
}

// quiet checks that the next plan has nothing to do.
func (b aliasBench) quiet(version int, more map[string]any) {
	b.t.Helper()
	b.Read()
	if _, _, changes := b.Plan(b.in(version, more)); changes {
		b.t.Errorf("the next plan is not empty, at status %s", b.Attribute("status"))
	}
}

// killed applies until so much time has passed: then Terraform is gone,
// without StopProvider.
func (b aliasBench) killed(d time.Duration, version int, more map[string]any) {
	b.t.Helper()
	ctx, killed := killAfter(b.w, d)
	if err := b.Apply(ctx, b.in(version, more)); !errors.Is(err, killed) {
		b.t.Fatalf("apply ended with %v, want killed", err)
	}
	b.Restart()
}

// shares is live: "1=90 2=10".
func (b aliasBench) shares() string {
	b.t.Helper()
	var all, live map[string]tftypes.Value
	if err := b.State.As(&all); err != nil {
		b.t.Fatal(err)
	}
	if err := all["live"].As(&live); err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, version := range slices.Sorted(maps.Keys(live)) {
		var share big.Float
		if err := live[version].As(&share); err != nil {
			b.t.Fatal(err)
		}
		out = append(out, version+"="+share.Text('g', 4))
	}
	return strings.Join(out, " ")
}
