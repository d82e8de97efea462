package awsapi

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// queue lets n callers of an urgency wait for a budget, and notes when each
// went.
type queue struct {
	clk  *clock.Virtual
	b    *budget
	mu   sync.Mutex
	went map[urgency][]time.Duration
	done sync.WaitGroup
}

func newQueue(top Rate) *queue {
	clk := clock.NewVirtual(epoch)
	return &queue{clk: clk, b: newBudget(clk, top), went: map[urgency][]time.Duration{}}
}

func (q *queue) call(t *testing.T, after time.Duration, u urgency, n int) {
	for range n {
		leave := q.clk.Join()
		q.done.Go(func() {
			defer leave()
			_ = q.clk.Sleep(t.Context(), after)
			if err := q.b.wait(t.Context(), u); err != nil {
				t.Error(err)
			}
			q.mu.Lock()
			defer q.mu.Unlock()
			q.went[u] = append(q.went[u], q.clk.Now().Sub(epoch))
		})
	}
}

// last is when the last one of an urgency went.
func (q *queue) last(u urgency) time.Duration {
	last := time.Duration(0)
	for _, at := range q.went[u] {
		last = max(last, at)
	}
	return last
}

func TestBudget_sendsTheWayBackFirst(t *testing.T) {
	q := newQueue(Rate{PerSecond: 10, Burst: 20})
	hold := q.clk.Join()
	q.call(t, 0, unhurried, 300)
	q.call(t, 10*time.Second, change, 50)
	q.call(t, 11*time.Second, wayBack, 10)
	hold()
	q.done.Wait()
	// Ten at ten a second, and what was asked a moment before it.
	if last := q.last(wayBack); last < 11*time.Second || last > 12500*time.Millisecond {
		t.Errorf("the way back was asked for until %s, want within a second after 11s, whatever waits", last)
	}
	if last := q.last(change); last > 17500*time.Millisecond {
		t.Errorf("changes went until %s, want ahead of the reads", last)
	}
	if last := q.last(unhurried); last < 33*time.Second || last > 36*time.Second {
		t.Errorf("all went within %s, want the 34s that 360 calls take of a bucket of 20 that fills by 10 a second", last)
	}
}

func TestBudget_slowsDownWhenThrottledAndRecovers(t *testing.T) {
	q := newQueue(Rate{PerSecond: 10, Burst: 10})
	for range 5 { // of one moment
		q.b.throttled()
	}
	if q.b.rate != 5 {
		t.Errorf("%g calls a second after a moment of throttling, want half", q.b.rate)
	}
	q.call(t, 0, single, 20)
	q.done.Wait()
	if took := q.last(single); took < 3*time.Second || took > 4*time.Second {
		t.Errorf("20 calls took %s at half the rate, want little less than 4s", took)
	}
	leave := q.clk.Join()
	_ = q.clk.Sleep(t.Context(), recovery)
	leave()
	q.b.leave(q.b.enter(single, 1))
	if q.b.turn(q.b.enter(single, 1)); q.b.rate != 10 {
		t.Errorf("%g calls a second after %s, want all of them", q.b.rate, recovery)
	}
}

func TestBudget_leavesTheQueueWithItsContext(t *testing.T) {
	q := newQueue(Rate{PerSecond: 1, Burst: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.b.wait(ctx, single); err != nil {
		t.Errorf("there was a call, and it was not given: %v", err)
	}
	if err := q.b.wait(ctx, single); err == nil || len(q.b.queue) > 0 {
		t.Errorf("%v, and %d wait still", err, len(q.b.queue))
	}
}

// Each region and account has its own.
func TestClients_budgetsOfTheirOwn(t *testing.T) {
	clk := clock.NewVirtual(epoch)
	one, other := &budgets{clock: clk, all: map[string]*budget{}}, &budgets{clock: clk, all: map[string]*budget{}}
	for range 50 {
		b := one.of(serviceAutoScaling, "DescribeInstanceRefreshes")
		if b.turn(b.enter(single, 1)) != 0 {
			t.Fatal("the burst is not there")
		}
	}
	for operation, want := range map[string]bool{"StartInstanceRefresh": true, "DescribeAutoScalingGroups": true} {
		b := one.of(serviceAutoScaling, operation)
		if waits := b.turn(b.enter(single, 1)) > 0; waits != want {
			t.Errorf("%s waits %v, want one budget for all of Auto Scaling", operation, waits)
		}
	}
	for i, b := range []*budget{other.of(serviceAutoScaling, "StartInstanceRefresh"), one.of(serviceEC2, "DescribeImages"), one.of(serviceCloudWatch, "DescribeAlarms")} {
		if b.turn(b.enter(single, 1)) != 0 {
			t.Errorf("%d: another region, or another service, waits too", i)
		}
	}
}

func TestShared_waitsForTheBudget(t *testing.T) {
	for _, n := range []int{1, 50} {
		t.Run(fmt.Sprint(n, " readers"), func(t *testing.T) {
			clk, f := clock.NewVirtual(epoch), &fetcher{}
			b := newBudget(clk, Rate{PerSecond: 1, Burst: 1})
			s := &shared[int]{clock: clk, fetch: f.fetch, budget: b, perCall: 100}
			together(clk, n, func(i int) {
				for range 3 {
					if _, err := s.get(t.Context(), fmt.Sprintf("group-%02d", i)); err != nil {
						t.Error(err)
					}
				}
			})
			// The first goes at once; the others when a second has brought a call.
			if passed := clk.Now().Sub(epoch).Round(10 * time.Millisecond); passed != 2050*time.Millisecond || len(f.asked) != 3 {
				t.Errorf("%d calls in %s, want 3 in 2.05s however many read", len(f.asked), passed)
			}
		})
	}
}

func TestClients_stretch(t *testing.T) {
	for _, c := range []struct {
		releases            int
		blind, beat, window time.Duration
	}{
		{1, 10 * time.Second, beat, gatherWindow}, {50, 10 * time.Second, beat, gatherWindow},
		{100, 20 * time.Second, beat, 100 * time.Millisecond}, {1000, 200 * time.Second, 10 * time.Second, time.Second},
	} {
		clk := clock.NewVirtual(epoch)
		clients := &Clients{clock: clk, born: epoch}
		for range c.releases {
			defer clients.Releasing()()
		}
		if b, s, w := clients.Beat(), clients.Stretch(10*time.Second), clients.window(); s != c.blind || b != c.beat || w != c.window {
			t.Errorf("%d releases: looked at every %s, groups every %s in %s; want %s, %s, %s", c.releases, s, b, w, c.blind, c.beat, c.window)
		}
	}
}
