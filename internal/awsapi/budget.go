package awsapi

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// urgency is who goes first where all wait, the most urgent at 0.
type urgency int

const (
	wayBack   urgency = iota // what a release on its way back asks and reads
	gathered                 // one read for many releases
	change                   // what begins or goes on
	single                   // a read for one release, of what has moved
	unhurried                // a read for one release, in case it has moved
)

const (
	// slowest is the part of its rate that a budget keeps when AWS throttles
	// all the same, and recovery how long it takes from nothing to the whole.
	slowest  = 1.0 / 8
	recovery = 4 * time.Minute
	// budgetGrain is the shortest wait for one's turn.
	budgetGrain = 10 * time.Millisecond
)

// budget is what all releases together ask of one service in one account and
// region: a token bucket with a queue before it. AWS tells few of its rates,
// and others ask too, so that the rate is halved when an answer says that it
// was too much, and grows back.
//
// Nobody is woken by somebody else: whoever waits sleeps until it should be
// his turn, and looks again.
type budget struct {
	clock clock.Clock
	top   Rate // when nothing is throttled

	mu     sync.Mutex
	rate   float64 // calls a second, now
	tokens float64
	at     time.Time // when tokens was true
	slowed time.Time // when the rate was halved last
	queue  []*ticket // by urgency, then by arrival
}

// Rate is a token bucket.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// ticket is a place in the queue, for so many calls.
type ticket struct {
	urgency urgency
	calls   float64
}

func newBudget(clk clock.Clock, top Rate) *budget {
	return &budget{clock: clk, top: top, rate: top.PerSecond, tokens: top.Burst, at: clk.Now()}
}

// wait sleeps until a call may go.
func (b *budget) wait(ctx context.Context, u urgency) error {
	t := b.enter(u, 1)
	for {
		d := b.turn(t)
		if d == 0 {
			return nil
		}
		if err := b.clock.Sleep(ctx, d); err != nil {
			b.leave(t)
			return err
		}
	}
}

// enter takes a place in the queue.
func (b *budget) enter(u urgency, calls int) *ticket {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &ticket{urgency: u, calls: float64(calls)}
	n, _ := slices.BinarySearchFunc(b.queue, u, func(t *ticket, u urgency) int {
		if t.urgency <= u {
			return -1
		}
		return 1
	})
	b.queue = slices.Insert(b.queue, n, t)
	return t
}

// want changes for how many calls a place is.
func (b *budget) want(t *ticket, calls int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.calls = float64(calls)
}

// leave gives a place up.
func (b *budget) leave(t *ticket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := slices.Index(b.queue, t); n >= 0 {
		b.queue = slices.Delete(b.queue, n, n+1)
	}
}

// turn takes the ticket's calls when there are enough for all before it too;
// otherwise it says when to ask again.
func (b *budget) turn(t *ticket) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill()
	ahead, at := 0.0, 0
	for ; b.queue[at] != t; at++ {
		ahead += b.queue[at].calls
	}
	// More than the bucket holds goes into debt.
	missing := min(ahead+t.calls, max(b.top.Burst, ahead+1)) - b.tokens
	if missing <= 0 {
		b.tokens -= t.calls
		b.queue = slices.Delete(b.queue, at, at+1)
		return 0
	}
	return max(time.Duration(missing/b.rate*float64(time.Second)), budgetGrain)
}

// refill adds what has come since. The caller holds mu.
func (b *budget) refill() {
	now := b.clock.Now()
	passed := now.Sub(b.at).Seconds()
	b.at = now
	b.rate = min(b.top.PerSecond, b.rate+b.top.PerSecond*passed/recovery.Seconds())
	b.tokens = min(b.top.Burst, b.tokens+b.rate*passed)
}

// throttled hears that AWS refused a call for its rate.
func (b *budget) throttled() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill()
	b.tokens = min(b.tokens, 0)
	if b.at.Sub(b.slowed) < time.Second && !b.slowed.IsZero() {
		return // the same trouble
	}
	b.slowed, b.rate = b.at, max(b.rate/2, b.top.PerSecond*slowest)
}
