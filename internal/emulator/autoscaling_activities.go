package emulator

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// historyKept is how long Auto Scaling describes activities and refreshes.
const historyKept = 6 * 7 * 24 * time.Hour

// activity is a scaling activity.
type activity struct {
	id          string
	description string
	cause       string
	message     string
	status      string
	progress    int
	details     string
	started     time.Time
	ended       time.Time // zero while it is under way
}

// begin records a new activity.
func (g *group) begin(description, cause, status string, progress int, at *subnet) *activity {
	e := g.state.region.emulator
	a := &activity{
		id: e.uuid(), description: description, cause: cause, status: status, progress: progress, started: e.now,
	}
	if at != nil {
		a.details = fmt.Sprintf(`{"Subnet ID":"%s","Availability Zone":"%s"}`, at.id, at.zone)
	}
	g.activities = append(g.activities, a)
	// A group that cannot launch records activities for as long as it tries.
	if cut := e.now.Add(-historyKept); g.activities[0].started.Before(cut) {
		g.activities = slices.DeleteFunc(g.activities, func(a *activity) bool { return a.started.Before(cut) })
	}
	return a
}

func (g *group) finish(a *activity, status, message string) {
	if a == nil || !a.ended.IsZero() {
		return
	}
	a.status, a.message, a.progress, a.ended = status, message, 100, g.state.region.emulator.now
}

func (g *group) describeActivity(a *activity) values {
	v := values{
		"ActivityId": a.id, "AutoScalingGroupName": g.name, "AutoScalingGroupARN": g.arn,
		"Description": a.description, "Cause": a.cause, "StartTime": a.started,
		"StatusCode": a.status, "Progress": a.progress,
	}
	if a.details != "" {
		v["Details"] = a.details
	}
	if !a.ended.IsZero() {
		v["EndTime"] = a.ended
	}
	if a.message != "" {
		v["StatusMessage"] = a.message
	}
	if !g.deletedAt.IsZero() {
		v["AutoScalingGroupState"] = "Deleted"
	}
	return v
}

// describeScalingActivities lists the newest first, those under way before all.
func (c *call) describeScalingActivities(in values) (values, error) {
	s := c.region.autoscaling
	groups := s.sorted()
	if in.boolean("IncludeDeletedGroups") {
		groups = append(groups, s.deleted...)
	}
	if name := in.str("AutoScalingGroupName"); name != "" {
		groups = slices.DeleteFunc(groups, func(g *group) bool { return g.name != name })
		if len(groups) == 0 {
			return nil, invalid("AutoScalingGroup name not found - AutoScalingGroup '%s' not found", name)
		}
	}
	if in.has("Filters") {
		return nil, notSupported("a filter of scaling activities")
	}
	type found struct {
		*group
		*activity
	}
	var all []found
	ids, since := in.strings("ActivityIds"), c.now.Add(-historyKept)
	for _, g := range groups {
		for _, a := range slices.Backward(g.activities) {
			if !a.started.Before(since) && (len(ids) == 0 || slices.Contains(ids, a.id)) {
				all = append(all, found{g, a})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		if a.ended.IsZero() != b.ended.IsZero() {
			if a.ended.IsZero() {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.started.UnixNano(), a.started.UnixNano())
	})
	all, next, err := autoscalingPage(all, in, 100, 100)
	if err != nil {
		return nil, err
	}
	out := []values{}
	for _, f := range all {
		out = append(out, f.group.describeActivity(f.activity))
	}
	return ec2Answer("Activities", out, next), nil
}
