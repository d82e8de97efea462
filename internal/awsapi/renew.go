package awsapi

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// renewal takes new credentials when AWS says that the old ones have run out.
// The SDK renews them by its own clock alone: on a machine whose clock is
// late, or when a session was ended early, it would sign on with what AWS
// refuses until the release is lost.
type renewal struct{ cache *aws.CredentialsCache }

// renewCredentials gives all clients of cfg a renewal, where its credentials
// can be renewed at all.
func renewCredentials(cfg *aws.Config) {
	cache, ok := cfg.Credentials.(*aws.CredentialsCache)
	if !ok {
		return
	}
	r := renewal{cache}
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("RenewCredentials", r.handle), "Retry", middleware.After)
	})
}

// handle is inside the retries: each attempt signs anew.
func (r renewal) handle(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	used, usedErr := r.cache.Retrieve(ctx)
	out, metadata, err := next.HandleFinalize(ctx, in)
	if usedErr == nil && used.CanExpire && IsExpired(err) && r.renew(ctx, used) {
		err = renewed{err}
	}
	return out, metadata, err
}

// renew reports whether there are other credentials than those that AWS
// refused. Many calls may be refused at once: the first of them renews.
func (r renewal) renew(ctx context.Context, refused aws.Credentials) bool {
	now, err := r.cache.Retrieve(ctx)
	if err == nil && now.AccessKeyID == refused.AccessKeyID {
		r.cache.Invalidate()
		now, err = r.cache.Retrieve(ctx)
	}
	return err == nil && now.AccessKeyID != refused.AccessKeyID
}

// renewed is a refusal that asking again with the new credentials may mend.
type renewed struct{ error }

// Unwrap is AWS's refusal.
func (r renewed) Unwrap() error { return r.error }

// RetryableError tells the SDK to try again.
func (renewed) RetryableError() bool { return true }

// isRenewed tells a refusal of credentials that were renewed since.
func isRenewed(err error) bool {
	_, ok := errors.AsType[renewed](err)
	return ok
}
