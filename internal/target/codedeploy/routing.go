package codedeploy

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// longestShift is how long CodeDeploy may take from the first to the last
// shift of a Lambda deployment.
const longestShift = 2880 * time.Minute

// Routing is how a deployment configuration shifts traffic. The zero value is
// all at once.
type Routing struct {
	Percent  int
	Interval time.Duration
	// Linear shifts Percent again and again; otherwise the rest comes at once.
	Linear bool
}

// RoutingOf is the configuration that takes a plan's steps, or what CodeDeploy
// cannot do of them.
func RoutingOf(steps []rollout.Step) (r Routing, fault string) {
	var shares []int
	for _, s := range steps {
		if s.Percent > 0 && s.Percent < 100 {
			shares, r.Interval = append(shares, s.Percent), s.Pause
		}
	}
	if len(shares) == 0 {
		return Routing{}, ""
	}
	r.Percent, r.Linear = shares[0], len(shares) > 1
	for i, share := range shares {
		if share != r.Percent*(i+1) {
			return r, fmt.Sprintf("the steps %v are neither a canary, one step such as [10], nor linear, equal steps up to the end such as [25, 50, 75]", shares)
		}
	}
	if last := shares[len(shares)-1]; r.Linear && last+r.Percent < 100 {
		return r, fmt.Sprintf("the steps %v leave more than one step of %d %% to the end: CodeDeploy would go on in such steps; give all of them", shares, r.Percent)
	}
	switch {
	case r.Interval < time.Minute || r.Interval%time.Minute != 0:
		return r, fmt.Sprintf("the pause is %s, and CodeDeploy waits whole minutes, at least one", r.Interval)
	case r.Interval*time.Duration(len(shares)) > longestShift:
		return r, fmt.Sprintf("the pauses take %s, and CodeDeploy takes at most 48 hours from the first to the last shift", r.Interval*time.Duration(len(shares)))
	}
	return r, ""
}

// String words the routing.
func (r Routing) String() string {
	switch {
	case r.Percent == 0:
		return "all at once"
	case r.Linear:
		return fmt.Sprintf("linear, %d %% every %d minutes", r.Percent, r.minutes())
	}
	return fmt.Sprintf("canary, %d %% for %d minutes", r.Percent, r.minutes())
}

func (r Routing) minutes() int { return int(r.Interval / time.Minute) }

// Configuration is the name of a deployment configuration for the routing: one
// of CodeDeploy's own, or one named after what it does.
func (r Routing) Configuration() string {
	own := func(minutes ...int) bool {
		for _, m := range minutes {
			if r.Percent == 10 && r.minutes() == m {
				return true
			}
		}
		return false
	}
	switch {
	case r.Percent == 0:
		return "CodeDeployDefault.LambdaAllAtOnce"
	case r.Linear && own(1):
		return "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"
	case r.Linear && own(2, 3, 10):
		return fmt.Sprintf("CodeDeployDefault.LambdaLinear10PercentEvery%dMinutes", r.minutes())
	case r.Linear:
		return fmt.Sprintf("awsdeploy-linear-%d-percent-every-%d-minutes", r.Percent, r.minutes())
	case own(5, 10, 15, 30):
		return fmt.Sprintf("CodeDeployDefault.LambdaCanary10Percent%dMinutes", r.minutes())
	}
	return fmt.Sprintf("awsdeploy-canary-%d-percent-%d-minutes", r.Percent, r.minutes())
}

// input is the routing in CodeDeploy's words.
func (r Routing) input() *types.TrafficRoutingConfig {
	percent, minutes := int32(r.Percent), int32(r.minutes())
	switch {
	case r.Percent == 0:
		return &types.TrafficRoutingConfig{Type: types.TrafficRoutingTypeAllAtOnce}
	case r.Linear:
		return &types.TrafficRoutingConfig{Type: types.TrafficRoutingTypeTimeBasedLinear,
			TimeBasedLinear: &types.TimeBasedLinear{LinearPercentage: percent, LinearInterval: minutes}}
	}
	return &types.TrafficRoutingConfig{Type: types.TrafficRoutingTypeTimeBasedCanary,
		TimeBasedCanary: &types.TimeBasedCanary{CanaryPercentage: percent, CanaryInterval: minutes}}
}

// routing reads a configuration; ok is false for one that is none of Lambda's.
func routing(info *types.DeploymentConfigInfo) (r Routing, ok bool) {
	if info == nil || info.TrafficRoutingConfig == nil {
		return r, false
	}
	switch t := info.TrafficRoutingConfig; {
	case t.Type == types.TrafficRoutingTypeAllAtOnce:
		return r, true
	case t.TimeBasedLinear != nil:
		r = Routing{Percent: int(t.TimeBasedLinear.LinearPercentage), Interval: time.Duration(t.TimeBasedLinear.LinearInterval) * time.Minute, Linear: true}
	case t.TimeBasedCanary != nil:
		r = Routing{Percent: int(t.TimeBasedCanary.CanaryPercentage), Interval: time.Duration(t.TimeBasedCanary.CanaryInterval) * time.Minute}
	}
	return r, r.Percent > 0
}

// same tells two routings that shift alike: a linear one of at least half each
// time shifts twice, as a canary does.
func (r Routing) same(o Routing) bool {
	r.Linear, o.Linear = r.Linear && r.Percent < 50, o.Linear && o.Percent < 50
	return r == o
}
