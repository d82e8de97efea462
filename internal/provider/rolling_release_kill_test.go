package provider_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func rollingConfig(g *acctest.Group, version int, more map[string]any) map[string]any {
	config := map[string]any{
		"autoscaling_group_name": g.Name,
		"launch_template":        map[string]any{"id": g.TemplateID, "version": fmt.Sprint(version)},
	}
	for k, v := range more {
		config[k] = v
	}
	return config
}

// newRolling is a bench with a group of that many instances whose version 1 is
// adopted.
func newRolling(t *testing.T, size int, options ...emulator.Option) (*acctest.World, *acctest.Group, *acctest.Bench) {
	t.Helper()
	w := acctest.New(t, options...)
	g := w.NewGroup(t, "shop-web", size, nil)
	b := w.NewBench(t, "awsdeploy_rolling_release")
	if err := b.Apply(context.Background(), rollingConfig(g, 1, nil)); err != nil {
		t.Fatal(err)
	}
	return w, g, b
}

// killAfter ends a context when so much time has passed: nobody called
// StopProvider, so Terraform or the provider was killed.
func killAfter(w *acctest.World, d time.Duration) (context.Context, error) {
	killed := errors.New("killed")
	ctx, cancel := context.WithCancelCause(context.Background())
	w.Emulator.At(w.Virtual.Now().Add(d), func(emulator.CallFunc) {
		cancel(killed)
	})
	return ctx, killed
}

func TestRollingRelease_killedAndAdopted(t *testing.T) {
	w, g, b := newRolling(t, 6)
	canary := map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "10m"}}
	ctx, killed := killAfter(w, 5*time.Minute)
	if err := b.Apply(ctx, rollingConfig(g, 2, canary)); !errors.Is(err, killed) {
		t.Fatalf("apply ended with %v, want killed", err)
	}
	b.Restart()
	if err := b.Apply(context.Background(), rollingConfig(g, 2, canary)); err != nil {
		t.Fatal(err)
	}
	if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n != 1 {
		t.Errorf("%d refreshes were started, want the first one adopted", n)
	}
	if v := g.Versions(); v[2] != 6 || len(v) != 1 {
		t.Errorf("instances by version %v, want all on 2", v)
	}
	if _, _, changes := b.Plan(rollingConfig(g, 2, canary)); changes || b.Attribute("status") != "promoted" {
		t.Errorf("the next plan changes %v at status %s", changes, b.Attribute("status"))
	}
}

func TestRollingRelease_revertedInTheMiddle(t *testing.T) {
	w, g, b := newRolling(t, 6)
	canary := map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "1h"}}
	ctx, _ := killAfter(w, 15*time.Minute)
	_ = b.Apply(ctx, rollingConfig(g, 2, canary))
	if v := g.Versions(); v[2] == 0 {
		t.Fatalf("instances by version %v, want some on 2 before the revert", v)
	}
	b.Restart()
	if err := b.Apply(context.Background(), rollingConfig(g, 1, canary)); err != nil {
		t.Fatal(err)
	}
	if v := g.Versions(); v[1] != 6 || v[2] != 0 {
		t.Errorf("instances by version %v, want all on 1", v)
	}
	b.Read()
	if _, _, changes := b.Plan(rollingConfig(g, 1, canary)); changes || b.Attribute("status") != "promoted" {
		t.Errorf("the next plan changes %v at status %s", changes, b.Attribute("status"))
	}
}

func TestRollingRelease_interrupted(t *testing.T) {
	for _, tc := range []struct {
		action string
		says   string
		then   map[int]int // an hour later, nobody having applied again
	}{
		{"detach", "AWS goes on with instance refresh", map[int]int{2: 4}},
		{"rollback", "on its way back", map[int]int{1: 4}},
		{"cancel", "stopped there", map[int]int{1: 2, 2: 2}},
	} {
		t.Run(tc.action, func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			settings := map[string]any{"on_interrupt": tc.action, "strategy": map[string]any{"steps": []any{50}, "pause": "20m"}}
			w.Emulator.At(w.Virtual.Now().Add(15*time.Minute), func(emulator.CallFunc) { b.Stop() })
			err := b.Apply(context.Background(), rollingConfig(g, 2, settings))
			if err == nil || !strings.Contains(err.Error(), "Release interrupted") || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("apply ended with %v, want that it %s", err, tc.says)
			}
			w.Pass(time.Hour)
			if v := g.Versions(); fmt.Sprint(v) != fmt.Sprint(tc.then) {
				t.Errorf("instances by version %v an hour later, want %v", v, tc.then)
			}
		})
	}
}
