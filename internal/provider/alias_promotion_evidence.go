package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/cloudwatch"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

const (
	// evidenceTime is how long (really) a failure may be looked into before
	// the way back begins.
	evidenceTime = 10 * time.Second
	// errorLines is how many lines of the log are told.
	errorLines = 5
)

// evidence tells what can be known about a failed promotion, a finding a line:
// how often either version failed meanwhile, and the new one's last errors.
func (r *aliasPromotionResource) evidence(ctx context.Context, m aliasPromotionModel, run aliasRun, prior *aliasPromotionModel, s rollout.State) string {
	ctx, cancel := context.WithTimeout(ctx, evidenceTime)
	defer cancel()
	function := m.FunctionName.ValueString()
	v := versions{function: function[strings.LastIndex(function, ":")+1:], alias: m.Alias.ValueString(),
		wanted: m.Version.ValueString(), previous: run.leaves(m, prior)}
	now := r.data.Clock.Now()
	lines := r.counted(ctx, v, s.Began, now)
	group := run.logGroup
	if group == "" {
		group = "/aws/lambda/" + v.function
	}
	logged, err := lambdaalias.LastErrors(ctx, r.data.aws, group, v.wanted, s.Began.Add(-time.Minute), now, errorLines)
	switch {
	case awsapi.IsAccessDenied(err):
		lines = append(lines, fmt.Sprintf("log group %s may not be read (logs:FilterLogEvents): %s", group, err))
	case err != nil:
		lines = append(lines, fmt.Sprintf("log group %s could not be read: %s", group, err))
	case len(logged) == 0:
		lines = append(lines, fmt.Sprintf("log group %s holds no error of version %s since the release began", group, v.wanted))
	default:
		lines = append(lines, fmt.Sprintf("last errors of version %s in log group %s:", v.wanted, group))
		for _, l := range logged {
			lines = append(lines, "  "+l)
		}
	}
	return strings.Join(lines, "\n")
}

// counted are the errors of both versions since the release began.
func (r *aliasPromotionResource) counted(ctx context.Context, v versions, began, now time.Time) (lines []string) {
	var metrics []cloudwatch.Metric
	sides := []string{v.wanted}
	if v.previous != "" {
		sides = append(sides, v.previous)
	}
	for _, version := range sides {
		metrics = append(metrics, v.metric(version, "Invocations", "Sum"), v.metric(version, compareErrors, "Sum"))
	}
	from, to := began.Truncate(time.Minute), now.Truncate(time.Minute).Add(time.Minute)
	found, err := cloudwatch.ReadEach(ctx, r.data.aws.CloudWatch(), metrics, time.Minute, from, to)
	if err != nil {
		return []string{"errors of the versions could not be read: " + needs(err, metricAction).Error()}
	}
	for n, version := range sides {
		s := side(found[2*n], found[2*n+1], true)
		if s.Invocations == 0 {
			lines = append(lines, fmt.Sprintf("version %s: no invocation through the alias since the release began", version))
			continue
		}
		lines = append(lines, fmt.Sprintf("version %s: %.0f errors in %.0f invocations through the alias since the release began (%.3g %%)",
			version, s.Value*s.Invocations/100, s.Invocations, s.Value))
	}
	return lines
}
