package provider_test

import (
	"context"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// A group of 2,000 instances is released onto with few reads of all of them,
// and its thousands of activities are read a page at a time.
func TestRollingRelease_largeGroup(t *testing.T) {
	w, g, b := newRolling(t, 2000)
	began := w.Virtual.Now()
	config := rollingConfig(g, 2, map[string]any{"strategy": map[string]any{
		"min_healthy_percentage": 100, "max_healthy_percentage": 110, "steps": []any{10}, "pause": "30m", "max_failed_instances": 3}})
	w.Emulator.ForgetCalls()
	ends(t, b.Apply(context.Background(), config), "")
	if v := g.Versions(); v[2] != 2000 || len(v) != 1 {
		t.Errorf("instances by version %v, want all on 2", v)
	}
	whole, brief := 0, 0
	for _, c := range w.Emulator.Calls() {
		switch {
		case c.Operation != "DescribeAutoScalingGroups":
		case c.Input["IncludeInstances"] == false:
			brief++
		default:
			whole++
		}
	}
	t.Logf("%s of AWS's time: %d whole reads of the group, %d without its instances, %d calls in all",
		w.Virtual.Now().Sub(began).Round(time.Minute), whole, brief, len(w.Emulator.Calls()))
	if brief < 2*whole {
		t.Errorf("%d whole reads and %d brief ones: a large group is read whole too often", whole, brief)
	}
	g.NewVersion()
	g.Behave(3, emulator.Behaviour{LaunchFails: "You have requested more vCPU capacity than your current vCPU limit"})
	ends(t, b.Apply(context.Background(), rollingConfig(g, 3, map[string]any{"strategy": map[string]any{"max_failed_instances": 3}})), "more vCPU capacity")
	if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < 2000 {
		t.Errorf("capacity fell to %d", low)
	}
}
