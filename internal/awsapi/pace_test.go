package awsapi

import (
	"testing"
	"time"
)

// TestPace: whatever comes at once, no second sees more than Lambda's 15, and
// a change never waits behind the reads that came before it.
func TestPace(t *testing.T) {
	for _, tc := range []struct{ reads, writes int }{{200, 0}, {0, 100}, {100, 20}} {
		var p pace
		now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		var due []time.Duration
		for range tc.reads {
			due = append(due, max(0, p.reserve(now, true)))
		}
		for n := range tc.writes {
			d := max(0, p.reserve(now, false))
			due = append(due, d)
			if limit := time.Duration(n+1) * paceWrites; d > limit {
				t.Errorf("change %d waits %s behind %d reads", n, d, tc.reads)
			}
		}
		if tc.reads > 0 && tc.writes > 0 {
			continue // what was promised to the reads before is kept
		}
		for _, from := range due {
			within := 0
			for _, d := range due {
				if d >= from && d < from+time.Second {
					within++
				}
			}
			if within > 15 {
				t.Fatalf("%d reads and %d changes: %d within a second from %s", tc.reads, tc.writes, within, from)
			}
		}
	}
}
