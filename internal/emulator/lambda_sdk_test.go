package emulator

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestAliasOverHTTP shifts and promotes an alias with the SDK that the
// provider uses.
func TestAliasOverHTTP(t *testing.T) {
	e, config := serveTest(t)
	client, ctx := lambda.NewFromConfig(config), context.Background()
	app, live := aws.String("app"), aws.String("live")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: app, Role: aws.String(roleA), Runtime: "provided.al2023",
		Handler: aws.String("x"), Code: &lambdatypes.FunctionCode{ZipFile: zipped(t, "one")}, Publish: true})
	must(err)
	must(e.clock.Sleep(ctx, 5*time.Second))
	_, err = client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: app, ZipFile: zipped(t, "two"), Publish: true})
	must(err)
	must(e.clock.Sleep(ctx, 5*time.Second))
	made, err := client.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: app, Name: live, FunctionVersion: aws.String("1")})
	must(err)
	weights := &lambdatypes.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.25}}
	shifted, err := client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: app, Name: live, RoutingConfig: weights, RevisionId: made.RevisionId})
	must(err)
	check(t, "weight", shifted.RoutingConfig.AdditionalVersionWeights["2"], 0.25)
	_, err = client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: app, Name: live, RevisionId: made.RevisionId})
	var stale *lambdatypes.PreconditionFailedException
	if !errors.As(err, &stale) {
		t.Errorf("a stale revision: %v", err)
	}
	ran := map[string]int{}
	for range 8 {
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: app, Qualifier: live, Payload: []byte(`"x"`)})
		must(err)
		check(t, "payload", string(out.Payload), `"x"`)
		ran[aws.ToString(out.ExecutedVersion)]++
	}
	check(t, "a quarter", ran["2"], 2)
	promoted, err := client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: app, Name: live, FunctionVersion: aws.String("2"),
		RoutingConfig: &lambdatypes.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{}}})
	must(err)
	check(t, "promoted", aws.ToString(promoted.FunctionVersion), "2")
	check(t, "weights are gone", promoted.RoutingConfig == nil, true)

	_, err = client.PutProvisionedConcurrencyConfig(ctx, &lambda.PutProvisionedConcurrencyConfigInput{FunctionName: app, Qualifier: live,
		ProvisionedConcurrentExecutions: aws.Int32(3)})
	must(err)
	all, err := client.ListProvisionedConcurrencyConfigs(ctx, &lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: app})
	must(err)
	check(t, "provisioned", len(all.ProvisionedConcurrencyConfigs), 1)
}
