package provider_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// A failure's diagnosis names what AWS knows of it.
func TestRollingRelease_diagnosis(t *testing.T) {
	for _, tc := range []struct {
		name     string
		prepare  func(t *testing.T, w *acctest.World, g *acctest.Group)
		strategy map[string]any
		says     []string
	}{
		{"a lifecycle hook abandons what nobody answers for", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Call(t, "autoscaling", "PutLifecycleHook", map[string]any{"AutoScalingGroupName": g.Name, "LifecycleHookName": "configured",
				"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 120, "DefaultResult": "ABANDON"})
		}, map[string]any{"max_failed_instances": 2}, []string{"max_failed_instances = 2", "was abandoned: Heartbeat Timeout",
			"lifecycle hook configured (EC2_INSTANCE_LAUNCHING) takes ABANDON after 120 s"}},
		{"a lifecycle hook holds instances", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Call(t, "autoscaling", "PutLifecycleHook", map[string]any{"AutoScalingGroupName": g.Name, "LifecycleHookName": "configured",
				"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 7200, "DefaultResult": "CONTINUE"})
		}, map[string]any{"progress_deadline": "10m"}, []string{"progress_deadline", "is Pending:Wait", "takes CONTINUE after 7200 s"}},
		{"launches fail", func(_ *testing.T, _ *acctest.World, g *acctest.Group) {
			g.Behave(2, emulator.Behaviour{LaunchFails: "We currently do not have sufficient t3.micro capacity"})
		}, map[string]any{"max_failed_instances": 2}, []string{"scaling activity failed", "sufficient t3.micro capacity"}},
		{"the console tells", func(_ *testing.T, _ *acctest.World, g *acctest.Group) {
			g.Behave(2, emulator.Behaviour{Unhealthy: true, Console: "starting\nFATAL: no such database\n"})
		}, map[string]any{"max_failed_instances": 1}, []string{"last console lines of i-", "FATAL: no such database"}},
		{"nothing can be launched", func(t *testing.T, w *acctest.World, g *acctest.Group) {
			w.Later(t, 20*time.Second, "autoscaling", "SuspendProcesses", map[string]any{"AutoScalingGroupName": g.Name, "ScalingProcesses": []any{"Launch", "HealthCheck"}})
		}, map[string]any{"progress_deadline": "10m", "steps": []any{25}, "pause": "1m"}, []string{"process Launch is suspended: nothing new is launched", "process HealthCheck is suspended"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, g, b := newRolling(t, 4)
			tc.prepare(t, w, g)
			err := b.Apply(context.Background(), rollingConfig(g, 2, map[string]any{"strategy": tc.strategy}))
			if err == nil {
				t.Fatal("the release succeeded")
			}
			for _, words := range tc.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("the error does not say %q:\n%v", words, err)
				}
			}
			if v := g.Versions(); v[1] < 4 {
				t.Errorf("instances by version %v: %v", v, err)
			}
		})
	}
}
