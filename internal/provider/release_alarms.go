package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// alarmGuard says how a release treats the alarms before its first change.
type alarmGuard struct {
	names  []string
	ignore bool   // those that fire are left out
	target string // what is released onto
	// underWay: a release is taken up in its middle. An alarm that fires is
	// about it, and ends it.
	underWay bool
	// aws watches the alarms by itself while the release runs.
	aws bool
}

// guardAlarms refuses to begin under alarms that fire or do not exist.
func (d data) guardAlarms(ctx context.Context, g alarmGuard, diags *diag.Diagnostics) {
	if len(g.names) == 0 {
		return
	}
	alarms, err := d.aws.Alarms(ctx, g.names...)
	switch {
	case g.aws && awsapi.IsAccessDenied(err):
		g.unread(diags, err)
		return
	case err != nil:
		diags.AddAttributeError(path.Root("alarms"), "Cannot read alarms", describe(err)+".")
		return
	}
	for _, name := range g.names {
		switch a, ok := alarms[name]; {
		case !ok:
			diags.AddAttributeError(path.Root("alarms"), "Alarm not found", fmt.Sprintf(
				"alarms names %q, which does not exist in %s. Create it first, or leave it out.", name, d.aws.Region))
		case a.Firing() && !g.ignore && !g.underWay:
			diags.AddAttributeError(path.Root("alarms"), "Alarm already firing", fmt.Sprintf(
				"Alarm %s is in ALARM: %s\n\nNothing was changed on %s. Clear the alarm first, or set alarms_firing = \"ignore\" when this release is the fix.",
				name, strings.TrimSpace(a.Reason), g.target))
		}
	}
}

// unread warns that the alarms could not be looked at.
func (g alarmGuard) unread(diags *diag.Diagnostics, err error) {
	then := "The apply cannot watch them either, and refuses to begin: allow the action, or leave alarms out."
	if g.aws {
		then = "AWS watches them during the release; whether one is missing or fires already is not known. Allow the action to have it checked."
	}
	diags.AddAttributeWarning(path.Root("alarms"), "Alarms not checked", fmt.Sprintf("alarms could not be read: %s%s. %s", describe(err), allow(err), then))
}

// previewAlarms tells in a plan what guardAlarms will say in the apply.
func (d data) previewAlarms(ctx context.Context, g alarmGuard, diags *diag.Diagnostics) (lines []string) {
	if len(g.names) == 0 {
		return nil
	}
	alarms, err := d.aws.Alarms(ctx, g.names...)
	if err != nil {
		g.unread(diags, err)
		return nil
	}
	for _, name := range g.names {
		switch a, ok := alarms[name]; {
		case !ok:
			lines = append(lines, fmt.Sprintf("Alarm %s does not exist (yet): the apply refuses to begin without it.", name))
		case a.Firing() && g.ignore:
			lines = append(lines, fmt.Sprintf("Alarm %s is in ALARM and will be left out.", name))
		case a.Firing() && g.underWay:
			lines = append(lines, fmt.Sprintf("Alarm %s is in ALARM: the apply ends the release that is under way (on_failure). %s", name, a.Reason))
		case a.Firing():
			lines = append(lines, fmt.Sprintf("Alarm %s is in ALARM: the apply refuses to begin unless it clears, or alarms_firing is \"ignore\". %s", name, a.Reason))
		case a.Mute():
			lines = append(lines, fmt.Sprintf("Alarm %s has no data (INSUFFICIENT_DATA) and stops nothing until it has some. %s", name, a.Reason))
		}
	}
	return lines
}
