package autoscaling

import "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

// serving counts the units in service, whatever they run.
func (g Group) serving() int {
	n := 0
	for _, i := range g.Instances {
		if i.LifecycleState == types.LifecycleStateInService {
			n += g.units(i)
		}
	}
	return n
}

// floor is the fewest units that a refresh leaves in service: AWS takes the
// minimum of what the group desires. Where weights leave no room, AWS replaces
// one instance all the same.
func (g Group) floor(r Release) int {
	low, _ := healthyRange(g, r.MinHealthy, r.MaxHealthy)
	if low == nil {
		return 0
	}
	floor := (g.Desired*int(*low) + 99) / 100
	if g.weighted {
		floor -= g.Heaviest() - 1
	}
	return max(floor, 0)
}
