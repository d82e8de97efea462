package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// kindOfFleet is a group that AWS refreshes in a way of its own.
type kindOfFleet struct {
	name string
	size int            // desired capacity, in units
	more map[string]any // of CreateAutoScalingGroup
	// overrides of a mixed instances policy; own is a template that some bring.
	overrides func(own *acctest.Group) []any
	spot      bool // half of it, spread over the overrides
	// prepare is done to the group, in service on version 1.
	prepare  func(t *testing.T, w *acctest.World, g *acctest.Group)
	strategy map[string]any
}

func kindsOfFleet() []kindOfFleet {
	call := func(operation string, more map[string]any) func(*testing.T, *acctest.World, *acctest.Group) {
		return func(t *testing.T, w *acctest.World, g *acctest.Group) {
			in := map[string]any{"AutoScalingGroupName": g.Name}
			for k, v := range more {
				in[k] = v
			}
			w.Call(t, "autoscaling", operation, in)
			w.Pass(2 * time.Minute)
		}
	}
	first := func(operation string, more map[string]any) func(*testing.T, *acctest.World, *acctest.Group) {
		return func(t *testing.T, w *acctest.World, g *acctest.Group) {
			more["InstanceIds"] = []any{w.Emulator.Group(acctest.Region, g.Name).Instances[0].ID}
			call(operation, more)(t, w, g)
		}
	}
	types := func(*acctest.Group) []any {
		return []any{map[string]any{"InstanceType": "t3.small"}, map[string]any{"InstanceType": "t3.medium"}}
	}
	weights := func(*acctest.Group) []any {
		return []any{map[string]any{"InstanceType": "t3.small", "WeightedCapacity": "2"}, map[string]any{"InstanceType": "t3.medium", "WeightedCapacity": "3"}}
	}
	ownTemplate := func(own *acctest.Group) []any {
		return []any{map[string]any{"InstanceType": "t3.small"}, map[string]any{"InstanceType": "t3.medium",
			"LaunchTemplateSpecification": map[string]any{"LaunchTemplateId": own.TemplateID, "Version": "2"}}}
	}
	return []kindOfFleet{
		{name: "plain", size: 4},
		{name: "of one instance", size: 1},
		{name: "of no instance", size: 0},
		{name: "mixed", size: 6, overrides: types, spot: true},
		{name: "mixed with a template of its own", size: 6, overrides: ownTemplate, spot: true},
		{name: "weighted", size: 12, overrides: weights, spot: true},
		{name: "weighted above what is desired", size: 2, overrides: func(*acctest.Group) []any {
			return []any{map[string]any{"InstanceType": "t3.small", "WeightedCapacity": "4"}}
		}},
		{name: "with a warm pool", size: 3, prepare: call("PutWarmPool", map[string]any{"MaxGroupPreparedCapacity": 6})},
		{name: "with a running warm pool", size: 3, prepare: call("PutWarmPool", map[string]any{"MinSize": 2, "PoolState": "Running"})},
		{name: "with a maintenance policy", size: 4, more: map[string]any{"InstanceMaintenancePolicy": map[string]any{"MinHealthyPercentage": 50, "MaxHealthyPercentage": 120}}},
		{name: "with hooks", size: 3, more: map[string]any{"LifecycleHookSpecificationList": []any{
			map[string]any{"LifecycleHookName": "up", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 60, "DefaultResult": "CONTINUE"},
			map[string]any{"LifecycleHookName": "down", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 90, "DefaultResult": "CONTINUE"}}}},
		{name: "with a protected instance", size: 4, prepare: first("SetInstanceProtection", map[string]any{"ProtectedFromScaleIn": true})},
		{name: "with a protected instance that is refreshed", size: 4, prepare: first("SetInstanceProtection", map[string]any{"ProtectedFromScaleIn": true}),
			strategy: map[string]any{"scale_in_protected_instances": "Refresh"}},
		{name: "that protects what it launches", size: 3, more: map[string]any{"NewInstancesProtectedFromScaleIn": true},
			strategy: map[string]any{"scale_in_protected_instances": "Refresh"}},
		{name: "with a standby instance", size: 4, prepare: first("EnterStandby", map[string]any{"ShouldDecrementDesiredCapacity": true})},
		{name: "with a standby instance that is terminated", size: 4, prepare: first("EnterStandby", map[string]any{"ShouldDecrementDesiredCapacity": true}),
			strategy: map[string]any{"standby_instances": "Terminate"}},
		{name: "whose health nobody checks", size: 3, prepare: call("SuspendProcesses", map[string]any{"ScalingProcesses": []any{"AZRebalance", "ScheduledActions", "AlarmNotification"}})},
	}
}

