package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// lives is the share of a version in the attribute live.
func lives(t *testing.T, b *acctest.Bench, key string) float64 {
	t.Helper()
	var all, shares map[string]tftypes.Value
	if b.State.As(&all) != nil || all["live"].As(&shares) != nil {
		t.Fatalf("live is no map: %s", b.State)
	}
	share := shares[key]
	if share.Type() == nil {
		return 0
	}
	var f float64
	if _, err := fmt.Sscanf(strings.Trim(strings.TrimPrefix(share.String(), "tftypes.Number"), `<>"`), "%g", &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// repaired applies and checks that all is on the version again.
func repaired(t *testing.T, g *acctest.Group, b *acctest.Bench, config map[string]any, key string, versions string) {
	t.Helper()
	b.Read()
	if b.Attribute("status") != "unverified" {
		t.Errorf("status %s, want unverified", b.Attribute("status"))
	}
	if _, _, changes := b.Plan(config); !changes {
		t.Error("the plan does not repair it")
	}
	ends(t, b.Apply(context.Background(), config), "")
	b.Read()
	if v := fmt.Sprint(g.Versions()); v != versions || lives(t, b, key) != 100 || b.Attribute("status") != "promoted" {
		t.Errorf("instances by version %s, %g %% of %s, status %s", v, lives(t, b, key), key, b.Attribute("status"))
	}
	if _, _, changes := b.Plan(config); changes {
		t.Error("the plan after the repair is not empty")
	}
}

// Somebody made the group launch something else: nothing runs it yet, and the
// next scale-out would.
func TestRollingRelease_groupChangedByHand(t *testing.T) {
	w, g, b := newRolling(t, 4)
	w.Call(t, "autoscaling", "UpdateAutoScalingGroup", map[string]any{"AutoScalingGroupName": g.Name,
		"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "2"}})
	repaired(t, g, b, rollingConfig(g, 1, nil), g.Key(1), "map[1:4]")
}

// Another tool released another version.
func TestRollingRelease_releasedByAnotherTool(t *testing.T) {
	w, g, b := newRolling(t, 4)
	refresh(t, w, g, 2)
	w.Pass(time.Hour)
	b.Read()
	if lives(t, b, g.Key(2)) != 100 {
		t.Errorf("%g %% of the other tool's version are told", lives(t, b, g.Key(2)))
	}
	repaired(t, g, b, rollingConfig(g, 1, nil), g.Key(1), "map[1:4]")
}

// An instance that was attached by hand runs no launch template.
func TestRollingRelease_instanceWithoutTemplate(t *testing.T) {
	w, g, b := newRolling(t, 3)
	out := w.Call(t, "ec2", "RunInstances", map[string]any{"ImageId": g.Images[0], "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1})
	w.Pass(time.Minute)
	id := out["Instances"].([]any)[0].(map[string]any)["InstanceId"]
	w.Call(t, "autoscaling", "AttachInstances", map[string]any{"AutoScalingGroupName": g.Name, "InstanceIds": []any{id}})
	w.Pass(time.Minute)
	b.Read()
	if lives(t, b, "none") != 25 || lives(t, b, g.Key(1)) != 75 {
		t.Errorf("%g %% without a template, %g %% on version 1", lives(t, b, "none"), lives(t, b, g.Key(1)))
	}
	mustSay(t, said(b, rollingConfig(g, 1, nil)), "4 instances in scope; live: "+g.Key(1)+" 75 %, none 25 %.", "3 of them run "+g.Key(1)+" already, 1 are to be replaced.")
	repaired(t, g, b, rollingConfig(g, 1, nil), g.Key(1), "map[1:4]")
}

// A template was deleted and made again under its name: version 1 of it is
// another thing.
func TestRollingRelease_templateReplacedUnderItsName(t *testing.T) {
	w, g, b := newRolling(t, 3)
	byName := func(version string) map[string]any {
		return map[string]any{"autoscaling_group_name": g.Name, "launch_template": map[string]any{"name": g.Name, "version": version}}
	}
	ends(t, b.Apply(context.Background(), byName("1")), "")
	if _, _, changes := b.Plan(byName("1")); changes {
		t.Error("naming the same template by name is a change that does not settle")
	}
	w.Call(t, "ec2", "DeleteLaunchTemplate", map[string]any{"LaunchTemplateId": g.TemplateID})
	out := w.Call(t, "ec2", "CreateLaunchTemplate", map[string]any{"LaunchTemplateName": g.Name,
		"LaunchTemplateData": map[string]any{"ImageId": g.Images[1], "InstanceType": "t3.micro"}})
	g.TemplateID = out["LaunchTemplate"].(map[string]any)["LaunchTemplateId"].(string)
	b.Read()
	if _, _, changes := b.Plan(byName("1")); !changes {
		t.Fatal("the plan does not see that the template is another one")
	}
	mustSay(t, strings.Join(b.Warnings, "\n"), "0 of them run "+g.Key(1)+" already, 3 are to be replaced.", "does not exist any more")
	config := byName("1")
	config["on_failure"] = "hold" // the old template is gone for good
	ends(t, b.Apply(context.Background(), config), "")
	for _, i := range w.Emulator.Group(acctest.Region, g.Name).Instances {
		if i.Lifecycle == "InService" && (i.LaunchTemplateID != g.TemplateID || i.ImageID != g.Images[1]) {
			t.Errorf("instance %s runs %s with %s", i.ID, i.LaunchTemplateID, i.ImageID)
		}
	}
	b.Read()
	if lives(t, b, g.Key(1)) != 100 {
		t.Errorf("%g %% of the new template are told", lives(t, b, g.Key(1)))
	}
	if _, _, changes := b.Plan(config); changes {
		t.Error("the plan after the release is not empty")
	}
}

// A template whose id is not known yet is not the one of before.
func TestRollingRelease_unknownTemplate(t *testing.T) {
	_, g, b := newRolling(t, 2)
	planned, _, changes := b.Plan(map[string]any{"autoscaling_group_name": g.Name,
		"launch_template": map[string]any{"id": tftypes.UnknownValue, "version": "1"}})
	var all, template map[string]tftypes.Value
	if err := planned.As(&all); err != nil || all["launch_template"].As(&template) != nil {
		t.Fatal(planned)
	}
	if !changes || template["id"].IsKnown() || template["name"].IsKnown() {
		t.Errorf("changes %v, planned as %s", changes, all["launch_template"])
	}
}
