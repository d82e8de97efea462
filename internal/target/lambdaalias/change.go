package lambdaalias

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// rewrites bounds how often a change is asked for again under a new revision
// when the alias changed in something that is not ours to heed.
const rewrites = 3

// operationInProgress is Lambda's answer while it changes the function.
const operationInProgress = "ResourceConflictException"

// errMoved is the answer to a change that would fight another's move. The
// next observation tells what was moved.
var errMoved = errors.New("the alias was moved by somebody else")

// Shift asks for the step's share on the new version.
func (t *Target) Shift(ctx context.Context, step rollout.Step) error {
	t.begun = true
	if t.at.Version != t.Version { // else it is on its way back, which comes first
		t.relieve(ctx)
	}
	if err := t.announce(ctx); err != nil {
		return err
	}
	if err := t.equip(ctx); err != nil {
		return err
	}
	doing := fmt.Sprintf("shifting alias %s to %d %% on version %s", t.name(), step.Percent, t.Version)
	if !t.at.Exists() && step.Percent > 0 {
		return t.create(ctx, "creating alias "+t.name())
	}
	want := t.toward(step.Percent)
	if t.names(want) && !want.equal(t.at) {
		return t.writeNamed(ctx, doing, want)
	}
	err := t.write(ctx, doing, want)
	if want.Weight == 1 && isInvalid(err) {
		return t.write(ctx, doing, Routing{Version: want.Other, Other: want.Version}) // see the package comment
	}
	return err
}

// toward is where the alias must point for the share.
func (t *Target) toward(percent int) Routing {
	switch {
	case t.Carries && percent == 100:
		return Routing{Version: t.Version}
	case percent == 0, t.active() == rollout.ActiveSame && t.at.Version == t.Version:
		return t.at // nothing to move, or at the last step already
	case t.at.Version == t.Version && percent < 100:
		return t.at // on its way back to our version, which has most already
	case t.at.Version == t.Version:
		return t.leaving(t.Version)
	case t.Undivided && percent == 100:
		return Routing{Version: t.Version}
	}
	return Routing{Version: t.at.Version, Other: t.Version, Weight: float64(percent) / 100}
}

// End ends the release. To leave it needs no call: nothing moves by itself.
func (t *Target) End(ctx context.Context, how rollout.Ending) error {
	t.begun = true
	switch {
	case how == rollout.Promote:
		t.relieve(ctx)
		return t.write(ctx, fmt.Sprintf("promoting version %s on alias %s", t.Version, t.name()), Routing{Version: t.Version})
	case how != rollout.GoBack || !t.at.Exists() && t.back == "":
		return nil
	case t.back == "":
		return fmt.Errorf("%w: alias %s has no previous version to go back to", rollout.ErrRefused, t.name())
	}
	return t.writeNamed(ctx, fmt.Sprintf("moving alias %s back to version %s", t.name(), t.back), t.leaving(t.back))
}

// write makes the alias point to want, under the revision that we know of.
func (t *Target) write(ctx context.Context, doing string, want Routing) error {
	t.want = want
	if t.moved != "" {
		return errMoved
	}
	// A change whose answer was lost may still be made after we looked. The
	// change asked for now ends its revision, so it is asked for in any case.
	if t.asked == nil && (want.equal(t.at) || t.Carries && want.Other == "" && want.Version == t.at.Version) {
		return nil
	}
	var err error
	for range rewrites {
		var out *lambda.UpdateAliasOutput
		out, err = t.api.UpdateAlias(ctx, &lambda.UpdateAliasInput{
			FunctionName: aws.String(t.Function), Name: aws.String(t.Alias),
			FunctionVersion: aws.String(want.Version), RoutingConfig: want.config(),
			RevisionId: optional(t.at.Revision),
		})
		switch {
		case err == nil:
			t.wrote(routing(out.FunctionVersion, out.RevisionId, out.RoutingConfig))
			return nil
		case awsapi.IsConflict(err):
			if again, settled := t.readBack(ctx, want); !again {
				return settled
			}
			if awsapi.Code(err) == operationInProgress {
				return classify(doing, err)
			}
		case awsapi.IsNotFound(err):
			return t.missing(ctx, doing, err)
		default:
			if awsapi.IsLost(err) {
				t.asked = &want
			}
			return classify(doing, err)
		}
	}
	return classify(doing, err)
}

// readBack finds out what a refused precondition means: our own change whose
// answer was lost, a change that does not touch the weights, or another's
// move. It tells whether to ask again, or how it ended.
func (t *Target) readBack(ctx context.Context, want Routing) (again bool, err error) {
	there, err := FindRouting(ctx, t.api, t.Function, t.Alias)
	if err != nil {
		return false, err
	}
	if there.equal(want) && there.Revision != t.at.Revision {
		t.wrote(there) // the SDK resent what had been done
		return false, nil
	}
	t.place(there)
	if t.moved != "" {
		return false, errMoved
	}
	return true, nil
}

// missing tells an alias that is gone from a version that is gone.
func (t *Target) missing(ctx context.Context, doing string, cause error) error {
	if _, err := FindRouting(ctx, t.api, t.Function, t.Alias); err != nil {
		return err
	}
	return fmt.Errorf("%s: %w: %s", doing, rollout.ErrRefused, awsapi.Describe(cause))
}

// create makes the alias, wholly on the wanted version.
func (t *Target) create(ctx context.Context, doing string) error {
	want := Routing{Version: t.Version}
	t.want = want
	out, err := t.api.CreateAlias(ctx, &lambda.CreateAliasInput{
		FunctionName: aws.String(t.Function), Name: aws.String(t.Alias), FunctionVersion: aws.String(t.Version),
	})
	switch {
	case err == nil:
		t.wrote(routing(out.FunctionVersion, out.RevisionId, out.RoutingConfig))
		return nil
	case awsapi.IsConflict(err): // there is one: ours, when it serves what we asked for
		_, err = t.readBack(ctx, want)
		return err
	case awsapi.IsLost(err):
		t.asked = &want
	}
	return classify(doing, err)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
