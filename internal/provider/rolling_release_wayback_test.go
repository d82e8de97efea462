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

// AWS refuses to roll back to a version whose AMI a parameter names: the way
// back is our own, and the release is not refused for it.
func TestRollingRelease_wayBackToAParameter(t *testing.T) {
	for _, bad := range []bool{false, true} {
		t.Run(fmt.Sprintf("released version is bad %v", bad), func(t *testing.T) {
			w := acctest.New(t)
			g := w.NewGroup(t, "shop-web", 4, nil)
			w.Emulator.SetParameter(acctest.Region, "/shop/ami", g.Images[0])
			flight{template: map[string]any{"ImageId": "resolve:ssm:/shop/ami"}}.newVersion(t, w, g)
			b := w.NewBench(t, "awsdeploy_rolling_release")
			ends(t, b.Apply(context.Background(), rollingConfig(g, 3, nil)), "")
			g.Behave(2, emulator.Behaviour{Unhealthy: bad})
			config := rollingConfig(g, 2, strategy("max_failed_instances", 1))
			b.Plan(config)
			if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "AWS cannot roll back by itself, because the group's version "+g.Key(3)+" takes its AMI from Systems Manager") {
				t.Errorf("the plan warns of\n%s", said)
			}
			says, versions := "", "map[2:4]"
			if bad {
				says, versions = "Release rolled back", "map[3:4]"
			}
			ends(t, b.Apply(context.Background(), config), says)
			if v := fmt.Sprint(g.Versions()); v != versions {
				t.Errorf("instances by version %s, want %s", v, versions)
			}
		})
	}
}

// mixed makes a group with a mixed instances policy of g's template.
func mixed(t *testing.T, w *acctest.World, g *acctest.Group, override map[string]any) {
	t.Helper()
	w.Call(t, "autoscaling", "CreateAutoScalingGroup", map[string]any{
		"AutoScalingGroupName": "mixed", "MinSize": 0, "MaxSize": 8, "DesiredCapacity": 2,
		"AvailabilityZones": []any{acctest.Region + "a"}, "DefaultInstanceWarmup": 30, "MixedInstancesPolicy": map[string]any{
			"LaunchTemplate": map[string]any{
				"LaunchTemplateSpecification": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "1"}, "Overrides": []any{override}}}})
	g.Name = "mixed"
}

func TestRollingRelease_preflightOfPolicies(t *testing.T) {
	w := acctest.New(t)
	g, own := w.NewGroup(t, "donor", 1, nil), w.NewGroup(t, "own", 1, nil)
	mixed(t, w, g, map[string]any{"InstanceType": "t3.small",
		"LaunchTemplateSpecification": map[string]any{"LaunchTemplateId": own.TemplateID, "Version": "$Latest"}})
	b := w.NewBench(t, "awsdeploy_rolling_release")
	b.Plan(rollingConfig(g, 2, nil))
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "templates without a number for single instance types: "+own.TemplateID+":$Latest") {
		t.Errorf("the plan warns of\n%s", said)
	}
	w.Call(t, "autoscaling", "DeleteAutoScalingGroup", map[string]any{"AutoScalingGroupName": "mixed", "ForceDelete": true})
	w.Pass(20 * time.Minute)
	mixed(t, w, g, map[string]any{"InstanceRequirements": map[string]any{"VCpuCount": map[string]any{"Min": 1}, "MemoryMiB": map[string]any{"Min": 512}}})
	err := b.Refused(rollingConfig(g, 2, nil))
	if err == nil || !strings.Contains(err.Error(), `autoscaling_group_name = "mixed": the group's mixed instances policy chooses instance types by attributes`) {
		t.Errorf("the plan ended with %v", err)
	}
}
