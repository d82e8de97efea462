package awsapi

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// unreachableAttempts is how often an endpoint that never answered is tried.
const unreachableAttempts = 3

// errNeverAnswered ends the attempts at an endpoint that was never reached.
var errNeverAnswered = errors.New("not tried again: nothing answers at this endpoint")

// pacedRetryer decides as the SDK's retryer does and waits on our clock. The
// waiting happens in GetRetryToken, the only place that has the call's
// context, so the goroutine that waits is the one that sleeps: a virtual
// clock would never move for a goroutine that waits for another one's sleep.
type pacedRetryer struct {
	aws.RetryerV2
	clock   clock.Clock
	reached *atomic.Bool
}

// paceRetries gives all clients of cfg a retryer on the clock.
func paceRetries(cfg *aws.Config, clk clock.Clock) {
	inner := cfg.Retryer
	cfg.Retryer = func() aws.Retryer {
		return &pacedRetryer{
			RetryerV2: inner().(aws.RetryerV2), // aws-sdk-go-base makes no other
			clock:     clk,
			reached:   new(atomic.Bool),
		}
	}
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CountAttempts", countAttempts), middleware.Before)
	})
}

type attemptsKey struct{}

func countAttempts(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(context.WithValue(ctx, attemptsKey{}, new(atomic.Int32)), in)
}

// GetRetryToken waits until the next attempt is due.
func (r *pacedRetryer) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	attempt := 1
	if n, ok := ctx.Value(attemptsKey{}).(*atomic.Int32); ok {
		attempt = int(n.Add(1))
	}
	if !r.answered(err) && attempt >= unreachableAttempts {
		return nil, errNeverAnswered
	}
	release, tokenErr := r.RetryerV2.GetRetryToken(ctx, err)
	if tokenErr != nil {
		return nil, tokenErr
	}
	delay, delayErr := r.RetryerV2.RetryDelay(attempt, err)
	if delayErr != nil {
		return nil, delayErr
	}
	if sleepErr := r.clock.Sleep(ctx, delay); sleepErr != nil {
		return nil, sleepErr
	}
	return release, nil
}

// RetryDelay is nothing: GetRetryToken has waited.
func (r *pacedRetryer) RetryDelay(int, error) (time.Duration, error) { return 0, nil }

// GetAttemptToken notes whether the endpoint answers.
func (r *pacedRetryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	release, err := r.RetryerV2.GetAttemptToken(ctx)
	if err != nil {
		return nil, err
	}
	return func(err error) error {
		r.answered(err)
		return release(err)
	}, nil
}

// answered tells whether the endpoint has ever been reached, err included.
func (r *pacedRetryer) answered(err error) bool {
	if !isUnreachable(err) {
		r.reached.Store(true)
	}
	return r.reached.Load()
}

// isUnreachable tells errors of connecting: nobody heard the request.
func isUnreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &dns), errors.As(err, &certificate), errors.As(err, &noTLS):
		return true
	case errors.As(err, &op):
		return op.Op == "dial" || op.Op == "proxyconnect"
	}
	return err != nil && strings.Contains(err.Error(), "TLS handshake timeout")
}
