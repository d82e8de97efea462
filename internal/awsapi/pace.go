package awsapi

import (
	"context"
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
	paceReads  = time.Second / 9
	paceWrites = time.Second / 11
	// paceBurst is how many may go at once after a rest.
	paceBurst = 4
)

// pace spreads the requests of all releases, so that many of them stay inside
// a rate that they share. A change goes ahead of the reads that wait: it may
// be the way back.
type pace struct {
	clock clock.Clock

	mu            sync.Mutex
	reads, writes time.Time // when the next one is due
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
	take := func(next *time.Time, each time.Duration) time.Duration {
		if rested := now.Add(-paceBurst * each); next.Before(rested) {
			*next = rested
		}
		*next = next.Add(each)
		return next.Sub(now)
	}
	if read {
		return take(&p.reads, paceReads)
	}
	take(&p.reads, paceReads) // the reads make room
	return take(&p.writes, paceWrites)
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
