package provider

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// outcome is how a release ended, for the person at the terminal.
type outcome struct {
	state rollout.State
	err   error
	plan  rollout.Plan

	target   string    // what was released onto: its name
	root     path.Path // the attribute that names the version
	version  string    // what was to be live
	previous string    // what was live before; empty when not known
	live     map[string]float64
	now      string // live in the type's own words; empty lists the shares
	// onward says what goes on without us, and what the next apply does.
	onward string
}

// succeeded reports whether the planned version may be stored.
func (o outcome) succeeded() bool {
	return o.err == nil && (o.state.Phase == rollout.Promoted || o.state.Phase == rollout.Held)
}

// abandoned reports that Terraform is gone: nothing is said to anybody.
func (o outcome) abandoned() bool { return errors.Is(o.err, rollout.ErrAbandoned) }

// record writes the outcome into a model.
func (o outcome) record(m *releaseModel, releaseID string) {
	m.Status = types.StringValue(phaseStatus(o.state.Phase))
	m.Live = liveValue(o.live)
	m.ReleaseID = types.StringValue(releaseID)
	m.LastFailure = types.StringValue("")
	if !o.succeeded() {
		m.LastFailure = types.StringValue(o.reason())
	}
}

// reason is why the release did not succeed, on one line.
func (o outcome) reason() string {
	if o.state.Reason != "" {
		return o.state.Reason
	}
	if o.err != nil {
		return o.err.Error()
	}
	return string(o.state.Phase)
}

// diagnose tells what happened: what, which step, the cause, the way out.
func (o outcome) diagnose() (diags diag.Diagnostics) {
	if o.succeeded() || o.abandoned() {
		return nil
	}
	summary, detail := o.words()
	detail += "\n\n" + o.serving()
	if o.state.Evidence != "" {
		detail += "\n\nWhat was found:\n" + indent(o.state.Evidence)
	}
	diags.AddAttributeError(o.root, summary, detail)
	return diags
}

func (o outcome) words() (summary, detail string) {
	o.state.Reason = strings.TrimRight(o.state.Reason, ". ") // it ends in the middle of ours
	switch {
	case errors.Is(o.err, rollout.ErrActive):
		return "Another release under way", fmt.Sprintf("%s was not released onto %s: %s.\n\n"+
			"Wait for it to end, or let on_active say what to do: \"wait\" or \"supersede\".", o.version, o.target, strings.TrimRight(after(o.err, rollout.ErrActive), ". "))
	case errors.Is(o.err, rollout.ErrInterrupted):
		return "Release interrupted", o.interrupted()
	case errors.Is(o.err, rollout.ErrNotFound):
		return "Release target gone", fmt.Sprintf("%s does not exist any more (%s). %s was not released.", o.target, subject(o.err), o.version)
	case o.err != nil:
		return "Release not followed", fmt.Sprintf("%s could not be followed %s: %s.\n\n%s", o.target, o.where(), strings.TrimRight(o.err.Error(), ". "), o.onward)
	}
	switch o.state.Phase {
	case rollout.RolledBack:
		return "Release rolled back", fmt.Sprintf("%s is back on %s: %s failed %s: %s.\n\nFix it and apply again.",
			o.target, o.before(), o.version, o.where(), o.state.Reason)
	case rollout.Failed:
		return "Release stopped", fmt.Sprintf("%s failed on %s %s and was left where it stopped: %s.\n\n"+
			"Apply again to go on, or set the version back to %s.", o.version, o.target, o.where(), o.state.Reason, o.before())
	case rollout.Stranded:
		return "Roll-back did not finish", fmt.Sprintf("%s failed on %s %s: %s. The way back to %s did not land.\n\n"+
			"Apply again with the version set back to %[5]s, or put it right by hand.", o.version, o.target, o.where(), o.state.Reason, o.before())
	case rollout.Aborted:
		return "Release stopped by hand", fmt.Sprintf("The release of %s onto %s ended %s: %s. It was left as it is.\n\nApply again to release it after all.",
			o.version, o.target, o.where(), o.state.Reason)
	}
	return "Release still running", fmt.Sprintf("%s on %s: %s.\n\n%s", o.version, o.target, o.state.Reason, o.onward)
}

// subject is the text of err without the engine's own words for its kind.
func subject(err error) string {
	return strings.TrimRight(strings.TrimSuffix(describe(err), ": "+rollout.ErrNotFound.Error()), ". ")
}

// after is the text of err behind that of the error it wraps.
func after(err, sentinel error) string {
	return strings.TrimPrefix(err.Error(), sentinel.Error()+": ")
}

func (o outcome) interrupted() string {
	switch o.state.Phase {
	case rollout.RolledBack:
		return fmt.Sprintf("The release of %s was interrupted %s, and %s is back on %s (on_interrupt = \"rollback\").", o.version, o.where(), o.target, o.before())
	case rollout.RollingBack:
		return fmt.Sprintf("The release of %s was interrupted %s, and %s is on its way back to %s: nobody follows it. Apply again to see it through.",
			o.version, o.where(), o.target, o.before())
	case rollout.Stopping, rollout.Failed:
		return fmt.Sprintf("The release of %s was interrupted %s and stopped there (on_interrupt = \"cancel\"). Apply again to go on.", o.version, o.where())
	case rollout.Aborted:
		return fmt.Sprintf("The release of %s was interrupted %s and left as it is: %s.", o.version, o.where(), o.state.Reason)
	case rollout.Stranded:
		return fmt.Sprintf("The release of %s was interrupted %s, and what on_interrupt asks for failed: %s.", o.version, o.where(), o.state.Reason)
	}
	return fmt.Sprintf("The release of %s onto %s was interrupted %s.\n\n%s", o.version, o.target, o.where(), o.onward)
}

func (o outcome) before() string {
	if o.previous == "" {
		return "the previous version"
	}
	return o.previous
}

// where tells the step, as far as we take the steps.
func (o outcome) where() string {
	if o.plan.SelfDriven || len(o.plan.Steps) == 0 {
		return "during its rollout"
	}
	if p := o.plan.Steps[o.state.Step].Percent; p > 0 {
		return fmt.Sprintf("at the step of %d %%", p)
	}
	return "before it got any traffic"
}

// serving tells what serves what now.
func (o outcome) serving() string {
	switch {
	case o.now != "":
		return "Live now: " + o.now + "."
	case o.live == nil:
		return "What is live now is not known."
	}
	return "Live now: " + shares(o.live) + "."
}

// shares words a map of shares in a fixed order.
func shares(live map[string]float64) string {
	if len(live) == 0 {
		return "nothing"
	}
	var parts []string
	for version, share := range live {
		parts = append(parts, fmt.Sprintf("%s %.4g %%", version, share))
	}
	sort.Strings(parts)
	return strings.Join(parts, ", ")
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(text, "\n", "\n  ")
}
