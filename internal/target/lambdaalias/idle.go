package lambdaalias

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// idleLister is what Idle asks of Lambda.
type idleLister interface {
	aliasLister
	lambda.ListProvisionedConcurrencyConfigsAPIClient
}

// Idle are the versions that hold provisioned concurrency on themselves while
// no alias sends requests to them, and how much.
func Idle(ctx context.Context, api idleLister, function string) (map[string]int, error) {
	found := map[string]int{}
	pages := lambda.NewListProvisionedConcurrencyConfigsPaginator(api, &lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String(function)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, classify("listing the provisioned concurrency of "+function, err)
		}
		for _, c := range page.ProvisionedConcurrencyConfigs {
			if version := qualifier(aws.ToString(c.FunctionArn)); strings.Trim(version, "0123456789") == "" && version != "" {
				found[version] = int(aws.ToInt32(c.RequestedProvisionedConcurrentExecutions))
			}
		}
	}
	if len(found) == 0 {
		return found, nil
	}
	used, err := users(ctx, api, function, "")
	maps.DeleteFunc(found, func(version string, _ int) bool { return used[version] })
	return found, err
}
