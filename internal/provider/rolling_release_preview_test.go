package provider_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// said are the plan's warnings, one text.
func said(b *acctest.Bench, config map[string]any) string {
	b.Plan(config)
	return strings.Join(b.Warnings, "\n")
}

func mustSay(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the plan does not say %q, but\n%s", w, text)
		}
	}
}

// The preview is one warning, named after the group, and the same each time.
func TestRollingRelease_preview(t *testing.T) {
	w, g, b := newRolling(t, 10)
	w.NewAlarm(t, "shop-5xx")
	first := w.Emulator.Group(acctest.Region, g.Name).Instances[0].ID
	w.Call(t, "autoscaling", "SetInstanceProtection", map[string]any{"AutoScalingGroupName": g.Name, "InstanceIds": []any{first}, "ProtectedFromScaleIn": true})
	config := rollingConfig(g, 2, map[string]any{"alarms": []any{"shop-5xx"},
		"strategy": map[string]any{"steps": []any{5, 10, 50}, "pause": "10m", "bake": "15m", "instance_warmup": "1m", "max_healthy_percentage": 120}})
	text := said(b, config)
	if again := said(b, config); again != text || len(b.Warnings) != 1 {
		t.Errorf("%d warnings; the second time\n%s\nthe first\n%s", len(b.Warnings), again, text)
	}
	mustSay(t, text, "Release onto shop-web: 9 instances in scope; live: "+g.Key(1)+" 100 %.",
		"0 of them run "+g.Key(2)+" already, 9 are to be replaced.",
		"Out of scope and left on what they run: 1 protected from scale-in, 0 in standby.",
		"Steps: 5 % for 10m, then 10 % for 10m, then 50 % for 10m, then 100 % for 15m.",
		"To 5 %: 1 instance replaced in 1 batch, with 10 to 11 in service.",
		"To 50 %: 4 instances replaced in 2 batches, with 10 to 12 in service.",
		"The group is too small to pause at 5 %: one instance takes it to the next step too.",
		"Duration: at least 40m, for warm-ups, pauses and bake; at most about 1h42m, with up to 10m for each batch beside its warm-up, as nothing is known of earlier refreshes.")
	began := w.Virtual.Now()
	ends(t, b.Apply(context.Background(), config), "")
	if took := w.Virtual.Now().Sub(began); took < 40*time.Minute || took > 102*time.Minute {
		t.Errorf("it took %s", took)
	}
	g.NewVersion()
	mustSay(t, said(b, rollingConfig(g, 3, nil)), "as in the slowest of the group's last 1 refresh")
}

