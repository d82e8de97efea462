package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// anotherUnderWay tells what the apply does about a refresh that is under way.
// The engine itself refuses where it has to, since it may end any moment.
func anotherUnderWay(f *rollingFacts) []obstacle {
	b, r := f.run.before, f.run.release
	if !f.seen || b.Active == "" {
		return nil
	}
	does := "The apply refuses to begin while it lasts; on_active can say \"wait\" or \"supersede\"."
	switch {
	case b.Brings(r.Template, r.TemplateName):
		does = "It brings the version that is wanted: the apply adopts it."
	case f.onActive == rollout.Wait:
		does = "The apply waits for its end, then begins (on_active)."
	case f.onActive == rollout.Supersede:
		does = "The apply ends it, then begins (on_active)."
	case f.onActive == rollout.Adopt && b.Saved == r.Template:
		does = "It leads away from the version that is wanted: the apply takes it back."
	}
	return []obstacle{{advice, "on_active", "Another release under way", "Under way: " + strings.TrimRight(b.Active, ".") + ". " + does}}
}

// waitsForInstances: AWS waits an hour for instances that it may not touch,
// and then fails.
func waitsForInstances(f *rollingFacts) (out []obstacle) {
	if !f.seen {
		return nil
	}
	const wait = "Wait"
	protected, standby := f.run.before.Blocking(f.run.release.Template)
	if protected > 0 && f.run.release.ScaleInProtected == wait {
		out = append(out, obstacle{passing, "strategy", "Protected instances in the way", fmt.Sprintf(
			"strategy.scale_in_protected_instances = %q, and %d instances of the group are protected from scale-in: AWS waits for them for an hour and then fails. "+
				"Remove their protection, or set \"Ignore\" or \"Refresh\".", wait, protected)})
	}
	if standby > 0 && f.run.release.OnStandby == wait {
		out = append(out, obstacle{passing, "strategy", "Standby instances in the way", fmt.Sprintf(
			"strategy.standby_instances = %q, and %d instances of the group are in standby: AWS waits for them for an hour and then fails. "+
				"Put them back into service, or set \"Ignore\" or \"Terminate\".", wait, standby)})
	}
	return out
}

// suspendedProcesses: a refresh launches and terminates, and some processes
// decide what its instances are worth.
func suspendedProcesses(f *rollingFacts) (out []obstacle) {
	var needed, missed []string
	for _, p := range f.run.before.Suspended {
		switch p {
		case "Launch", "Terminate", "InstanceRefresh":
			needed = append(needed, p)
		case "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer":
			missed = append(missed, p)
		}
	}
	slices.Sort(needed)
	slices.Sort(missed)
	if len(needed) > 0 {
		out = append(out, obstacle{passing, "autoscaling_group_name", "Processes suspended", fmt.Sprintf(
			"Suspended on autoscaling_group_name = %q: %s. An instance refresh cannot go on without them. Resume them first: aws autoscaling resume-processes --auto-scaling-group-name %[1]s --scaling-processes %[3]s",
			f.run.release.Group, strings.Join(needed, ", "), strings.Join(needed, " "))})
	}
	if len(missed) > 0 {
		out = append(out, obstacle{advice, "autoscaling_group_name", "Processes suspended", fmt.Sprintf(
			"Suspended: %s. New instances may count as healthy that are not, or get no traffic.", strings.Join(missed, ", "))})
	}
	return out
}
