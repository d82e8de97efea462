package awsapi

import "time"

const (
	// beat is how often the groups of all releases are read in one call.
	beat = 2500 * time.Millisecond
	// beatCalls is how many calls a second the beats may take: a part of the
	// budget of Auto Scaling.
	beatCalls = 1.0
	// blindCalls is how many calls a second may look at single releases that
	// do not move: half of that budget.
	blindCalls = 5.0
	// longestWindow is the longest that a read waits for others to join it.
	longestWindow = time.Second
)

// Releasing counts a release that is under way until done is called. The more
// there are, the longer are the intervals.
func (c *Clients) Releasing() (done func()) {
	c.releases.Add(1)
	return func() { c.releases.Add(-1) }
}

// Beat is how long it is to the next moment at which all releases look at
// their groups together, in as few calls as there can be.
func (c *Clients) Beat() time.Duration {
	every := beat
	if calls := float64((c.releases.Load() + groupsPerCall - 1) / groupsPerCall); calls > beatCalls*beat.Seconds() {
		every = time.Duration(calls / beatCalls * float64(time.Second))
	}
	return every - c.clock.Now().Sub(c.born)%every
}

// Stretch makes an interval in which each release is looked at by itself as
// long as the budget for all of them asks for.
func (c *Clients) Stretch(d time.Duration) time.Duration {
	return max(d, time.Duration(float64(c.releases.Load())/blindCalls*float64(time.Second)))
}

// window is how long a read of a group waits for others to join it: where
// single looks have to queue, the reads that follow them come one by one.
func (c *Clients) window() time.Duration {
	return min(max(gatherWindow, time.Duration(c.releases.Load())*time.Millisecond), longestWindow)
}