// What failed before is told, with the time and the reason.
func TestRollingRelease_previewTellsFailures(t *testing.T) {
	w, g, b := newRolling(t, 2)
	w.NewAlarm(t, "shop-5xx")
	config := rollingConfig(g, 2, map[string]any{"alarms": []any{"shop-5xx"}})
	if strings.Contains(said(b, config), "failed") {
		t.Errorf("nothing failed yet, and the plan says\n%s", b.Warnings)
	}
	w.Later(t, time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
	ends(t, b.Apply(context.Background(), config), "Release rolled back")
	w.SetAlarm(t, "shop-5xx", "OK", "quiet")
	b.Read()
	text := said(b, config)
	mustSay(t, text, g.Key(2)+" failed here before, on 2030-01-01 00:0", "(RollbackSuccessful): Automatic rollback was initiated. The CloudWatch alarm shop-5xx went into the ALARM state.")
	if strings.Contains(text, "This resource's last release failed") {
		t.Errorf("the same failure is told twice:\n%s", text)
	}
	g.NewVersion()
	if text := said(b, rollingConfig(g, 3, nil)); strings.Contains(text, "failed here before") {
		t.Errorf("another version's failure is told:\n%s", text)
	}
}

// Alarms: composite ones are found, those without data and those that fire told.
func TestRollingRelease_previewOfAlarms(t *testing.T) {
	w, g, b := newRolling(t, 2)
	w.NewAlarm(t, "child")
	w.Call(t, "cloudwatch", "PutCompositeAlarm", map[string]any{"AlarmName": "both", "AlarmRule": "ALARM(child)"})
	w.Call(t, "cloudwatch", "PutMetricAlarm", map[string]any{"AlarmName": "mute", "Namespace": "Test", "MetricName": "mute", "Statistic": "Sum", "Period": 60,
		"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"})
	w.Pass(2 * time.Minute)
	watch := func(names ...any) map[string]any { return rollingConfig(g, 2, map[string]any{"alarms": names}) }
	text := said(b, watch("both", "mute", "lost"))
	mustSay(t, text, "Alarm mute has no data (INSUFFICIENT_DATA)", "Alarm lost does not exist (yet): the apply refuses to begin without it.")
	if strings.Contains(text, "both") {
		t.Errorf("a composite alarm that is OK is told:\n%s", text)
	}
	ends(t, b.Apply(context.Background(), watch("lost")), `alarms names "lost", which does not exist in eu-central-1`)
	w.SetAlarm(t, "child", "ALARM", "bad")
	mustSay(t, said(b, watch("both")), "Alarm both is in ALARM: the apply refuses to begin")
	ends(t, b.Apply(context.Background(), watch("both")), "Alarm already firing")
	w.SetAlarm(t, "child", "OK", "quiet")
	ends(t, b.Apply(context.Background(), watch("both", "mute")), "")
}

// What is not known in the plan is judged in the apply.
func TestRollingRelease_unknownDefersRules(t *testing.T) {
	w, g, b := newRolling(t, 2)
	flight{template: map[string]any{"KeyName": "lost"}}.newVersion(t, w, g)
	unknown := func(of tftypes.Type) any { return tftypes.UnknownValue }
	for name, config := range map[string]map[string]any{
		"version":  {"autoscaling_group_name": g.Name, "launch_template": map[string]any{"id": g.TemplateID, "version": unknown(tftypes.String)}},
		"template": {"autoscaling_group_name": g.Name, "launch_template": map[string]any{"id": unknown(tftypes.String), "version": "3"}},
		"strategy": rollingConfig(g, 2, map[string]any{"strategy": map[string]any{"bake": unknown(tftypes.String), "scale_in_protected_instances": unknown(tftypes.String)}}),
		"alarms":   rollingConfig(g, 2, map[string]any{"alarms": []any{unknown(tftypes.String)}}),
	} {
		if err := b.Refused(config); err != nil {
			t.Errorf("an unknown %s is refused: %v", name, err)
		}
	}
	b.Applying = func() { g.NewVersion() } // nothing: the plan below is the apply's own
	if err := b.Refused(rollingConfig(g, 3, nil)); err == nil || !strings.Contains(err.Error(), "key pair lost") {
		t.Errorf("once known, the plan ends with %v", err)
	}
}

// Live facts may change between plan and apply: the apply looks again.
func TestRollingRelease_appliesWhatChangedSince(t *testing.T) {
	w, g, b := newRolling(t, 2)
	b.Applying = func() {
		w.Call(t, "autoscaling", "SuspendProcesses", map[string]any{"AutoScalingGroupName": g.Name, "ScalingProcesses": []any{"Launch"}})
		w.Call(t, "ec2", "DeregisterImage", map[string]any{"ImageId": g.Images[1]})
	}
	err := b.Apply(context.Background(), rollingConfig(g, 2, nil))
	for _, says := range []string{"Processes suspended", "AMI not found", "Nothing was changed on Auto Scaling group shop-web"} {
		ends(t, err, says)
	}
	if n := w.Emulator.Count("autoscaling", "StartInstanceRefresh"); n > 0 {
		t.Errorf("%d refreshes were started", n)
	}
}

// A role that may read nothing but the group releases all the same, and is
// told what it lacks.
func TestRollingRelease_deniedReads(t *testing.T) {
	for operation, action := range map[string]string{
		"DescribeLaunchTemplateVersions": "ec2:DescribeLaunchTemplateVersions", "DescribeImages": "ec2:DescribeImages", "DescribeKeyPairs": "ec2:DescribeKeyPairs",
		"DescribeSecurityGroups": "ec2:DescribeSecurityGroups", "GetInstanceProfile": "iam:GetInstanceProfile", "DescribeSubnets": "ec2:DescribeSubnets",
		"DescribeAlarms": "cloudwatch:DescribeAlarms", "DescribeScalingActivities": "", "DescribeTargetHealth": "", "GetConsoleOutput": "",
	} {
		for _, bad := range []bool{false, true} {
			t.Run(operation, func(t *testing.T) {
				w := acctest.New(t)
				w.NewAlarm(t, "shop-5xx")
				w.Call(t, "iam", "CreateInstanceProfile", map[string]any{"InstanceProfileName": "web"})
				subnets := w.Call(t, "ec2", "DescribeSubnets", nil)["Subnets"].([]any)
				group := w.Call(t, "ec2", "DescribeSecurityGroups", nil)["SecurityGroups"].([]any)[0].(map[string]any)["GroupId"]
				g := w.NewGroup(t, "shop-web", 2, map[string]any{"TargetGroupARNs": []any{w.NewTargetGroup(t, "shop")}, "HealthCheckType": "ELB",
					"AvailabilityZones": nil, "VPCZoneIdentifier": subnets[0].(map[string]any)["SubnetId"]})
				flight{template: map[string]any{"KeyName": "default", "SecurityGroupIds": []any{group}, "IamInstanceProfile": map[string]any{"Name": "web"}}}.newVersion(t, w, g)
				b := w.NewBench(t, "awsdeploy_rolling_release")
				ends(t, b.Apply(context.Background(), rollingConfig(g, 1, nil)), "")
				w.Emulator.Inject(emulator.Fault{Operation: operation, Kind: emulator.Denied, Times: -1})
				g.Behave(2, emulator.Behaviour{Unhealthy: bad})
				config := rollingConfig(g, 3, map[string]any{"alarms": []any{"shop-5xx"}, "strategy": map[string]any{"max_failed_instances": 1}})
				if text := said(b, config); action != "" {
					mustSay(t, text, "allow "+action)
				}
				says := ""
				if bad {
					says = "Release rolled back"
				}
				ends(t, b.Apply(context.Background(), config), says)
			})
		}
	}
}
