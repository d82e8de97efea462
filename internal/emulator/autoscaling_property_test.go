package emulator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// moments runs the timeline moment by moment and looks after each one, until
// look says that it has seen enough.
func (f *fleet) moments(look func(g *group) (enough bool)) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.region(testRegion).autoscaling.groups[fleetName]
	for limit := f.now.Add(15 * 24 * time.Hour); len(f.timeline) > 0 && f.now.Before(limit); {
		f.advance(f.timeline[0].at)
		if look(g) {
			return
		}
	}
	f.t.Fatal("the timeline came to its end")
}

// promised is what the preferences of a refresh promise: with a desired
// capacity of n so many serve at least, and so many are there at most. Where
// the percentages leave no room, one instance is replaced all the same.
func promised(n, least, most int) (floor, ceiling int) {
	floor, ceiling = int(math.Ceil(float64(n)*float64(least)/100)), n*most/100
	if (least == 100 || most > 100) && ceiling == n {
		ceiling++
	}
	if least < 100 && most == 100 && floor == n {
		floor--
	}
	return max(floor, 0), ceiling
}

// TestRefreshProperties: whatever the size and the preferences, a refresh
// keeps what it promises at every moment and ends with every instance new.
func TestRefreshProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		size := i
		if i > 40 {
			size = random.IntN(201)
		}
		least := []int{0, 10, 50, 75, 90, 100}[random.IntN(6)]
		most := min(100+[]int{0, 1, 10, 50, 100}[random.IntN(5)], least+100)
		warmup := []int{0, 1, 30, 300}[random.IntN(4)]
		skip, already := random.IntN(2) == 0, random.IntN(size+1)
		steps := [][]int{nil, {100}, {10, 50, 100}, {1, 2, 3, 100}, {33, 66, 100}}[random.IntN(5)]
		switches := Switches{
			CheckpointsCountRemaining: random.IntN(2) == 0, FinalCheckpointWaits: random.IntN(2) == 0,
		}
		name := fmt.Sprintf("%d: size %d, %d/%d, warm-up %d, skip %t, %d new already, steps %v", i, size, least, most, warmup, skip, already, steps)
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, fleetOptions{switches: switches, size: size, max: 2*size + 1})
			f.bringTo(2, already)
			in := values{"MinHealthyPercentage": least, "MaxHealthyPercentage": most, "InstanceWarmup": warmup, "SkipMatching": skip, "BakeTime": 60}
			if steps != nil {
				in["CheckpointPercentages"], in["CheckpointDelay"] = steps, 60
			}
			floor, ceiling := promised(size, least, most)
			f.start(f.to(2, in))
			f.moments(func(g *group) bool {
				serving, live := 0, 0
				for _, m := range g.members {
					if m.usable() {
						serving++
					}
					if m.live() {
						live++
					}
				}
				if serving < floor || live > ceiling {
					t.Fatalf("%d serve of %d live, want at least %d and at most %d: %v", serving, live, floor, ceiling, g.active())
				}
				return g.active() == nil
			})
			check(t, "status", f.refresh().str("Status"), "Successful")
			check(t, "new instances", f.versions()[2], size)
			check(t, "old instances", f.versions()[1], 0)
			check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "2")
		})
	}
}

// bringTo makes so many instances look as if they ran a version already.
func (f *fleet) bringTo(version int64, count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.region(testRegion).autoscaling.groups[fleetName].members[:count] {
		m.version = version
	}
}
