package lambdaalias_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// errLost is what the SDK reports of an answer that did not come.
var errLost = &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}

func refusal(code string) error { return &smithy.GenericAPIError{Code: code, Message: "no"} }

// account is Lambda with one alias.
type account struct {
	version  string
	weights  map[string]float64
	revision int
	writes   []string // what the alias was made to point to, in order

	noWeightOne bool
	zero        string  // what happens to a weight of 0.0: kept, "refused" or "dropped"
	noRevisions bool    // the revision never changes
	before      []error // for the next changes, in turn, nothing done
	after       []error // likewise, done
	stale       *lambda.GetAliasOutput
	alarms      map[string]awsapi.Alarm
}

func (a *account) state() string {
	out := a.version
	for _, v := range slices.Sorted(maps.Keys(a.weights)) {
		out += fmt.Sprintf("+%s:%g", v, a.weights[v])
	}
	return out
}

// move is a change by somebody else.
func (a *account) move(version string, weights map[string]float64) {
	a.version, a.weights = version, weights
	if !a.noRevisions {
		a.revision++
	}
}

func (a *account) GetAlias(context.Context, *lambda.GetAliasInput, ...func(*lambda.Options)) (*lambda.GetAliasOutput, error) {
	if a.stale != nil {
		out := a.stale
		a.stale = nil
		return out, nil
	}
	if a.version == "" {
		return nil, refusal("ResourceNotFoundException")
	}
	return a.described(), nil
}

func (a *account) described() *lambda.GetAliasOutput {
	out := &lambda.GetAliasOutput{FunctionVersion: aws.String(a.version), RevisionId: aws.String(fmt.Sprint("r", a.revision))}
	if len(a.weights) > 0 {
		out.RoutingConfig = &types.AliasRoutingConfiguration{AdditionalVersionWeights: maps.Clone(a.weights)}
	}
	return out
}

func (a *account) UpdateAlias(_ context.Context, in *lambda.UpdateAliasInput, _ ...func(*lambda.Options)) (*lambda.UpdateAliasOutput, error) {
	if err := next(&a.before); err != nil {
		return nil, err
	}
	if *in.RevisionId != fmt.Sprint("r", a.revision) {
		return nil, refusal("PreconditionFailedException")
	}
	for _, w := range in.RoutingConfig.AdditionalVersionWeights {
		if w == 1 && a.noWeightOne {
			return nil, refusal("InvalidParameterValueException")
		}
		switch {
		case w == 0 && a.zero == "refused":
			return nil, refusal("InvalidParameterValueException")
		case w == 0 && a.zero == "dropped":
			in.RoutingConfig.AdditionalVersionWeights = nil
		}
	}
	a.move(*in.FunctionVersion, in.RoutingConfig.AdditionalVersionWeights)
	a.writes = append(a.writes, a.state())
	if err := next(&a.after); err != nil {
		return nil, err
	}
	out := lambda.UpdateAliasOutput(*a.described())
	return &out, nil
}

func (a *account) CreateAlias(_ context.Context, in *lambda.CreateAliasInput, _ ...func(*lambda.Options)) (*lambda.CreateAliasOutput, error) {
	if a.version != "" {
		return nil, refusal("ResourceConflictException")
	}
	a.move(*in.FunctionVersion, nil)
	a.writes = append(a.writes, "create "+a.state())
	if err := next(&a.after); err != nil {
		return nil, err
	}
	out := lambda.CreateAliasOutput(*a.described())
	return &out, nil
}

func next(errs *[]error) error {
	if len(*errs) == 0 {
		return nil
	}
	err := (*errs)[0]
	*errs = (*errs)[1:]
	return err
}

func (a *account) readAlarms(_ context.Context, names ...string) (map[string]awsapi.Alarm, error) {
	found := map[string]awsapi.Alarm{}
	for _, name := range names {
		if alarm, ok := a.alarms[name]; ok {
			found[name] = alarm
		}
	}
	return found, nil
}

func (a *account) wrote() string { return strings.Join(a.writes, " | ") }
