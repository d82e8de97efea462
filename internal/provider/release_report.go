package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// chronicle follows one release: it logs, and writes the report where one is
// asked for.
type chronicle struct {
	data   data
	plan   rollout.Plan
	about  report.Release
	record *report.Recorder // nil without report_dir and job summary
}

// chronicle begins to follow a release. A report that cannot be written is a
// warning: no release waits for it.
func (d data) chronicle(about report.Release, plan rollout.Plan, checks []verify.Named, diags *diag.Diagnostics) *chronicle {
	about.Bake, about.HoldAt = int(plan.Bake/time.Second), plan.HoldAt
	for _, check := range checks {
		about.Checks = append(about.Checks, check.Name)
	}
	c := &chronicle{data: d, plan: plan, about: about}
	for _, s := range plan.Steps {
		if s.Percent > 0 {
			c.about.Steps = append(c.about.Steps, report.Step{Percent: s.Percent, Pause: int(s.Pause / time.Second)})
		}
	}
	if d.reportDir == "" && d.StepSummary == "" {
		return c
	}
	var err error
	if c.record, err = report.Open(d.reportDir, c.about, d.Clock); err != nil {
		addNoReport(err, diags)
	}
	return c
}

// notify logs what changed.
func (c *chronicle) notify(ctx context.Context) func(rollout.State, rollout.Observation) {
	return func(s rollout.State, o rollout.Observation) {
		tflog.Info(ctx, "release", map[string]any{c.about.Kind: c.about.Target, "phase": string(s.Phase),
			"percent": o.Percent, "activity": o.Activity, "reason": s.Reason})
	}
}

// watch takes every look at the target into the report.
func (c *chronicle) watch(ctx context.Context) func(rollout.State, rollout.Observation) {
	if c.record == nil {
		return nil
	}
	return func(s rollout.State, o rollout.Observation) {
		if len(c.about.Checks) == 0 {
			o.Verdict = nil // nothing was asked
		}
		step := 0 // a target that drives itself takes its steps unasked
		if !c.plan.SelfDriven && s.Step < len(c.plan.Steps) {
			step = c.plan.Steps[s.Step].Percent
		}
		c.record.See(s, step, o, c.firing(ctx))
	}
}

// firing are the release's alarms that fire now; none when that cannot be told.
func (c *chronicle) firing(ctx context.Context) (names []string) {
	if len(c.about.Alarms) == 0 {
		return nil
	}
	alarms, err := c.data.aws.Alarms(ctx, c.about.Alarms...)
	if err != nil {
		return nil // the release itself says so where it matters
	}
	for _, name := range c.about.Alarms {
		if a, ok := alarms[name]; ok && a.Firing() {
			names = append(names, name)
		}
	}
	return names
}

// end closes the report and adds its summary to the job's.
func (c *chronicle) end(out outcome, diags *diag.Diagnostics) {
	if c.record == nil {
		return
	}
	reason := ""
	if !out.succeeded() {
		reason = out.reason()
	}
	if err := c.record.Close(phaseStatus(out.state.Phase), reason, out.state.Evidence); err != nil {
		addNoReport(err, diags)
	}
	if c.data.StepSummary == "" {
		return
	}
	if err := report.Append(c.data.StepSummary, c.record.Summary()+"\n"); err != nil {
		addNoReport(fmt.Errorf("adding to the job's summary: %w", err), diags)
	}
}

func addNoReport(err error, diags *diag.Diagnostics) {
	diags.AddWarning("Report not written", err.Error()+".\n\nThe release itself is not touched by that. Check report_dir, and that there is room on the disk.")
}
