package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// severity says what becomes of an obstacle.
type severity int

const (
	lasting severity = iota // nothing but another configuration helps: an error of the plan
	passing                 // it may have changed by then: told in the plan, an error of the apply
	advice                  // told in the plan
)

// obstacle is something that stands in a release's way, or may.
type obstacle struct {
	severity  severity
	attribute string // the one at the root that is at fault
	summary   string
	detail    string
}

// rollingRule judges a release that is about to begin. It asks nobody: what it
// needs and was not found out makes it silent.
type rollingRule func(f *rollingFacts) []obstacle

// rollingRules are all rules, in the order in which they speak.
func rollingRules() []rollingRule {
	return []rollingRule{
		versionNames, versionByParameter, chosenByRequirements, previousLaunchable, previousByParameter, // _version.go
		anotherUnderWay, waitsForInstances, suspendedProcesses, // _group.go
		healthOfEC2Only, surgeHasRoom, weightsAreBatches, refreshedBySomebody, // _advice.go
	}
}

// judge lets all rules speak. Nothing is refused where nothing is launched:
// what serves already, or is under way, is looked after.
func (f *rollingFacts) judge() []obstacle {
	var out []obstacle
	for _, rule := range rollingRules() {
		for _, found := range rule(f) {
			if f.eased() {
				found.severity = advice
			}
			out = append(out, found)
		}
	}
	return out
}

func (f *rollingFacts) eased() bool {
	return f.seen && (f.run.serves() || f.run.before.Brings(f.run.release.Template, f.run.release.TemplateName))
}

// preflight judges a pending release in a plan. What is lasting is an error,
// the rest is one warning that is named after the group, and what could not be
// read is left to the apply.
func (r *rollingReleaseResource) preflight(ctx context.Context, m, prior *rollingReleaseModel, kept rollingPrivate, diags *diag.Diagnostics) {
	f, ok := r.gather(ctx, m, prior, kept, diags)
	if !ok {
		return
	}
	lines := f.preview(prior)
	lines = append(lines, r.data.previewAlarms(ctx, f.run.alarms(*m), diags)...)
	lines = append(lines, f.run.previewVerify(r.data.previewChecks(ctx, m.Verify, sharedChecks(nil), diags))...)
	for _, found := range f.judge() {
		switch found.severity {
		case lasting:
			diags.AddAttributeError(path.Root(found.attribute), found.summary, found.detail)
		case passing:
			lines = append(lines, "The apply refuses to begin while this is so: "+found.detail)
		case advice:
			lines = append(lines, found.detail)
		}
	}
	if len(lines) > 0 && !m.AutoscalingGroupName.IsUnknown() {
		diags.AddAttributeWarning(path.Root("autoscaling_group_name"), "Release onto "+m.AutoscalingGroupName.ValueString(), strings.Join(lines, "\n"))
	}
}

// refuse judges a release in the apply, before its first change.
func (f *rollingFacts) refuse(diags *diag.Diagnostics) {
	for _, found := range f.judge() {
		if found.severity != advice {
			diags.AddAttributeError(path.Root(found.attribute), found.summary,
				fmt.Sprintf("%s\n\nNothing was changed on Auto Scaling group %s.", found.detail, f.run.release.Group))
		}
	}
}

// unread warns that a rule could not be checked.
func unread(diags *diag.Diagnostics, attribute string, err error) {
	allow := "allow the action to have it"
	if action := awsapi.Action(err); action != "" && awsapi.IsAccessDenied(err) {
		allow = "allow " + action + " to have it"
	}
	diags.AddAttributeWarning(path.Root(attribute), "Not checked", fmt.Sprintf(
		"%s could not be checked: %s. The release works without this check; %s.", attribute, strings.TrimRight(describe(err), ". "), allow))
}

func describe(err error) string { return awsapi.Describe(err) }
