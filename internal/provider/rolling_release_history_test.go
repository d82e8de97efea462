package provider_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestAccRollingReleaseHistory_lists reads more refreshes than one answer of
// AWS holds, and all that is told of one that was taken back.
func TestAccRollingReleaseHistory_lists(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 2, nil)
	w.NewAlarm(t, "shop-5xx")
	const many = 103
	for range many {
		refresh(t, w, g, 1) // nothing to do
		w.Pass(time.Minute)
	}
	w.Call(t, "autoscaling", "StartInstanceRefresh", map[string]any{"AutoScalingGroupName": g.Name,
		"DesiredConfiguration": map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "2"}},
		"Preferences":          map[string]any{"AutoRollback": true, "AlarmSpecification": map[string]any{"Alarms": []any{"shop-5xx"}}}})
	w.Pass(20 * time.Second)
	w.SetAlarm(t, "shop-5xx", "ALARM", "bad")
	w.Pass(time.Hour)
	w.Call(t, "autoscaling", "StartInstanceRefresh", map[string]any{"AutoScalingGroupName": g.Name})
	source := func(more string) string {
		return w.Provider() + fmt.Sprintf("data \"awsdeploy_rolling_release_history\" \"web\" {\n  autoscaling_group_name = %q\n%s}\n", g.Name, more)
	}
	one := func(n int, more map[string]knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.awsdeploy_rolling_release_history.web", tfjsonpath.New("refreshes").AtSliceIndex(n), knownvalue.ObjectPartial(more))
	}
	size := func(n int) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.awsdeploy_rolling_release_history.web", tfjsonpath.New("refreshes"), knownvalue.ListSizeExact(n))
	}
	is := knownvalue.StringExact
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: source(""), ConfigStateChecks: []statecheck.StateCheck{
				size(many + 2),
				one(0, map[string]knownvalue.Check{"status": is("Pending"), "end_time": knownvalue.Null(), "percentage_complete": knownvalue.Null(),
					"launch_template_id": knownvalue.Null(), "launch_template_version": knownvalue.Null()}),
				one(1, map[string]knownvalue.Check{"status": is("RollbackSuccessful"), "launch_template_id": is(g.TemplateID), "launch_template_version": is("2"),
					"rollback_reason": knownvalue.StringRegexp(regexp.MustCompile("shop-5xx went into the ALARM state")), "rollback_start_time": is("2030-01-01T01:48:20Z"),
					"start_time": is("2030-01-01T01:48:00Z"), "end_time": knownvalue.NotNull()}),
				one(many+1, map[string]knownvalue.Check{"status": is("Successful"), "launch_template_version": is("1"), "rollback_reason": knownvalue.Null(),
					"start_time": is("2030-01-01T00:05:00Z"), "end_time": is("2030-01-01T00:05:05Z"), "percentage_complete": knownvalue.Int64Exact(100), "instances_to_update": knownvalue.Int64Exact(0)}),
			}},
			{Config: source("max_results = 2\n"), ConfigStateChecks: []statecheck.StateCheck{size(2), one(1, map[string]knownvalue.Check{"status": is("RollbackSuccessful")})}},
			{Config: source("max_results = 0\n"), ExpectError: regexp.MustCompile(`must be between 1 and 10000`)},
			{Config: w.Provider() + "data \"awsdeploy_rolling_release_history\" \"web\" {\n  autoscaling_group_name = \"lost\"\n}\n",
				ExpectError: acctest.Says(`autoscaling_group_name = "lost" does not exist in eu-central-1. Give the name of a group that does`)},
		},
	})
}
