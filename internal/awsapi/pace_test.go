package awsapi

import (
	"slices"
	"testing"
	"time"
)

// TestPace: whatever comes at once, no second sees more than Lambda's 15, and
// a change never waits behind all of the reads that came before it.
func TestPace(t *testing.T) {
	for _, tc := range []struct {
		reads, writes int
		longest       time.Duration // that a change waits
	}{{200, 0, 0}, {0, 100, 8 * time.Second}, {100, 20, 4 * time.Second}, {1000, 1, time.Second}} {
		var p pace
		now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		var due []time.Duration
		for range tc.reads {
			due = append(due, p.reserve(now, true))
		}
		for n := range tc.writes {
			d := p.reserve(now, false)
			due = append(due, d)
			if d > tc.longest {
				t.Errorf("change %d waits %s behind %d reads", n, d, tc.reads)
			}
		}
		slices.Sort(due)
		for n := 0; n+15 < len(due); n++ {
			if due[n+15]-due[n] < time.Second {
				t.Fatalf("%d reads and %d changes: 16 within a second from %s", tc.reads, tc.writes, due[n])
			}
		}
		if all := due[len(due)-1]; all > time.Duration(tc.reads/8+tc.writes/13+1)*time.Second {
			t.Errorf("%d reads and %d changes take %s", tc.reads, tc.writes, all)
		}
	}
}
