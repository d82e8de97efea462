package codedeploy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/codedeploy"
)

func TestRoutingOf(t *testing.T) {
	for _, tc := range []struct {
		name   string
		pause  time.Duration
		steps  []int
		config string
		fault  string
	}{
		{"nothing is all at once", 0, nil, "CodeDeployDefault.LambdaAllAtOnce", ""},
		{"checks before any traffic are no step", 5 * time.Minute, []int{0, 10}, "CodeDeployDefault.LambdaCanary10Percent5Minutes", ""},
		{"one step is a canary", time.Hour, []int{99}, "awsdeploy-canary-99-percent-60-minutes", ""},
		{"equal steps are linear", 3 * time.Minute, []int{10, 20, 30, 40, 50, 60, 70, 80, 90}, "CodeDeployDefault.LambdaLinear10PercentEvery3Minutes", ""},
		{"the last step may be smaller", time.Minute, []int{40, 80}, "awsdeploy-linear-40-percent-every-1-minutes", ""},
		{"a step is missing at the end", time.Minute, []int{25, 50}, "", "leave more than one step of 25 %"},
		{"a step is missing on the way", time.Minute, []int{25, 75}, "", "neither a canary"},
		{"seconds", 61 * time.Second, []int{10}, "", "whole minutes"},
		{"no pause", 0, []int{10}, "", "whole minutes"},
		{"48 hours", 24 * time.Hour, []int{40, 80}, "awsdeploy-linear-40-percent-every-1440-minutes", ""},
		{"more than 48 hours", 24*time.Hour + time.Minute, []int{40, 80}, "", "at most 48 hours"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var steps []rollout.Step
			for _, percent := range append(tc.steps, 100) {
				steps = append(steps, rollout.Step{Percent: percent, Pause: tc.pause})
			}
			r, fault := codedeploy.RoutingOf(steps)
			if !strings.Contains(fault, tc.fault) || (tc.fault == "") != (fault == "") {
				t.Fatalf("fault %q, want %q", fault, tc.fault)
			}
			if got := r.Configuration(); fault == "" && got != tc.config {
				t.Errorf("configuration %s, want %s", got, tc.config)
			}
		})
	}
}
