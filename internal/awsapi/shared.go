package awsapi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

const (
	// gatherWindow is how long a read waits for others to join it.
	gatherWindow = 50 * time.Millisecond
	// sharedAttempts bounds how often a shared read is tried.
	sharedAttempts = 10
	// longestBackoff is between two tries of a shared read.
	longestBackoff = 20 * time.Second
)

// shared gathers the reads of many releases into few calls. Each reader
// sleeps until its batch is due; the first to wake calls AWS for all, once,
// without the SDK's own retries: nobody then sleeps while others wait for
// him, and after a failure each sleeps and tries again for himself.
type shared[T any] struct {
	clock clock.Clock
	// fetch makes the calls for names, which holds each name once. What
	// does not exist is left out of its answer.
	fetch func(ctx context.Context, names []string) (map[string]T, error)
	// window is how long a batch gathers; nil means gatherWindow.
	window func() time.Duration
	// budget is what the calls draw on, one for each perCall names; nil is
	// none.
	budget  *budget
	perCall int

	reached atomic.Bool // whether the service ever answered

	mu   sync.Mutex
	next *batch[T]
}

type batch[T any] struct {
	due    time.Time
	ticket *ticket // its place in the budget's queue, once it is due
	closed bool
	names  []string
	known  map[string]bool
	once   sync.Once
	found  map[string]T
	err    error
}

// get reads the named things. What does not exist is left out.
func (s *shared[T]) get(ctx context.Context, names ...string) (map[string]T, error) {
	for attempt := 1; ; attempt++ {
		found, err := s.try(ctx, names)
		if err == nil {
			return found, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if attempt == sharedAttempts || !worthRetrying(err) || attempt == unreachableAttempts && !s.reached.Load() {
			return nil, err
		}
		backoff := min(time.Second<<(attempt-1), longestBackoff)
		if err := s.clock.Sleep(ctx, backoff); err != nil {
			return nil, err
		}
	}
}

func (s *shared[T]) try(ctx context.Context, names []string) (map[string]T, error) {
	b := s.join(names)
	for wait := s.ready(b); wait > 0; wait = s.ready(b) {
		if err := s.clock.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
	b.once.Do(func() {
		b.found, b.err = s.fetch(paid(ctx), b.names)
		if !isUnreachable(b.err) {
			s.reached.Store(true)
		}
	})
	if b.err != nil {
		return nil, b.err
	}
	mine := make(map[string]T, len(names))
	for _, name := range names {
		if item, ok := b.found[name]; ok {
			mine[name] = item
		}
	}
	return mine, nil
}

// join enters names into the batch that is gathering.
func (s *shared[T]) join(names []string) *batch[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		window := gatherWindow
		if s.window != nil {
			window = s.window()
		}
		s.next = &batch[T]{due: s.clock.Now().Add(window), known: map[string]bool{}}
	}
	for _, name := range names {
		if !s.next.known[name] {
			s.next.known[name] = true
			s.next.names = append(s.next.names, name)
		}
	}
	return s.next
}

// ready ends the gathering of b when that is due and the budget has its calls,
// and otherwise says how long it gathers still. Each reader waits for the
// budget himself, as for the batch: one who slept for all, while they wait for
// his answer, would stop a virtual clock.
func (s *shared[T]) ready(b *batch[T]) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.closed {
		return 0
	}
	now := s.clock.Now()
	if d := b.due.Sub(now); d > 0 {
		return d
	}
	if s.budget != nil {
		if b.ticket == nil {
			b.ticket = s.budget.enter(gathered, 0)
		}
		s.budget.want(b.ticket, (len(b.names)+s.perCall-1)/s.perCall)
		if d := s.budget.turn(b.ticket); d > 0 {
			b.due = now.Add(d)
			return d
		}
	}
	b.closed, s.next = true, nil
	return 0
}

// once turns off the SDK's retries for a shared call.
func once() aws.Retryer { return aws.NopRetryer{} }

// worthRetrying tells passing troubles: throttling, a failing service, a lost
// answer, credentials that were renewed, or the end of the reader that called
// for all.
func worthRetrying(err error) bool {
	if isRenewed(err) || IsThrottled(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && status.HTTPStatusCode() >= 500 {
		return true
	}
	return Code(err) == "" // no answer came
}

// notFound says that AWS does not know the named thing.
func notFound(kind, name string) error {
	return fmt.Errorf("%s %q: %w", kind, name, ErrNotFound)
}