// make makes the group, adopted on version 1.
func (k kindOfFleet) make(t *testing.T, w *acctest.World) (*acctest.Group, *acctest.Bench) {
	t.Helper()
	g := w.NewGroup(t, "donor", 0, nil)
	in := map[string]any{"AutoScalingGroupName": "shop-web", "MinSize": 0, "MaxSize": 40, "DesiredCapacity": k.size, "DefaultInstanceWarmup": 30,
		"AvailabilityZones": []any{acctest.Region + "a", acctest.Region + "b"}}
	spec := map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "1"}
	if k.overrides == nil {
		in["LaunchTemplate"] = spec
	} else {
		policy := map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateSpecification": spec, "Overrides": k.overrides(w.NewGroup(t, "own", 0, nil))}}
		if k.spot {
			policy["InstancesDistribution"] = map[string]any{"OnDemandPercentageAboveBaseCapacity": 50, "SpotAllocationStrategy": "lowest-price"}
		}
		in["MixedInstancesPolicy"] = policy
	}
	for key, v := range k.more {
		in[key] = v
	}
	w.Call(t, "autoscaling", "CreateAutoScalingGroup", in)
	w.Pass(10 * time.Minute)
	g.Name = "shop-web"
	if k.prepare != nil {
		k.prepare(t, w, g)
	}
	w.Emulator.ResetFloor(acctest.Region, g.Name)
	b := w.NewBench(t, "awsdeploy_rolling_release")
	ends(t, b.Apply(context.Background(), k.config(g, 1, nil)), "")
	return g, b
}

func (k kindOfFleet) config(g *acctest.Group, version int, more map[string]any) map[string]any {
	strategy := map[string]any{}
	for _, m := range []map[string]any{k.strategy, more} {
		for key, v := range m {
			strategy[key] = v
		}
	}
	return rollingConfig(g, version, map[string]any{"strategy": strategy, "timeouts": map[string]any{"create": "12h", "update": "12h"}})
}

// reaches reports which instances a release of this kind replaces.
func (k kindOfFleet) reaches(g *acctest.Group, i emulator.InstanceView) bool {
	switch {
	case i.Lifecycle == "Standby", strings.HasPrefix(i.Lifecycle, "Terminating"):
		return false
	case i.Protected && k.strategy["scale_in_protected_instances"] != "Refresh":
		return false
	}
	return i.LaunchTemplateID == g.TemplateID
}

// on checks that all that a release reaches runs a version, in service and in
// the warm pool, and that the next plan is as it should be.
func (k kindOfFleet) on(t *testing.T, w *acctest.World, g *acctest.Group, b *acctest.Bench, version int, config map[string]any, status string) {
	t.Helper()
	view := w.Emulator.Group(acctest.Region, g.Name)
	for _, i := range append(view.Instances, view.Pool...) {
		if k.reaches(g, i) && i.LaunchTemplateVersion != int64(version) {
			t.Errorf("%s (%s) runs version %d, want %d", i.ID, i.Lifecycle, i.LaunchTemplateVersion, version)
		}
	}
	if view.LaunchTemplateVersion != fmt.Sprint(version) {
		t.Errorf("the group launches %s, want %d", view.LaunchTemplateVersion, version)
	}
	b.Read()
	if _, _, changes := b.Plan(config); changes != (status != "promoted") || b.Attribute("status") != status {
		t.Errorf("the next plan changes %v at status %s, want %s: %s", changes, b.Attribute("status"), status, b.Attribute("last_failure"))
	}
}

// Every kind of group is released onto, at once, in steps and held, and is
// taken back whole when the version is bad.
func TestRollingRelease_kindsOfFleet(t *testing.T) {
	for _, k := range kindsOfFleet() {
		t.Run(k.name, func(t *testing.T) {
			t.Run("a good one", func(t *testing.T) {
				w := acctest.New(t)
				g, b := k.make(t, w)
				config := k.config(g, 2, map[string]any{"steps": []any{10, 50}, "pause": "5m", "bake": "5m"})
				ends(t, b.Apply(context.Background(), config), "")
				k.on(t, w, g, b, 2, config, "promoted")
			})
			t.Run("held, then on", func(t *testing.T) {
				w := acctest.New(t)
				g, b := k.make(t, w)
				if k.size == 0 {
					t.Skip("there is nothing to hold")
				}
				steps := map[string]any{"steps": []any{34, 67}, "pause": "5m", "hold_at": 34}
				ends(t, b.Apply(context.Background(), k.config(g, 2, steps)), "")
				if got := b.Attribute("status"); got != "held" {
					t.Errorf("status %s, want held", got)
				}
				delete(steps, "hold_at")
				ends(t, b.Apply(context.Background(), k.config(g, 2, steps)), "")
				k.on(t, w, g, b, 2, k.config(g, 2, steps), "promoted")
			})
			t.Run("a bad one", func(t *testing.T) {
				w := acctest.New(t)
				g, b := k.make(t, w)
				if k.size == 0 {
					t.Skip("nothing shows that it is bad")
				}
				g.Behave(2, emulator.Behaviour{Unhealthy: true, Boot: 20 * time.Second})
				config := k.config(g, 2, map[string]any{"max_failed_instances": 1})
				ends(t, b.Apply(context.Background(), config), "Release rolled back")
				k.on(t, w, g, b, 1, config, "rolled_back")
			})
		})
	}
}
