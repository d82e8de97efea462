package emulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestStartInstanceRefreshRefuses(t *testing.T) {
	eleven := []string{}
	for i := range 11 {
		eleven = append(eleven, fmt.Sprint("alarm-", i))
	}
	for name, preferences := range map[string]values{
		"checkpoints that do not ascend":         {"CheckpointPercentages": []int{50, 10}},
		"checkpoints twice":                      {"CheckpointPercentages": []int{50, 50}},
		"a checkpoint of 0":                      {"CheckpointPercentages": []int{0, 100}},
		"a checkpoint of 101":                    {"CheckpointPercentages": []int{101}},
		"a delay without checkpoints":            {"CheckpointDelay": 60},
		"a delay of more than two days":          {"CheckpointPercentages": []int{100}, "CheckpointDelay": 172801},
		"a bake time of more than two days":      {"BakeTime": 172801},
		"a negative bake time":                   {"BakeTime": -1},
		"a negative warm-up":                     {"InstanceWarmup": -1},
		"a minimum of 101":                       {"MinHealthyPercentage": 101},
		"a maximum below 100":                    {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 99},
		"a maximum without a minimum":            {"MaxHealthyPercentage": 110},
		"more than 100 between":                  {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 151},
		"eleven alarms":                          {"AlarmSpecification": values{"Alarms": eleven}},
		"an alarm that does not exist":           {"AlarmSpecification": values{"Alarms": []string{"none"}}},
		"an unknown choice for protected ones":   {"ScaleInProtectedInstances": "Terminate"},
		"an unknown choice for those in standby": {"StandbyInstances": "Refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 1})
			f.refused("ValidationError", "StartInstanceRefresh", f.to(2, preferences))
			check(t, "refreshes", len(f.must("DescribeInstanceRefreshes", named(nil)).structs("InstanceRefreshes")), 0)
		})
	}
}

func TestStartInstanceRefreshRefusesConfigurations(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 1})
	policy := values{"LaunchTemplate": values{"LaunchTemplateSpecification": f.version(2)}}
	for name, desired := range map[string]values{
		"nothing":                        {},
		"both":                           {"LaunchTemplate": f.version(2), "MixedInstancesPolicy": policy},
		"a version that does not exist":  {"LaunchTemplate": f.version(9)},
		"a template that does not exist": {"LaunchTemplate": values{"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "1"}},
		"a name that does not exist":     {"LaunchTemplate": values{"LaunchTemplateName": "none", "Version": "1"}},
		"id and name":                    {"LaunchTemplate": values{"LaunchTemplateId": f.template, "LaunchTemplateName": "web"}},
		"a policy without a template":    {"MixedInstancesPolicy": values{}},
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			f.refused("ValidationError", "StartInstanceRefresh", named(values{"DesiredConfiguration": desired}))
		})
	}
	f.t = t
	f.refused("ValidationError", "StartInstanceRefresh", values{"AutoScalingGroupName": "none"})
	f.refused("NotSupportedByEmulator", "StartInstanceRefresh", named(values{"Strategy": "ReplaceRootVolume"}))
	f.refused("ValidationError", "StartInstanceRefresh", named(values{"Strategy": "AllAtOnce"}))
	f.start(f.to(2, nil))
	f.refused("InstanceRefreshInProgress", "StartInstanceRefresh", f.to(3, nil))
}

// A template whose image is gone is no "valid fully-formed launch template".
func TestStartInstanceRefreshNeedsTheImage(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 1})
	f.ec2("DeregisterImage", values{"ImageId": ami(2)})
	_, err := f.try("StartInstanceRefresh", f.to(2, nil))
	if err == nil || !strings.Contains(err.Error(), "valid fully-formed launch template") || !strings.Contains(err.Error(), ami(2)) {
		t.Errorf("got %v", err)
	}
}

func TestAutoRollbackNeeds(t *testing.T) {
	automatic := values{"AutoRollback": true}
	for name, group := range map[string]values{
		"a numbered version, not $Latest":  {"Version": "$Latest"},
		"a numbered version, not $Default": {"Version": "$Default"},
		"a version":                        {},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 1})
			spec := values{"LaunchTemplateId": f.template}
			for k, v := range group {
				spec[k] = v
			}
			f.must("UpdateAutoScalingGroup", named(values{"LaunchTemplate": spec}))
			f.refused("ValidationError", "StartInstanceRefresh", f.to(2, automatic))
			f.start(f.to(2, nil))
			f.pass(10 * time.Second)
			f.refused("IrreversibleInstanceRefresh", "RollbackInstanceRefresh", named(nil))
		})
	}
	t.Run("a desired configuration", func(t *testing.T) {
		f := newFleet(t, fleetOptions{size: 1})
		f.refused("ValidationError", "StartInstanceRefresh", named(values{"Preferences": automatic}))
		f.start(named(nil))
		f.pass(10 * time.Second)
		f.refused("IrreversibleInstanceRefresh", "RollbackInstanceRefresh", named(nil))
	})
}

