package simulate

import "time"

// Group is what is released onto.
type Group struct {
	Desired  int // the desired capacity, in instances
	Ignored  int // of them, out of the release's scope
	Matching int // of those in scope, running the version already and left alone
	MaxSize  int // the most that the group may have; 0 is no limit
}

// Strategy is how a release travels.
type Strategy struct {
	Steps    []int // in percent, ascending; 100 is implied as the last
	Pause    time.Duration
	Bake     time.Duration
	HoldAt   int  // the step at which the release ends; 0 is none
	From     int  // the share that was held before: steps up to it are not taken again
	Stepwise bool // each step is a refresh of its own, and pauses in any case

	MinHealthy, MaxHealthy int // percentages of the desired capacity
	Warmup                 time.Duration
	// Replacement is how long one instance takes at most besides its warm-up:
	// launched, booted and healthy, the one it replaces drained and gone.
	Replacement time.Duration
}

// Step is one step as a group of this size takes it.
type Step struct {
	Percent   int
	Instances int  // that run the version when it has arrived
	Replaced  int  // by this step
	Batches   int  // the fewest that this takes
	Paused    bool // false where the next step is reached by the same instance
}

// Batch is what is replaced at once.
type Batch struct {
	Percent     int // the step that it belongs to
	Instances   int
	Least, Most int // in service meanwhile
}

// Bounds are what a release does at least and at most.
type Bounds struct {
	Steps   []Step
	Batches []Batch
	// Skipped are the percentages without a pause of their own: the group is
	// too small for an instance between them and the next.
	Skipped           []int
	Least, Most       int // in service, whichever way AWS counts
	Shortest, Longest time.Duration
}

// perRefresh is what a refresh takes besides its instances: pending, being
// cancelled for the next step, and being looked at.
const perRefresh = 2 * time.Minute

// Rollout works out the bounds of a release.
func Rollout(g Group, s Strategy) Bounds {
	var out Bounds
	for n, r := range readings(g) {
		c := walk(g, s, r)
		if n == 0 { // the likeliest is what is told in detail
			out = Bounds{Steps: c.steps, Batches: c.batches, Skipped: c.skipped, Least: c.least, Most: c.most, Shortest: c.shortest, Longest: c.longest}
			continue
		}
		out.Least, out.Most = min(out.Least, c.least), max(out.Most, c.most)
		out.Shortest, out.Longest = min(out.Shortest, c.shortest), max(out.Longest, c.longest)
	}
	return out
}
