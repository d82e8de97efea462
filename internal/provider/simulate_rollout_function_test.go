package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// literal is an object as configuration writes it.
func literal(members map[string]any) tftypes.Value {
	types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
	for name, v := range members {
		switch v := v.(type) {
		case []int:
			var items []tftypes.Value
			var of []tftypes.Type
			for _, n := range v {
				items, of = append(items, tftypes.NewValue(tftypes.Number, n)), append(of, tftypes.Number)
			}
			types[name] = tftypes.Tuple{ElementTypes: of}
			values[name] = tftypes.NewValue(types[name], items)
		case string:
			types[name], values[name] = tftypes.String, tftypes.NewValue(tftypes.String, v)
		case bool:
			types[name], values[name] = tftypes.Bool, tftypes.NewValue(tftypes.Bool, v)
		case tftypes.Value:
			types[name], values[name] = v.Type(), v
		default:
			types[name], values[name] = tftypes.Number, tftypes.NewValue(tftypes.Number, v)
		}
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values)
}

func TestSimulateRollout_refuses(t *testing.T) {
	w := acctest.New(t)
	for says, members := range map[string]map[string]any{
		"strategy.stepz is no attribute of a strategy":                                        {"stepz": []int{10}},
		"strategy.steps must be whole numbers from 1 to 100 in percent, ascending":            {"steps": []int{50, 10}, "pause": "1m"},
		"strategy.steps must be a list of percentages":                                        {"steps": "10", "pause": "1m"},
		"has no strategy.pause":                                                               {"steps": []int{50}},
		"has no step to pause at":                                                             {"pause": "5m"},
		`"10" has no unit`:                                                                    {"steps": []int{50}, "pause": "10"},
		"must be a duration in a string":                                                      {"bake": 10},
		"it must be at most 48h":                                                              {"bake": "49h"},
		"strategy.hold_at = 20 is none of strategy.steps":                                     {"steps": []int{10}, "pause": "1m", "hold_at": 20},
		"strategy.max_healthy_percentage must be a whole number from 100 to 200":              {"max_healthy_percentage": 90},
		"more than 100 above strategy.min_healthy_percentage":                                 {"max_healthy_percentage": 200, "min_healthy_percentage": 50},
		"strategy.skip_matching must be true or false":                                        {"skip_matching": "maybe"},
		"strategy.skip_matching = false cannot be combined":                                   {"skip_matching": false, "steps": []int{10}, "pause": "1m"},
		"strategy.matching must be a whole number from 0 to 4":                                {"matching": 5},
		"strategy.max_size must be a whole number from 4 to 10000":                            {"max_size": 3},
		"strategy.min_healthy_percentage must be a whole number from 0 to 100":                {"min_healthy_percentage": 50.5},
		"strategy.replacement_time: \"soon\" is not a duration; write a number with its unit": {"replacement_time": "soon"},
	} {
		if _, err := w.CallFunction(t, "simulate_rollout", tftypes.NewValue(tftypes.Number, 4), literal(members)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v gives %v, want %q", members, err, says)
		}
	}
	for name, call := range map[string][2]tftypes.Value{
		"size must be the number of instances": {tftypes.NewValue(tftypes.Number, -1), literal(nil)},
		"strategy must be an object":           {tftypes.NewValue(tftypes.Number, 1), tftypes.NewValue(tftypes.String, "fast")},
	} {
		if _, err := w.CallFunction(t, "simulate_rollout", call[0], call[1]); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v gives %v, want %q", call, err, name)
		}
	}
}

func TestSimulateRollout_unknownStaysUnknown(t *testing.T) {
	w := acctest.New(t)
	out, err := w.CallFunction(t, "simulate_rollout", tftypes.NewValue(tftypes.Number, 4),
		literal(map[string]any{"bake": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)}))
	if err != nil || out.IsKnown() {
		t.Errorf("an unknown bake gives %v, %v", out, err)
	}
	out, err = w.CallFunction(t, "simulate_rollout", tftypes.NewValue(tftypes.Number, 4),
		literal(map[string]any{"progress_deadline": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)}))
	if err != nil || !out.IsFullyKnown() {
		t.Errorf("an unknown value that is not heeded gives %v, %v", out, err)
	}
}

func TestAccSimulateRollout_works(t *testing.T) {
	w := acctest.New(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config: w.Provider() + `
locals {
  strategy = {
    steps                  = [10, 40]
    pause                  = "10m"
    bake                   = "15m"
    instance_warmup        = "90s"
    max_healthy_percentage = 150
    min_healthy_percentage = 100
    progress_deadline      = "20m"
  }
}
output "two" { value = provider::awsdeploy::simulate_rollout(2, local.strategy) }
output "default" { value = provider::awsdeploy::simulate_rollout(10, null).shortest }
output "matching" { value = provider::awsdeploy::simulate_rollout(10, merge(local.strategy, { matching = 10 })).batches }
`,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownOutputValue("two", knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"skipped":          knownvalue.ListExact([]knownvalue.Check{knownvalue.Int64Exact(10)}),
						"least_in_service": knownvalue.Int64Exact(2), "most_in_service": knownvalue.Int64Exact(3),
						"shortest": knownvalue.StringExact("28m"), "shortest_seconds": knownvalue.Int64Exact(28 * 60),
						"longest": knownvalue.StringExact("1h"), "longest_seconds": knownvalue.Int64Exact(3600),
						"batches": knownvalue.ListExact([]knownvalue.Check{batch(10, 1, 2, 3), batch(100, 1, 2, 3)}),
						"steps": knownvalue.ListPartial(map[int]knownvalue.Check{1: knownvalue.ObjectExact(map[string]knownvalue.Check{
							"percent": knownvalue.Int64Exact(40), "instances": knownvalue.Int64Exact(1), "replaced": knownvalue.Int64Exact(0),
							"batches": knownvalue.Int64Exact(0), "paused": knownvalue.Bool(true)})}),
					})),
					statecheck.ExpectKnownOutputValue("default", knownvalue.StringExact("0s")),
					statecheck.ExpectKnownOutputValue("matching", knownvalue.ListSizeExact(0)),
				},
			},
			{
				Config:      w.Provider() + `output "bad" { value = provider::awsdeploy::simulate_rollout(2, { step = [10] }) }`,
				ExpectError: regexp.MustCompile(`strategy\.step\s+is\s+no\s+attribute`),
			},
		},
	})
}

func batch(percent, instances, least, most int64) knownvalue.Check {
	return knownvalue.ObjectExact(map[string]knownvalue.Check{"percent": knownvalue.Int64Exact(percent), "instances": knownvalue.Int64Exact(instances),
		"least_in_service": knownvalue.Int64Exact(least), "most_in_service": knownvalue.Int64Exact(most)})
}
