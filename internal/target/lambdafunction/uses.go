package lambdafunction

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Uses are what needs a version, in words: "alias live". A version that is
// named by nothing but its own ARN in another service is not seen.
type Uses struct {
	by      map[string][]string // version → users
	aliases map[string][]string // alias → the versions that it serves
}

// Of are the users of one version.
func (u Uses) Of(version string) []string { return u.by[version] }

// served tells that an alias sends requests to the version, or may.
func (u Uses) served(version string) bool {
	for _, versions := range u.aliases {
		if slices.Contains(versions, version) {
			return true
		}
	}
	return false
}

func (u Uses) add(version, user string) {
	if !slices.Contains(u.by[version], user) {
		u.by[version] = append(u.by[version], user)
	}
}

// Uses finds out what needs the function's versions: aliases, by weights too,
// and provisioned concurrency. Event sources are asked for with Sources.
func (f Functions) Uses(ctx context.Context, name string) (Uses, error) {
	u := Uses{by: map[string][]string{}, aliases: map[string][]string{}}
	if err := f.readAliases(ctx, name, u); err != nil {
		return Uses{}, fmt.Errorf("listing aliases of %s: %w", name, err)
	}
	pages := lambda.NewListProvisionedConcurrencyConfigsPaginator(f.Client,
		&lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Uses{}, fmt.Errorf("listing provisioned concurrency of %s: %w", name, err)
		}
		for _, c := range page.ProvisionedConcurrencyConfigs {
			if q := qualifier(aws.ToString(c.FunctionArn)); u.aliases[q] == nil {
				u.add(q, "provisioned concurrency")
			}
		}
	}
	return u, nil
}

func (f Functions) readAliases(ctx context.Context, name string, u Uses) error {
	pages := lambda.NewListAliasesPaginator(f.Client, &lambda.ListAliasesInput{FunctionName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, a := range page.Aliases {
			alias, serves := aws.ToString(a.Name), []string{aws.ToString(a.FunctionVersion)}
			if a.RoutingConfig != nil {
				serves = append(serves, slices.Sorted(maps.Keys(a.RoutingConfig.AdditionalVersionWeights))...)
			}
			u.aliases[alias] = serves
			for _, version := range serves {
				u.add(version, "alias "+alias)
			}
		}
	}
	return nil
}

// Sources are the event source mappings that invoke the version by its ARN.
func (f Functions) Sources(ctx context.Context, v Function) (sources []string, err error) {
	pages := lambda.NewListEventSourceMappingsPaginator(f.Client, &lambda.ListEventSourceMappingsInput{FunctionName: aws.String(v.ARN)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing event source mappings of %s: %w", v.ARN, err)
		}
		for _, m := range page.EventSourceMappings {
			if qualifier(aws.ToString(m.FunctionArn)) == v.Version {
				sources = append(sources, "event source mapping "+aws.ToString(m.UUID))
			}
		}
	}
	return sources, nil
}

// Users are all that is known to need one version.
func (f Functions) Users(ctx context.Context, v Function) ([]string, error) {
	uses, err := f.Uses(ctx, v.Name)
	if err != nil {
		return nil, err
	}
	sources, err := f.Sources(ctx, v)
	return append(uses.Of(v.Version), sources...), err
}

// qualifier is what an ARN of a function has behind the function's name.
func qualifier(arn string) string {
	const parts = 8 // arn:aws:lambda:region:account:function:name:qualifier
	if all := strings.Split(arn, ":"); len(all) == parts {
		return all[parts-1]
	}
	return ""
}
