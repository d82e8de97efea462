package rollout

import (
	"hash/fnv"
	"time"
)

// settled is how long after a change the target is looked at often.
const settled = 2 * time.Minute

// interval is how long to sleep before the next look: short soon after a
// change and while something is expected, long in a long pause.
func (p Plan) interval(s State, now time.Time) time.Duration {
	if (s.Phase == Pausing || s.Phase == Baking) && now.Sub(s.Since) >= settled {
		return p.Poll.Long
	}
	return p.Poll.Short
}

// jitter spreads the looks of many releases: it changes d by up to a tenth,
// the same way in every run of the same name.
func jitter(d time.Duration, name string, tick int) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	_, _ = h.Write([]byte{byte(tick), byte(tick >> 8)})
	tenths := int64(h.Sum32()%201) - 100 // -100 … 100 thousandths
	return d + time.Duration(int64(d)*tenths/1000)
}
