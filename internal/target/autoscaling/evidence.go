package autoscaling

import (
	"context"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

const (
	// maxWitnesses is how many failed instances are looked into closely.
	maxWitnesses = 3
	// activitiesEvery is how often scaling activities are read on the way:
	// AWS throttles whoever reads them in every look.
	activitiesEvery = 30 * time.Second
	// consoleLines is how much of an instance's console output is told.
	consoleLines = 8
)

// evidence is what was seen of new instances that went bad, noted while they
// are there: AWS replaces them within a minute or two.
type evidence struct {
	began   time.Time
	looked  time.Time         // when the activities were read last
	old     map[string]bool   // instances that were there before
	fresh   map[string]bool   // new ones seen
	givenUp map[string]bool   // new ones found unhealthy
	told    map[string]string // what their target groups and consoles said
	served  map[string]bool   // new ones that a target group called healthy
	reasons map[string]string // why one called a new one unhealthy: gone once it drains
}

func newEvidence() evidence {
	return evidence{old: map[string]bool{}, fresh: map[string]bool{}, givenUp: map[string]bool{}, told: map[string]string{},
		served: map[string]bool{}, reasons: map[string]string{}}
}

func (e *evidence) begin(g Group, r Release) {
	for _, i := range g.Instances {
		if !g.runs(i, r.Template) {
			e.old[aws.ToString(i.InstanceId)] = true
		}
	}
}

// note looks at new instances that are unhealthy or on their way out.
func (e *evidence) note(ctx context.Context, t *Target, g Group) {
	if e.began.IsZero() {
		e.began = t.clock.Now().Add(-time.Minute) // AWS's clock and ours may differ
	}
	e.listen(ctx, t, g)
	for _, i := range g.Instances {
		id := aws.ToString(i.InstanceId)
		if !g.runs(i, t.release.Template) || e.givenUp[id] {
			continue
		}
		e.fresh[id] = true
		if !strings.EqualFold(aws.ToString(i.HealthStatus), "Unhealthy") {
			continue
		}
		e.givenUp[id] = true
		if len(e.told) < maxWitnesses {
			e.told[id] = t.witness(ctx, g, id)
		}
	}
	if now := t.clock.Now(); t.release.MaxFailed > 0 && t.refresh != "" && now.Sub(e.looked) >= activitiesEvery {
		e.looked = now
		for _, a := range t.activities(ctx, e.began, newActivities) {
			e.count(a)
		}
	}
}

var instanceID = regexp.MustCompile(`\bi-[0-9a-f]+\b`)

// count adds what an activity says about new instances: a launch that failed,
// or one taken out of service by a health check.
func (e *evidence) count(a types.Activity) {
	id := instanceID.FindString(aws.ToString(a.Description))
	switch cause := aws.ToString(a.Cause); {
	case abandoned(a):
		e.givenUp[id] = true
	case failed(a):
		e.givenUp[aws.ToString(a.ActivityId)] = true
	case id == "" || e.old[id]:
	case strings.Contains(cause, "health check") || strings.Contains(cause, "health-check"):
		e.givenUp[id] = true
	}
}

// Diagnose tells what can be known about a failure, a finding a line: failed
// launches, unhealthy new instances and their reasons, firing alarms.
func (t *Target) Diagnose(ctx context.Context, _ rollout.State) string {
	ctx = awsapi.OnWayBack(ctx) // which waits for it
	var lines []string
	if g, err := findGroup(ctx, t.clients, t.release.Group); err == nil {
		t.evidence.note(ctx, t, g)
		lines = append(append(lines, t.unhealthy(ctx, g)...), suspended(g)...)
	}
	lines = append(lines, t.alarming(ctx)...)
	n := 0
	for _, a := range t.activities(ctx, t.evidence.began, allActivities) {
		t.evidence.count(a)
		if n < maxWitnesses && (failed(a) || abandoned(a)) {
			n++
			lines = append(lines, "scaling activity failed: "+whatFailed(a))
		}
	}
	lines = append(lines, t.held(ctx)...)
	return strings.Join(lines, "\n")
}

// unhealthy tells of the instances noted, and of new ones whose target group
// does not call them healthy.
func (t *Target) unhealthy(ctx context.Context, g Group) []string {
	for _, i := range g.scoped(t.release.Scope) {
		id := aws.ToString(i.InstanceId)
		if len(t.evidence.told) >= maxWitnesses || !g.runs(i, t.release.Template) || t.evidence.told[id] != "" || t.evidence.old[id] {
			continue
		}
		if text := t.witness(ctx, g, id); strings.Contains(text, "target group") {
			t.evidence.told[id] = text
		}
	}
	var lines []string
	for _, text := range t.evidence.told {
		if text != "" {
			lines = append(lines, text)
		}
	}
	sort.Strings(lines)
	if n := len(t.evidence.givenUp); n > 0 {
		lines = append([]string{fmt.Sprintf("%d new instances were found unhealthy", n)}, lines...)
	}
	return lines
}

func (t *Target) alarming(ctx context.Context) []string {
	alarms, err := t.clients.Alarms(ctx, t.heeded...)
	if err != nil {
		return nil
	}
	var lines []string
	for _, name := range t.heeded {
		if a := alarms[name]; a.Firing() {
			lines = append(lines, fmt.Sprintf("alarm %s is in ALARM: %s", name, a.Reason))
		}
	}
	return lines
}
