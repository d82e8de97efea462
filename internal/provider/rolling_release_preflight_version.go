package provider

import (
	"fmt"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// available is the state of an AMI that can be launched.
const available = "available"

// missing tells what a version names and what is not there, in words. Kinds
// that could not be read are left out.
func (f *rollingFacts) missing(v autoscaling.TemplateVersion) (kinds []awsapi.Kind, words []string) {
	for _, kind := range autoscaling.Kinds() {
		there, read := f.exist[kind]
		for _, name := range v.Names[kind] {
			thing, ok := there[name]
			switch {
			case !read || ok && (thing.State == "" || thing.State == available):
				continue
			case ok:
				words = append(words, fmt.Sprintf("%s, but that %s is %s and not available", name, kind, thing.State))
			default:
				words = append(words, fmt.Sprintf("%s, but that %s does not exist in %s", name, kind, f.region))
			}
			kinds = append(kinds, kind)
		}
	}
	return kinds, words
}

// versionNames: what the version launches and launches with must exist.
func versionNames(f *rollingFacts) (out []obstacle) {
	if f.wanted == nil {
		return nil
	}
	kinds, words := f.missing(*f.wanted)
	for n, kind := range kinds {
		verb := "names " + string(kind)
		if kind == awsapi.Image {
			verb = "launches"
		}
		out = append(out, obstacle{lasting, "launch_template", strings.ToUpper(string(kind)[:1]) + string(kind)[1:] + " not found", fmt.Sprintf(
			"launch_template.version = %q of %s %s %s. Every launch would fail. Release a version that names one which exists.",
			f.wanted.Version, f.wanted.ID, verb, words[n])})
	}
	return out
}

// versionByParameter: a version whose AMI is a parameter's is not fixed.
func versionByParameter(f *rollingFacts) []obstacle {
	if f.wanted == nil || !f.wanted.FromParameter() {
		return nil
	}
	return []obstacle{{advice, "launch_template", "AMI from a parameter", fmt.Sprintf(
		"launch_template.version = %q takes its AMI from Systems Manager (%s): the same version launches another AMI once the parameter changes, which skip_matching does not see, "+
			"and AWS does not roll back a later release to it. Release a version that holds the AMI's id.", f.wanted.Version, f.wanted.ImageID)}}
}

// chosenByRequirements: AWS fails each refresh that has a desired
// configuration, or skips what matches, where instance types are chosen by
// attributes.
func chosenByRequirements(f *rollingFacts) []obstacle {
	const way = "AWS fails every instance refresh that brings a version there, and so could nothing be rolled back. Name instance types instead."
	switch {
	case f.wanted != nil && f.wanted.ByRequirements:
		return []obstacle{{lasting, "launch_template", "Attribute-based instance types", fmt.Sprintf(
			"launch_template.version = %q chooses instance types by attributes (InstanceRequirements). %s", f.wanted.Version, way)}}
	case f.seen && f.run.before.ByRequirements():
		return []obstacle{{lasting, "autoscaling_group_name", "Attribute-based instance types", fmt.Sprintf(
			"autoscaling_group_name = %q: the group's mixed instances policy chooses instance types by attributes (InstanceRequirements). %s", f.run.release.Group, way)}}
	}
	return nil
}

// previousLaunchable: a release that promises the way back needs one.
func previousLaunchable(f *rollingFacts) []obstacle {
	found := obstacle{passing, "on_failure", "No way back", ""}
	if f.run.plan.OnFailure != rollout.Rollback {
		found.severity = advice // nobody promised it
	}
	switch {
	case f.run.returning:
	case f.gone != "":
		found.detail = fmt.Sprintf("The previous version, %s, does not exist any more.", f.gone)
	case f.previous != nil:
		if _, words := f.missing(*f.previous); len(words) > 0 {
			found.detail = fmt.Sprintf("The previous version, %s, can no longer be launched: it names %s.", f.previous, strings.Join(words, "; and "))
		}
	}
	if found.detail == "" {
		return nil
	}
	found.detail += " A release that fails cannot be taken back to it. Bring back what is missing, or set on_failure = \"hold\", which leaves a failed release where it stopped."
	return []obstacle{found}
}

// previousByParameter: what AWS itself cannot roll back to, we can.
func previousByParameter(f *rollingFacts) []obstacle {
	saved := f.run.before.Saved
	why := f.irreversible()
	switch {
	case !f.seen || f.run.returning:
	case saved.ID == "":
		return []obstacle{{advice, "launch_template", "No way back", fmt.Sprintf(
			"The group launches from launch configuration %q, not from a template: there is no way back to that. A release that fails stays where it stopped.", f.run.before.Configuration)}}
	case !saved.Numbered():
		return []obstacle{{advice, "launch_template", "Version is no number", fmt.Sprintf(
			"The group launches version %q, not a number: AWS cannot roll back to that, so the way back is a refresh of our own to what most instances run.", saved.Version)}}
	case why != "":
		return []obstacle{{advice, "launch_template", "AWS cannot roll back", "AWS cannot roll back by itself, because " + why +
			": the way back is a refresh of our own, which needs this apply to live until then."}}
	}
	return nil
}

// irreversible is why AWS cannot roll back though the group's version is a
// number; empty when it can.
func (f *rollingFacts) irreversible() string {
	floating := f.run.before.Floating()
	switch {
	case f.previous != nil && f.previous.Template == f.run.before.Saved && f.previous.FromParameter():
		return fmt.Sprintf("the group's version %s takes its AMI from Systems Manager (%s)", f.previous, f.previous.ImageID)
	case len(floating) > 0:
		return "the group's policy names templates without a number for single instance types: " + strings.Join(floating, ", ")
	}
	return ""
}
