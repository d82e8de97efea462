package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// asked are the preferences of the refreshes that were started, with what AWS
// calls them.
func asked(w *acctest.World) (all []map[string]any) {
	for _, c := range w.Emulator.Calls() {
		if c.Operation == "StartInstanceRefresh" && c.ErrorCode == "" {
			all = append(all, c.Input["Preferences"].(map[string]any))
		}
	}
	return all
}

// Every preference of a refresh goes out under AWS's name; going back takes
// the steps it was given.
func TestAccRollingRelease_everyPreference(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 4, nil)
	w.NewAlarm(t, "shop-5xx")
	w.Call(t, "autoscaling", "PutWarmPool", map[string]any{"AutoScalingGroupName": g.Name, "MaxGroupPreparedCapacity": 6})
	strategy := `
  alarms   = ["shop-5xx"]
  strategy = {
    strategy = %q, steps = [25, 50], pause = "5m", bake = "3m", rollback_steps = [50]
    min_healthy_percentage = 75, max_healthy_percentage = 150, instance_warmup = "45s", skip_matching = true
    scale_in_protected_instances = "Refresh", standby_instances = "Terminate"
  }`
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: rolling(w, g, 1, "")},
			{Config: rolling(w, g, 2, fmt.Sprintf(strategy, "ReplaceRootVolume")), ExpectError: acctest.Says(`strategy.strategy = "ReplaceRootVolume" is not supported`)},
			{Config: rolling(w, g, 2, fmt.Sprintf(strategy, "Rolling")), ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 2)}},
			{Config: rolling(w, g, 1, fmt.Sprintf(strategy, "Rolling")), ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 1)}},
			{Config: rolling(w, g, 1, fmt.Sprintf(strategy, "Rolling")), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
		},
	})
	common := map[string]any{"MinHealthyPercentage": 75, "MaxHealthyPercentage": 150, "InstanceWarmup": 45, "SkipMatching": true,
		"ScaleInProtectedInstances": "Refresh", "StandbyInstances": "Terminate", "CheckpointDelay": 300, "AlarmSpecification": map[string]any{"Alarms": []any{"shop-5xx"}}}
	for n, own := range []map[string]any{
		{"AutoRollback": true, "CheckpointPercentages": []any{25, 50, 100}, "BakeTime": 180},
		{"AutoRollback": false, "CheckpointPercentages": []any{50, 100}},
	} {
		for k, v := range common {
			own[k] = v
		}
		if all := asked(w); len(all) != 2 || fmt.Sprint(all[n]) != fmt.Sprint(own) {
			t.Errorf("refresh %d was asked for with %v, want %v", n, all[n], own)
		}
	}
	if pool := w.Emulator.Group(acctest.Region, g.Name).Pool; len(pool) != 2 || pool[0].LaunchTemplateVersion != 1 {
		t.Errorf("the warm pool is %v, want both back on 1", pool)
	}
}

// A mixed, weighted group with a type that brings its own template is released
// onto; a hook that abandons its instances is named, and nothing is lost.
func TestAccRollingRelease_mixedWeightedHooked(t *testing.T) {
	w := acctest.New(t)
	k := kindOfFleet{size: 12, spot: true, overrides: func(own *acctest.Group) []any {
		return []any{map[string]any{"InstanceType": "t3.small", "WeightedCapacity": "2"}, map[string]any{"InstanceType": "t3.medium", "WeightedCapacity": "3",
			"LaunchTemplateSpecification": map[string]any{"LaunchTemplateId": own.TemplateID, "Version": "2"}}}
	}}
	g, _ := k.make(t, w)
	hook := func(result string) func() {
		return func() {
			w.Call(t, "autoscaling", "PutLifecycleHook", map[string]any{"AutoScalingGroupName": g.Name, "LifecycleHookName": "configured",
				"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 60, "DefaultResult": result})
		}
	}
	strategy := `strategy = { max_failed_instances = 2 }`
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: rolling(w, g, 1, strategy), ConfigStateChecks: []statecheck.StateCheck{live(g, 1)}},
			{PreConfig: hook("ABANDON"), Config: rolling(w, g, 2, strategy), ExpectError: acctest.Says("lifecycle hook configured (EC2_INSTANCE_LAUNCHING) takes ABANDON after 60 s")},
			{PreConfig: hook("CONTINUE"), Config: rolling(w, g, 2, strategy), ConfigStateChecks: []statecheck.StateCheck{acctest.Is(web, "status", "promoted"), live(g, 2)}},
			{Config: rolling(w, g, 2, strategy), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
		},
	})
	own := 0
	for _, i := range w.Emulator.Group(acctest.Region, g.Name).Instances {
		if i.LaunchTemplateID != g.TemplateID {
			own++
		}
	}
	if own == 0 {
		t.Error("no instance runs the template of its own type any more")
	}
}
