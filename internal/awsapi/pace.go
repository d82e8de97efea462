package awsapi

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Lambda lets an account make 15 requests a second in a region, of all
// operations together that are not invocations, GetFunction or GetPolicy, and
// counts everybody's:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	paceAll   = 14 // in any second
	paceReads = 9  // of them, so that changes need not wait behind reads
	paceGrain = 10 * time.Millisecond
)

// pace spreads the requests of all releases, so that many of them stay inside
// a rate that they share. A change goes ahead of the reads that wait: it may
// be the way back.
type pace struct {
	clock clock.Clock

	mu    sync.Mutex
	turns []time.Time // taken, from a second ago on, in order
	reads []time.Time // those of reads
}

// wait sleeps until a request may go.
func (p *pace) wait(ctx context.Context, operation string) error {
	if paceless(operation) {
		return nil
	}
	return p.clock.Sleep(ctx, p.reserve(p.clock.Now(), paceRead(operation)))
}

// reserve takes the next turn and says how long it is till then.
func (p *pace) reserve(now time.Time, read bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turns, p.reads = recent(p.turns, now), recent(p.reads, now)
	at := now
	if n := len(p.reads); read && n > 0 && p.reads[n-1].After(at) {
		at = p.reads[n-1] // reads keep their order
	}
	for !room(p.turns, at, paceAll) || read && !room(p.reads, at, paceReads) {
		at = at.Add(paceGrain)
	}
	p.turns = put(p.turns, at)
	if read {
		p.reads = put(p.reads, at)
	}
	return at.Sub(now)
}

// recent leaves out turns that are over for more than a second.
func recent(turns []time.Time, now time.Time) []time.Time {
	n := 0
	for n < len(turns) && turns[n].Before(now.Add(-time.Second)) {
		n++
	}
	return turns[n:]
}

func put(turns []time.Time, at time.Time) []time.Time {
	n, _ := slices.BinarySearchFunc(turns, at, time.Time.Compare)
	return slices.Insert(turns, n, at)
}

// room tells that no second with one more turn in it holds more than most.
func room(turns []time.Time, at time.Time, most int) bool {
	near := turns[after(turns, at.Add(-time.Second)):]
	near = near[:after(near, at.Add(time.Second-1))]
	for n := 0; n+most <= len(near); n++ {
		if near[n+most-1].Sub(near[n]) < time.Second {
			return false // full already, and at is beside or in it
		}
	}
	return true
}

// after is the index of the first turn after a moment.
func after(turns []time.Time, at time.Time) int {
	n, _ := slices.BinarySearchFunc(turns, at.Add(1), time.Time.Compare)
	return n
}

func paceless(operation string) bool {
	return operation == "Invoke" || operation == "GetFunction" || operation == "GetPolicy"
}

func paceRead(operation string) bool {
	return strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List")
}

// middleware paces every attempt of every request.
func (p *pace) middleware(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Pace",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if err := p.wait(ctx, awsmiddleware.GetOperationName(ctx)); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
}
