package awsapi

import (
	"context"
	"strings"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// budgets are those of one account in one region.
type budgets struct {
	clock clock.Clock

	mu  sync.Mutex
	all map[string]*budget
}

// of is the budget that a call draws on; nil when it draws on none. EC2 counts
// each operation by itself, a bucket of 100 for reads and 50 for changes that
// fill by 20 and 5 a second:
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
// CloudWatch takes 9 DescribeAlarms and 50 GetMetricData a second:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
// We leave a part of each to others in the account. The rates of Auto Scaling
// and of Elastic Load Balancing are not published; ours are assumptions.
func (b *budgets) of(service, operation string) *budget {
	var top Rate
	key := service + ":" + operation
	switch {
	case service == serviceAutoScaling, service == serviceELB:
		key, top = service, Rate{PerSecond: 10, Burst: 50}
	case service == serviceEC2 && isRead(operation):
		top = Rate{PerSecond: 15, Burst: 75}
	case service == serviceEC2:
		top = Rate{PerSecond: 4, Burst: 40}
	case service == serviceCloudWatch && operation == "DescribeAlarms":
		top = Rate{PerSecond: 7, Burst: 7}
	case service == serviceCloudWatch && operation == "GetMetricData":
		top = Rate{PerSecond: 40, Burst: 40}
	default:
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all[key] == nil {
		b.all[key] = newBudget(b.clock, top)
	}
	return b.all[key]
}

// The SDK's names of services.
const (
	serviceAutoScaling = "Auto Scaling"
	serviceCloudWatch  = "CloudWatch"
	serviceEC2         = "EC2"
	serviceELB         = "Elastic Load Balancing v2"
)

func isRead(operation string) bool {
	return strings.HasPrefix(operation, "Describe") || strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List")
}

type urgencyKey struct{}

type paidKey struct{}

// OnWayBack makes the calls with a context go ahead of all others: they bring
// a release back, or find out why.
func OnWayBack(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgencyKey{}, wayBack)
}

// Unhurried makes the reads with a context wait for all others: nothing tells that
// they would find anything new.
func Unhurried(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgencyKey{}, unhurried)
}

// paid marks calls whose budget has been taken already.
func paid(ctx context.Context) context.Context { return context.WithValue(ctx, paidKey{}, true) }

func urgencyOf(ctx context.Context, operation string) urgency {
	u, marked := ctx.Value(urgencyKey{}).(urgency)
	switch {
	case marked && u == wayBack:
		return wayBack
	case !isRead(operation):
		return change
	case marked:
		return u
	}
	return single
}

// middleware makes every attempt of every request wait for its turn, and heeds
// the answer.
func (b *budgets) middleware(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Budget",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			operation := awsmiddleware.GetOperationName(ctx)
			mine := b.of(awsmiddleware.GetServiceID(ctx), operation)
			if mine == nil {
				return next.HandleFinalize(ctx, in)
			}
			if ctx.Value(paidKey{}) == nil {
				if err := mine.wait(ctx, urgencyOf(ctx, operation)); err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
			}
			out, metadata, err := next.HandleFinalize(ctx, in)
			if IsThrottled(err) {
				mine.throttled()
			}
			return out, metadata, err
		}), "Retry", middleware.After)
}
