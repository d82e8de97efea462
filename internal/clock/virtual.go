package clock

import (
	"context"
	"sync"
	"time"
)

// settleTime is how long (really) all workers must have been asleep before a
// virtual clock moves: time for a late worker to join.
const settleTime = time.Millisecond

// Virtual is a clock for tests. It moves to the earliest wake-up when every
// joined worker sleeps and a moment of real time brought nothing new, so any
// number of concurrent waits cost no real time and always take the same
// virtual time. A clock whose Sleep moves the time itself would run fast as
// soon as two workers share it.
type Virtual struct {
	mu       sync.Mutex
	now      time.Time
	workers  int
	sleepers []*sleeper
	changes  int // counts joins, leaves, sleeps and wake-ups
}

type sleeper struct {
	until time.Time
	woken chan struct{}
}

// NewVirtual is a clock that shows start until its workers sleep.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start} }

// Now is the virtual time.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Join counts one more worker until leave is called; leave may be called twice.
func (v *Virtual) Join() func() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.workers++
	v.changes++
	return sync.OnceFunc(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.workers--
		v.settle()
	})
}

// Sleep waits until the clock has moved by d, or ctx ends.
func (v *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	if err := context.Cause(ctx); err != nil || d <= 0 {
		return err
	}
	s := v.enqueue(d)
	select {
	case <-s.woken:
		return nil
	case <-ctx.Done():
		v.drop(s)
		return context.Cause(ctx)
	}
}

func (v *Virtual) enqueue(d time.Duration) *sleeper {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := &sleeper{until: v.now.Add(d), woken: make(chan struct{})}
	v.sleepers = append(v.sleepers, s)
	v.settle()
	return s
}

func (v *Virtual) drop(gone *sleeper) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.changes++
	for i, s := range v.sleepers {
		if s == gone {
			v.sleepers = append(v.sleepers[:i], v.sleepers[i+1:]...)
			return
		}
	}
}

// settle moves time on once everybody sleeps and nothing changes for
// settleTime. The caller holds mu.
func (v *Virtual) settle() {
	v.changes++
	if len(v.sleepers) == 0 || len(v.sleepers) < v.workers {
		return
	}
	seen := v.changes
	time.AfterFunc(settleTime, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.changes == seen {
			v.wakeEarliest()
		}
	})
}

func (v *Virtual) wakeEarliest() {
	earliest := v.sleepers[0].until
	for _, s := range v.sleepers {
		if s.until.Before(earliest) {
			earliest = s.until
		}
	}
	v.now = earliest
	v.changes++
	var still []*sleeper
	for _, s := range v.sleepers {
		if s.until.After(earliest) {
			still = append(still, s)
		} else {
			close(s.woken)
		}
	}
	v.sleepers = still
	v.settle() // a sleeper that is no worker must not hold the others for ever
}