func TestRefreshPreferencesShowDefaults(t *testing.T) {
	for _, test := range []struct {
		name              string
		group, given      values
		least, most, warm int
		noMost            bool
	}{
		{name: "of the API", group: values{"HealthCheckGracePeriod": 120}, least: 90, noMost: true, warm: 120},
		{name: "of the group's warm-up", group: values{"HealthCheckGracePeriod": 120, "DefaultInstanceWarmup": 0}, least: 90, noMost: true, warm: 0},
		{
			name:  "of the group's policy",
			group: values{"InstanceMaintenancePolicy": values{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}},
			least: 100, most: 150,
		},
		{
			name:  "not over what is given",
			group: values{"InstanceMaintenancePolicy": values{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}},
			given: values{"MinHealthyPercentage": 80, "MaxHealthyPercentage": 120, "InstanceWarmup": 7},
			least: 80, most: 120, warm: 7,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 2, group: test.group})
			f.start(f.to(2, test.given))
			p := f.refresh().sub("Preferences")
			check(t, "minimum", p.integer("MinHealthyPercentage"), test.least)
			check(t, "maximum", p.integer("MaxHealthyPercentage"), test.most)
			check(t, "maximum shown", p.has("MaxHealthyPercentage"), !test.noMost)
			check(t, "warm-up", p.integer("InstanceWarmup"), test.warm)
			check(t, "skip matching", p.boolean("SkipMatching"), false)
			check(t, "auto rollback", p.boolean("AutoRollback"), false)
			check(t, "protected", p.str("ScaleInProtectedInstances"), "Wait")
			check(t, "standby", p.str("StandbyInstances"), "Wait")
		})
	}
}

// An empty list of checkpoints hangs in Pending, as seen on AWS.
func TestEmptyCheckpointsStayPending(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	f.start(f.to(2, values{"CheckpointPercentages": []int{}}))
	f.pass(24 * time.Hour)
	check(t, "status", f.refresh().str("Status"), "Pending")
	check(t, "old instances", f.versions()[1], 2)
	f.must("CancelInstanceRefresh", named(nil))
	f.until("Cancelled", time.Minute)
}

func TestUnknownAlarmsAccepted(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2, switches: Switches{UnknownAlarmsAccepted: true}})
	f.start(f.to(2, values{"AlarmSpecification": values{"Alarms": []string{"none"}}}))
	f.until("Successful", time.Hour)
	check(t, "new instances", f.versions()[2], 2)
}

func TestConfigurationEchoesName(t *testing.T) {
	for _, echoes := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 1, switches: Switches{ConfigurationEchoesName: echoes}})
		f.start(f.to(2, nil))
		spec := f.refresh().sub("DesiredConfiguration").sub("LaunchTemplate")
		check(t, "id", spec.str("LaunchTemplateId"), f.template)
		check(t, "version", spec.str("Version"), "2")
		check(t, "has the name", spec.has("LaunchTemplateName"), echoes)
	}
}

func TestDescribeInstanceRefreshes(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 1})
	var ids []string
	for range 3 {
		ids = append(ids, f.must("StartInstanceRefresh", f.to(2, nil)).str("InstanceRefreshId"))
		f.until("Successful", time.Hour)
	}
	page := f.must("DescribeInstanceRefreshes", named(values{"MaxRecords": 2}))
	check(t, "newest", page.structs("InstanceRefreshes")[0].str("InstanceRefreshId"), ids[2])
	check(t, "page", len(page.structs("InstanceRefreshes")), 2)
	page = f.must("DescribeInstanceRefreshes", named(values{"MaxRecords": 2, "NextToken": page.str("NextToken")}))
	check(t, "oldest", page.structs("InstanceRefreshes")[0].str("InstanceRefreshId"), ids[0])
	check(t, "more", page.has("NextToken"), false)
	one := f.must("DescribeInstanceRefreshes", named(values{"InstanceRefreshIds": []string{ids[1]}})).structs("InstanceRefreshes")
	check(t, "by id", len(one) == 1 && one[0].str("InstanceRefreshId") == ids[1], true)
	f.refused("InvalidNextToken", "DescribeInstanceRefreshes", named(values{"NextToken": "x"}))
	f.refused("ValidationError", "DescribeInstanceRefreshes", named(values{"MaxRecords": 101}))
	f.refused("ValidationError", "DescribeInstanceRefreshes", values{"AutoScalingGroupName": "none"})
	f.pass(6*7*24*time.Hour + time.Minute)
	check(t, "after six weeks", len(f.must("DescribeInstanceRefreshes", named(nil)).structs("InstanceRefreshes")), 0)
}
