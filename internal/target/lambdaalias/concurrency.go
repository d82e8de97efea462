package lambdaalias

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// ConcurrencyAPI is what provisioned concurrency asks of Lambda.
type ConcurrencyAPI interface {
	GetProvisionedConcurrencyConfig(context.Context, *lambda.GetProvisionedConcurrencyConfigInput, ...func(*lambda.Options)) (*lambda.GetProvisionedConcurrencyConfigOutput, error)
	PutProvisionedConcurrencyConfig(context.Context, *lambda.PutProvisionedConcurrencyConfigInput, ...func(*lambda.Options)) (*lambda.PutProvisionedConcurrencyConfigOutput, error)
	DeleteProvisionedConcurrencyConfig(context.Context, *lambda.DeleteProvisionedConcurrencyConfigInput, ...func(*lambda.Options)) (*lambda.DeleteProvisionedConcurrencyConfigOutput, error)
	ListAliases(context.Context, *lambda.ListAliasesInput, ...func(*lambda.Options)) (*lambda.ListAliasesOutput, error)
}

// aliasLister is what users asks of Lambda.
type aliasLister interface {
	ListAliases(context.Context, *lambda.ListAliasesInput, ...func(*lambda.Options)) (*lambda.ListAliasesOutput, error)
}

// noConcurrency is Lambda's answer where none is configured.
const noConcurrency = "ProvisionedConcurrencyConfigNotFoundException"

// Concurrency is the provisioned concurrency of a version or an alias. The
// zero value is none.
type Concurrency struct {
	Wanted    int
	Available int
	Status    string // IN_PROGRESS, READY or FAILED
	Reason    string // why it failed
}

// Exists tells that some is configured.
func (c Concurrency) Exists() bool { return c.Status != "" }

// Allocating tells that Lambda is at work on it.
func (c Concurrency) Allocating() bool {
	return c.Status == string(types.ProvisionedConcurrencyStatusEnumInProgress)
}

// ready tells that so many environments wait for requests.
func (c Concurrency) ready(wanted int) bool {
	return c.Wanted == wanted && c.Status == string(types.ProvisionedConcurrencyStatusEnumReady)
}

// FindConcurrency reads the provisioned concurrency of a version or an alias.
func FindConcurrency(ctx context.Context, api ConcurrencyAPI, function, qualifier string) (Concurrency, error) {
	out, err := api.GetProvisionedConcurrencyConfig(ctx, &lambda.GetProvisionedConcurrencyConfigInput{
		FunctionName: aws.String(function), Qualifier: aws.String(qualifier),
	})
	switch {
	case awsapi.Code(err) == noConcurrency, awsapi.Status(err) == http.StatusNotFound:
		return Concurrency{}, nil
	case err != nil:
		return Concurrency{}, classify(fmt.Sprintf("reading the provisioned concurrency of %s:%s", function, qualifier), err)
	}
	return Concurrency{
		Wanted:    int(aws.ToInt32(out.RequestedProvisionedConcurrentExecutions)),
		Available: int(aws.ToInt32(out.AvailableProvisionedConcurrentExecutions)),
		Status:    string(out.Status), Reason: aws.ToString(out.StatusReason),
	}, nil
}

// Provision asks for a version's provisioned concurrency.
func Provision(ctx context.Context, api ConcurrencyAPI, function, version string, executions int) error {
	_, err := api.PutProvisionedConcurrencyConfig(ctx, &lambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: aws.String(function), Qualifier: aws.String(version), ProvisionedConcurrentExecutions: aws.Int32(int32(executions)),
	})
	return classify(fmt.Sprintf("asking for %d provisioned concurrent executions of %s:%s", executions, function, version), err)
}

// Release takes the provisioned concurrency of a version away, unless an
// alias still sends requests to it. An alias beside it may name the version
// without a share.
func Release(ctx context.Context, api ConcurrencyAPI, function, version, beside string) error {
	used, err := users(ctx, api, function, beside)
	if err != nil || used[version] {
		return err
	}
	return Strip(ctx, api, function, version)
}

// users are the versions that aliases send requests to, or may; those without
// a share do not count for one alias.
func users(ctx context.Context, api aliasLister, function, beside string) (map[string]bool, error) {
	used := map[string]bool{}
	pages := lambda.NewListAliasesPaginator(api, &lambda.ListAliasesInput{FunctionName: aws.String(function)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, classify("reading the aliases of "+function, err)
		}
		for _, a := range page.Aliases {
			at := routing(a.FunctionVersion, a.RevisionId, a.RoutingConfig)
			used[at.Version] = true
			if at.Weight > 0 || aws.ToString(a.Name) != beside {
				used[at.Other] = true
			}
		}
	}
	return used, nil
}

// Strip takes the provisioned concurrency of a version away.
func Strip(ctx context.Context, api ConcurrencyAPI, function, version string) error {
	_, err := api.DeleteProvisionedConcurrencyConfig(ctx, &lambda.DeleteProvisionedConcurrencyConfigInput{
		FunctionName: aws.String(function), Qualifier: aws.String(version),
	})
	if awsapi.Code(err) == noConcurrency || awsapi.IsNotFound(err) {
		return nil
	}
	return classify(fmt.Sprintf("releasing the provisioned concurrency of %s:%s", function, version), err)
}

// provided tells that the version has the provisioned concurrency that it is
// to have.
func (t *Target) provided() bool { return t.Provisioned == 0 || t.equipped }

// equip sees to the new version's provisioned concurrency: an error until it
// is ready. One that will pass is no failure of the release, and it is asked
// for again.
func (t *Target) equip(ctx context.Context) error {
	if t.provided() {
		return nil
	}
	switch c := t.concurrency; {
	case t.put && c.Status == string(types.ProvisionedConcurrencyStatusEnumFailed):
		return fmt.Errorf("%w: Lambda could not provide %d provisioned concurrent executions for version %s: %s", rollout.ErrRefused, t.Provisioned, t.Version, c.Reason)
	case c.Wanted == t.Provisioned && c.Allocating():
		t.put = true
		return t.allocating()
	}
	if err := Provision(ctx, t.concurrencyAPI, t.Function, t.Version, t.Provisioned); err != nil {
		return err
	}
	t.put = true
	return t.allocating()
}

func (t *Target) allocating() error {
	return fmt.Errorf("version %s waits for its provisioned concurrency: %d of %d", t.Version, t.concurrency.Available, t.Provisioned)
}

// look reads the new version's provisioned concurrency until it is ready.
func (t *Target) look(ctx context.Context) error {
	if t.provided() {
		return nil
	}
	found, err := FindConcurrency(ctx, t.concurrencyAPI, t.Function, t.Version)
	if err != nil {
		return err
	}
	t.concurrency, t.equipped = found, found.ready(t.Provisioned)
	return nil
}
