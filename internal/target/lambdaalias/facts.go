package lambdaalias

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// latest is the version that is none: the function's code as it is now.
const latest = "$LATEST"

// aliasGetter is what FindRouting asks of Lambda.
type aliasGetter interface {
	GetAlias(context.Context, *lambda.GetAliasInput, ...func(*lambda.Options)) (*lambda.GetAliasOutput, error)
}

// FindRouting reads where an alias points. One that does not exist is
// rollout.ErrNotFound.
func FindRouting(ctx context.Context, api aliasGetter, function, alias string) (Routing, error) {
	out, err := api.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String(function), Name: aws.String(alias)})
	if err != nil {
		return Routing{}, classify(fmt.Sprintf("reading alias %s:%s", function, alias), err)
	}
	return routing(out.FunctionVersion, out.RevisionId, out.RoutingConfig), nil
}

// Version is a published version of a function.
type Version struct {
	Number     string
	State      string // Active, Pending, Inactive or Failed; empty where Lambda does not tell
	Reason     string // why it is in the state
	Role       string
	DeadLetter string // where failed events go; empty for nowhere
	LogGroup   string // where it logs; empty where Lambda does not tell
}

// Serves tells whether the version can ever be invoked.
func (v Version) Serves() bool { return v.State != string(types.StateFailed) }

// Awake tells whether it can be invoked now. A new one is Pending for a while;
// one that was not used for weeks is Inactive, and wakes at an invocation,
// which fails: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
func (v Version) Awake() bool { return v.State == string(types.StateActive) || v.State == "" }

// Apart says why an alias may not divide its requests between two versions,
// or nothing: AWS wants published ones with one role and one dead-letter queue.
func (v Version) Apart(o Version) string {
	differs := func(what, a, b string) string {
		return fmt.Sprintf("version %s has %s %s and version %s has %s", v.Number, what, orNone(a), o.Number, orNone(b))
	}
	switch {
	case v.Number == latest || o.Number == latest:
		return latest + " is not a published version"
	case v.Role != o.Role:
		return differs("the execution role", v.Role, o.Role)
	case v.DeadLetter != o.DeadLetter:
		return differs("the dead-letter queue", v.DeadLetter, o.DeadLetter)
	}
	return ""
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// FindVersion reads a version; $LATEST or an empty number tell about the
// function. What does not exist is rollout.ErrNotFound.
func FindVersion(ctx context.Context, clients *awsapi.Clients, function, number string) (Version, error) {
	if number == "" {
		number = latest
	}
	out, err := clients.Lambda().GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
		FunctionName: aws.String(function), Qualifier: aws.String(number),
	})
	if err != nil {
		return Version{}, classify(fmt.Sprintf("reading %s:%s", function, number), err)
	}
	v := Version{
		Number: aws.ToString(out.Version), State: string(out.State), Reason: aws.ToString(out.StateReason),
		Role: aws.ToString(out.Role),
	}
	if out.LoggingConfig != nil {
		v.LogGroup = aws.ToString(out.LoggingConfig.LogGroup)
	}
	if out.DeadLetterConfig != nil {
		v.DeadLetter = aws.ToString(out.DeadLetterConfig.TargetArn)
	}
	return v, nil
}

// Temporary tells errors that pass by themselves from those that a repetition
// would meet again.
func Temporary(err error) bool {
	return !errors.Is(err, rollout.ErrRefused) && !errors.Is(err, rollout.ErrNotFound) && !errors.Is(err, rollout.ErrExpired)
}

// classify words an error and tells the engine its kind.
func classify(doing string, err error) error {
	if err == nil {
		return nil
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case awsapi.IsExpired(err):
		return fmt.Errorf("%s: %w: %w", doing, rollout.ErrExpired, worded{err})
	case awsapi.IsNotFound(err):
		return fmt.Errorf("%s: %w: %w", doing, rollout.ErrNotFound, worded{err})
	case passes(err):
		return fmt.Errorf("%s: %w", doing, worded{err})
	}
	return fmt.Errorf("%s: %w: %w", doing, rollout.ErrRefused, worded{err})
}

// worded is an error of the SDK in a person's words.
type worded struct{ error }

func (w worded) Error() string { return awsapi.Describe(w.error) }

func (w worded) Unwrap() error { return w.error }

// passes tells trouble of the moment: throttling, another operation in
// progress, a failing service, an answer that did not come.
func passes(err error) bool {
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && status.HTTPStatusCode() >= http.StatusInternalServerError {
		return true
	}
	return awsapi.IsThrottled(err) || awsapi.IsConflict(err) || awsapi.Code(err) == ""
}

// isInvalid tells that AWS refuses the input itself.
func isInvalid(err error) bool {
	return slices.Contains([]string{"InvalidParameterValueException", "ValidationException"}, awsapi.Code(err))
}
