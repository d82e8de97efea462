package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// healthOfEC2Only: an application that answers nobody is healthy to EC2.
func healthOfEC2Only(f *rollingFacts) []obstacle {
	b := f.run.before
	if !f.seen || len(b.TargetGroups) == 0 || strings.Contains(b.HealthCheck, "ELB") {
		return nil
	}
	return []obstacle{{advice, "autoscaling_group_name", "Health of EC2 only", fmt.Sprintf(
		"The group has %d target groups, and its health check type is %s: an instance whose application fails there counts as healthy. Set the group's health_check_type to \"ELB\".",
		len(b.TargetGroups), b.HealthCheck)}}
}

// surgeHasRoom: instances that are launched before others go need addresses,
// and room below the group's maximum.
func surgeHasRoom(f *rollingFacts) (out []obstacle) {
	if !f.seen || !f.planned || f.run.before.Weighted() {
		return nil
	}
	b := f.run.before
	bounds, ok := f.simulate()
	if !ok || bounds.Most <= b.Desired {
		return nil
	}
	surge := bounds.Most - b.Desired
	free := 0
	for _, s := range b.Subnets {
		free += f.free[s].Addresses
	}
	if len(f.free) > 0 && free < surge {
		out = append(out, obstacle{advice, "strategy", "Few free addresses", fmt.Sprintf(
			"The release launches up to %d instances more than the group has, and its subnets (%s) have %d free addresses. Free some, or lower strategy.max_healthy_percentage.",
			surge, strings.Join(b.Subnets, ", "), free)})
	}
	if bounds.Most > b.Max {
		out = append(out, obstacle{advice, "strategy", "No room below the maximum size", fmt.Sprintf(
			"The release has up to %d instances, and the group's maximum size is %d. Whether AWS goes above it is not established: if not, fewer serve meanwhile, and it takes longer. "+
				"Raise the maximum size to be sure.", bounds.Most, b.Max)})
	}
	return out
}

// weightsAreBatches: one instance that has the weight of all that is desired
// is replaced whole, whatever the percentages say.
func weightsAreBatches(f *rollingFacts) []obstacle {
	b := f.run.before
	if !f.seen || !f.planned || !b.Weighted() || b.Desired == 0 || b.Heaviest() < b.Desired {
		return nil
	}
	return []obstacle{{advice, "strategy", "Weights as large as the group", fmt.Sprintf(
		"The group desires %d units, and an instance may have a weight of %d: AWS may replace everything at once, whatever strategy.min_healthy_percentage says. Lower the weights, or desire more.",
		b.Desired, b.Heaviest())}}
}

// takeover is how soon after one refresh was cancelled another began, when
// both were one hand's work.
const takeover = 2 * time.Minute

// refreshedBySomebody: a refresh without a desired configuration is not ours.
// The instance_refresh block of hashicorp/aws starts such ones, and cancels
// what is under way; so may a console or a script.
func refreshedBySomebody(f *rollingFacts) []obstacle {
	history := f.run.before.History
	if !f.seen || len(history) == 0 {
		return nil
	}
	const way = "The instance_refresh block of an aws_autoscaling_group starts such ones, whenever the group changes, and cancels a release for it: if the group has the block, remove it."
	for n, r := range history[:len(history)-1] {
		before := history[n+1]
		if r.Aim == (autoscaling.Template{}) && r.AimName == "" && before.Status == "Cancelled" && before.Aim != (autoscaling.Template{}) && r.Start.Sub(before.End).Abs() < takeover {
			return []obstacle{{advice, "autoscaling_group_name", "Refreshed by somebody else", fmt.Sprintf(
				"Instance refresh %s, to %s, was cancelled for one without a desired configuration (%s, %s). %s", before.ID, before.Aim, r.ID, moment(r.Start), way)}}
		}
	}
	if r := history[0]; r.Aim == (autoscaling.Template{}) && r.AimName == "" {
		return []obstacle{{advice, "autoscaling_group_name", "Refreshed by somebody else", fmt.Sprintf(
			"The group's last instance refresh (%s, %s) had no desired configuration. %s", r.ID, moment(r.Start), way)}}
	}
	return nil
}

// moment is a time for a person.
func moment(t time.Time) string {
	if t.IsZero() {
		return "not begun"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
