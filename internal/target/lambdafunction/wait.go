package lambdafunction

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const (
	// AWS updates a function within seconds, an image or one in a VPC within
	// minutes; snapshots of a version take longest.
	updateLimit   = 15 * time.Minute
	activateLimit = 30 * time.Minute

	firstPoll, slowestPoll = time.Second, 5 * time.Second
)

// settled waits until nothing is in progress on $LATEST. Whether the last
// update went well is the caller's to see.
func (f Functions) settled(ctx context.Context, name string) (Function, error) {
	return f.wait(ctx, name, Latest, updateLimit, func(c types.FunctionConfiguration) (bool, error) {
		switch c.LastUpdateStatus {
		case types.LastUpdateStatusInProgress:
			return false, nil
		case types.LastUpdateStatusSuccessful, types.LastUpdateStatusFailed, "": // a new function may have none
		default:
			return false, fmt.Errorf("function %s is in an update status that this provider does not know: %s", name, c.LastUpdateStatus)
		}
		return created(c)
	})
}

// updated waits until the update of $LATEST has arrived.
func (f Functions) updated(ctx context.Context, name string) (Function, error) {
	latest, err := f.settled(ctx, name)
	if err == nil && latest.config.LastUpdateStatus == types.LastUpdateStatusFailed {
		err = fmt.Errorf("the update of function %s failed: %s", name,
			reason(latest.config.LastUpdateStatusReason, string(latest.config.LastUpdateStatusReasonCode)))
	}
	return latest, err
}

// active waits until a version can be invoked.
func (f Functions) active(ctx context.Context, name, version string) (Function, error) {
	return f.wait(ctx, name, version, activateLimit, created)
}

// created tells whether a function or version has come into being.
func created(c types.FunctionConfiguration) (bool, error) {
	switch c.State {
	case types.StatePending:
		return false, nil
	case types.StateActive, types.StateInactive, "": // Inactive: idle for weeks, an invocation wakes it
		return true, nil
	case types.StateFailed:
		return false, fmt.Errorf("version %s of function %s failed to become active: %s", aws.ToString(c.Version), aws.ToString(c.FunctionName),
			reason(c.StateReason, string(c.StateReasonCode)))
	}
	return false, fmt.Errorf("version %s of function %s is in a state that this provider does not know: %s",
		aws.ToString(c.Version), aws.ToString(c.FunctionName), c.State)
}

// wait asks until done says so, ever more slowly.
func (f Functions) wait(ctx context.Context, name, qualifier string, limit time.Duration, done func(types.FunctionConfiguration) (bool, error)) (Function, error) {
	deadline := f.Clock.Now().Add(limit)
	for poll := firstPoll; ; poll = min(poll*3/2, slowestPoll) {
		found, err := f.Find(ctx, name, qualifier)
		if err != nil {
			return Function{}, err
		}
		ready, err := done(found.config)
		if ready || err != nil {
			return found, err
		}
		if f.Clock.Now().After(deadline) {
			return found, fmt.Errorf("function %s:%s is still %s after %s", name, qualifier, progress(found.config), limit)
		}
		if err := f.Clock.Sleep(ctx, poll); err != nil {
			return found, fmt.Errorf("waiting for function %s:%s: %w", name, qualifier, err)
		}
	}
}

func progress(c types.FunctionConfiguration) string {
	return fmt.Sprintf("in state %s, last update %s (%s)", c.State, c.LastUpdateStatus, reason(c.StateReason, aws.ToString(c.LastUpdateStatusReason)))
}

func reason(text *string, code string) string {
	switch words := aws.ToString(text); {
	case words == "" && code == "":
		return "AWS gave no reason"
	case words == "":
		return code
	case code == "":
		return words
	default:
		return fmt.Sprintf("%s (%s)", words, code)
	}
}
