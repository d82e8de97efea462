package autoscaling

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// Scope says which instances a release leaves alone.
type Scope struct {
	IgnoreProtected bool // scale-in-protected ones
	IgnoreStandby   bool
	// Version is the one that is released. A protected instance that runs it
	// is in scope all the same: a group may protect all that it launches.
	Version Template
}

// scoped are the instances that a release covers and that serve, or are about to.
func (g Group) scoped(s Scope) []types.Instance {
	var out []types.Instance
	for _, i := range g.Instances {
		switch state := string(i.LifecycleState); {
		case strings.HasPrefix(state, "Terminat"), strings.HasPrefix(state, "Warmed"), strings.HasPrefix(state, "Detach"):
		case s.IgnoreStandby && strings.Contains(state, "Standby"):
		case s.ignoresProtected(i):
		default:
			out = append(out, i)
		}
	}
	return out
}

func (s Scope) ignoresProtected(i types.Instance) bool {
	return s.IgnoreProtected && aws.ToBool(i.ProtectedFromScaleIn) && (s.Version.ID == "" || templateOf(i.LaunchTemplate) != s.Version)
}

// Shares is the share of each template version in percent of the capacity that
// is in scope and in service. Instances whose type has a template of its own
// are out of a release's reach.
func (g Group) Shares(s Scope) map[string]float64 {
	counts := map[string]int{}
	total := 0
	for _, i := range g.scoped(s) {
		if !pending(i) && !g.overridden(i) {
			counts[templateOf(i.LaunchTemplate).key(i)] += g.units(i)
			total += g.units(i)
		}
	}
	out := map[string]float64{}
	for name, n := range counts {
		out[name] = 100 * float64(n) / float64(total)
	}
	return out
}

// key is the name under which an instance counts in live.
func (t Template) key(i types.Instance) string {
	if i.LaunchTemplate == nil {
		return NoTemplate
	}
	return t.String()
}

// units is what an instance counts for: in a group with weights the capacity
// is counted in them.
func (g Group) units(i types.Instance) int {
	if !g.weighted {
		return 1
	}
	n, err := strconv.Atoi(aws.ToString(i.WeightedCapacity))
	if err != nil {
		return 1 // attached by hand
	}
	return max(n, 1)
}

// Heaviest is the largest weight that the group launches, 1 without weights:
// as much more than was asked for can come at once.
func (g Group) Heaviest() int {
	most := 1
	for _, o := range overrides(g.Policy) {
		if n, err := strconv.Atoi(aws.ToString(o.WeightedCapacity)); err == nil {
			most = max(most, n)
		}
	}
	return most
}

func overrides(p *types.MixedInstancesPolicy) []types.LaunchTemplateOverrides {
	if p == nil || p.LaunchTemplate == nil {
		return nil
	}
	return p.LaunchTemplate.Overrides
}

// runs reports whether an instance runs the wanted version: the wanted
// template's, or the one that the group's policy names for its own type.
func (g Group) runs(i types.Instance, want Template) bool {
	return templateOf(i.LaunchTemplate) == want || g.overridden(i)
}

// overridden reports whether an instance runs a template of its own that the
// group's policy names for its type. No release of the group's template ever
// changes what it runs.
func (g Group) overridden(i types.Instance) bool {
	if i.LaunchTemplate == nil {
		return false
	}
	return slices.ContainsFunc(overrides(g.Policy), func(o types.LaunchTemplateOverrides) bool {
		return o.LaunchTemplateSpecification != nil && templateOf(o.LaunchTemplateSpecification) == templateOf(i.LaunchTemplate) &&
			(o.InstanceType == nil || i.InstanceType == nil || *o.InstanceType == *i.InstanceType)
	})
}

// count tells how many units in scope run the version, how many of those are
// in service and healthy, and how many there are.
func (g Group) count(s Scope, want Template) (running, healthy, all int) {
	for _, i := range g.scoped(s) {
		all += g.units(i)
		if !g.runs(i, want) {
			continue
		}
		running += g.units(i)
		if i.LifecycleState == types.LifecycleStateInService && strings.EqualFold(aws.ToString(i.HealthStatus), "Healthy") ||
			strings.Contains(string(i.LifecycleState), "Standby") {
			healthy += g.units(i)
		}
	}
	return running, healthy, all
}

// Running is how many instances in scope run the version.
func (g Group) Running(s Scope, want Template) int {
	n := 0
	for _, i := range g.scoped(s) {
		if g.runs(i, want) {
			n++
		}
	}
	return n
}

// running is how many units in scope run the version.
func (g Group) running(s Scope, want Template) int {
	n, _, _ := g.count(s, want)
	return n
}

// size is how many units in scope there are apart from the surge of a refresh
// that launches before it terminates.
func (g Group) size(s Scope) int {
	all, live := 0, 0
	for _, i := range g.scoped(s) {
		all += g.units(i)
	}
	for _, i := range g.scoped(Scope{}) {
		if !strings.Contains(string(i.LifecycleState), "Standby") {
			live += g.units(i)
		}
	}
	return max(min(all, 1), all-max(0, live-g.Desired))
}

func pending(i types.Instance) bool { return strings.HasPrefix(string(i.LifecycleState), "Pending") }

// wholly reports whether every instance in scope serves the version and the
// group would launch it. A group whose first instances are still to come, as
// one that was made a moment ago, serves nothing.
func (g Group) wholly(s Scope, want Template) bool {
	_, healthy, all := g.count(s, want)
	return g.Saved == want && healthy == all && (len(g.Instances) > 0 || g.Desired == 0)
}

// coming reports whether all that keeps a group from wholly serving the
// version are instances of it that are being launched, as when the group
// scales out: nothing about them is wrong yet.
func (g Group) coming(s Scope, want Template) bool {
	_, healthy, all := g.count(s, want)
	for _, i := range g.scoped(s) {
		if pending(i) && g.runs(i, want) {
			healthy += g.units(i)
		}
	}
	return g.Saved == want && healthy == all
}

// percent is the share of the capacity in scope that runs the version.
func (g Group) percent(s Scope, want Template) float64 {
	running, _, all := g.count(s, want)
	if all == 0 {
		if g.Saved == want {
			return 100
		}
		return 0
	}
	return 100 * float64(running) / float64(all)
}

// busy reports whether instances are on their way in or out.
func (g Group) busy() bool {
	for _, i := range g.Instances {
		if pending(i) || strings.HasPrefix(string(i.LifecycleState), "Terminating") {
			return true
		}
	}
	return false
}
