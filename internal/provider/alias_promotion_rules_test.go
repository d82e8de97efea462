package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAliasPromotion_liveFacts: what may change until the apply is a line of
// the plan's warning, and an error of the apply before its first change.
func TestAliasPromotion_liveFacts(t *testing.T) {
	const function = "arn:aws:lambda:eu-central-1:123456789012:function:shop-api"
	for name, tc := range map[string]struct {
		make  func(b aliasBench)
		warns string
		fails string // empty: advice, and the apply succeeds
	}{
		"a function that is switched off": {
			func(b aliasBench) {
				b.w.Call(b.t, "lambda", "PutFunctionConcurrency", map[string]any{"FunctionName": "shop-api", "ReservedConcurrentExecutions": 0})
			},
			"The reserved concurrency of shop-api is 0: nothing can invoke it", "Function is switched off"},
		"a version that is still made": {
			func(b aliasBench) {
				b.w.Emulator.SetFunctionTimes(acctest.Region, emulator.FunctionTimes{Publish: time.Hour})
				b.f.Upload()
			},
			"Version 5 of shop-api is Pending, and invocations of it fail:", "Version not active"},
		"another release's weights": {
			func(b aliasBench) { b.f.SetAlias("live", "3", "4", 0.2) },
			"Its weights are of another release. See on_active", "Another release under way"},
		"event sources without the alias": {
			func(b aliasBench) {
				b.w.Emulator.SeedEventSourceMappings(acctest.Region, "shop-api",
					map[string]any{"UUID": "1", "EventSourceArn": "arn:aws:sqs:eu-central-1:123456789012:orders", "FunctionArn": function, "State": "Enabled"},
					map[string]any{"UUID": "2", "EventSourceArn": "arn:aws:sqs:eu-central-1:123456789012:off", "FunctionArn": function, "State": "Disabled"},
					map[string]any{"UUID": "3", "EventSourceArn": "arn:aws:sqs:eu-central-1:123456789012:good", "FunctionArn": function + ":live", "State": "Enabled"})
			},
			"Event sources that invoke shop-api without an alias are not part of any release: arn:aws:sqs:eu-central-1:123456789012:orders. Let", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAliasBench(t)
			tc.make(b)
			b.w.Emulator.ForgetCalls()
			before, version := b.f.Serves("live"), 2
			if strings.Contains(tc.warns, "Version 5") {
				version = 5
			}
			b.Plan(b.in(version, stepwise(nil)))
			if got := strings.Join(b.Warnings, "\n"); !strings.Contains(got, tc.warns) {
				t.Errorf("the plan warns %q\nwant %q", got, tc.warns)
			}
			err := b.apply(version, stepwise(nil))
			if tc.fails == "" {
				ends(t, err, "")
				return
			}
			ends(t, err, tc.fails)
			if got := b.f.Serves("live"); got != before || b.f.Moves() != "" {
				t.Errorf("the alias serves %s, moved %q: it was changed", got, b.f.Moves())
			}
			if tc.fails == "Function is switched off" { // the way back is not held up by it
				b.f.SetAlias("live", "1", "2", 0.1)
				ends(t, b.apply(1, stepwise(nil)), "")
			}
		})
	}
}

// TestAliasPromotion_planRefusals: what is settled is an error of the plan.
func TestAliasPromotion_planRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		make func(b aliasBench)
		more map[string]any
		says []string
	}{
		"a version that failed": {
			func(b aliasBench) {
				b.w.Emulator.FailFunction(acctest.Region, "shop-api", emulator.FunctionFailure{Operation: "publish", Reason: "The image was deleted", ReasonCode: "ImageDeleted"})
				b.f.Upload()
				b.w.Pass(time.Minute)
			}, nil, []string{"Version not active", `version = "5" of shop-api is Failed and cannot be invoked: The image was deleted`}},
		"another role, with steps": {
			func(b aliasBench) {
				b.f.Configure(&lambda.UpdateFunctionConfigurationInput{Role: aws.String("arn:aws:iam::123456789012:role/other")})
			}, stepwise(nil), []string{"Versions cannot share alias", "version 5 has the execution role arn:aws:iam::123456789012:role/other and version 1 has", "Leave out strategy.steps"}},
		"another dead-letter queue, with steps": {
			func(b aliasBench) {
				b.f.Configure(&lambda.UpdateFunctionConfigurationInput{DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("arn:aws:sqs:eu-central-1:123456789012:dead")}})
			}, stepwise(nil), []string{"Versions cannot share alias", "version 5 has the dead-letter queue arn:aws:sqs:eu-central-1:123456789012:dead and version 1 has none"}},
		"an alias on $LATEST, with steps": {
			func(b aliasBench) { b.publish(); b.f.SetAlias("live", "$LATEST", "", 0) },
			stepwise(nil), []string{"Versions cannot share alias", "$LATEST is not a published version"}},
		"an alias that carries provisioned concurrency, with steps": {
			func(b aliasBench) { b.publish(); b.carry("live", 3) },
			stepwise(nil), []string{"Alias carries provisioned concurrency", "alias shop-api:live carries provisioned concurrency (3)",
				"delete-provisioned-concurrency-config --function-name shop-api --qualifier live", "provisioned_concurrent_executions = 3", "leave out strategy.steps"}},
		"an alias that carries provisioned concurrency, and versions that do": {
			func(b aliasBench) { b.publish(); b.carry("live", 3) },
			map[string]any{"provisioned_concurrent_executions": 2}, []string{"Alias carries provisioned concurrency", "provisioned_concurrent_executions = 2", "Lambda refuses both"}},
	} {
		for _, refused := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", refused), func(t *testing.T) {
				b := newAliasBench(t, emulator.WithSwitches(emulator.Switches{WeightsRefusedWhenProvisioned: refused}))
				tc.make(b)
				b.w.Emulator.ForgetCalls()
				err := b.Refused(b.in(5, tc.more))
				for _, words := range tc.says {
					if err == nil || !strings.Contains(err.Error(), words) {
						t.Errorf("the plan ended with %v\nwant %q", err, words)
					}
				}
			})
		}
	}
}

// TestAliasPromotion_deniedReads: a permission that is missing weakens a rule
// to a warning that names the action, and the release works.
func TestAliasPromotion_deniedReads(t *testing.T) {
	for _, operation := range []string{"GetFunctionConfiguration", "GetProvisionedConcurrencyConfig", "GetFunctionConcurrency", "ListEventSourceMappings"} {
		t.Run(operation, func(t *testing.T) {
			strict := false
			b := newAliasBench(t, emulator.WithAllowedActions(func(_, o string) bool { return !strict || o != operation }))
			strict = true
			b.Plan(b.in(2, stepwise(nil)))
			if got := strings.Join(b.Warnings, "\n"); !strings.Contains(got, "lambda:"+operation) || !strings.Contains(got, "Not checked") {
				t.Errorf("the plan warns %q, want lambda:%s named", got, operation)
			}
			ends(t, b.Apply(context.Background(), b.in(2, stepwise(nil))), "")
			b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")
		})
	}
}

// publish makes one more version.
func (b aliasBench) publish() {
	b.f.Configure(&lambda.UpdateFunctionConfigurationInput{Timeout: aws.Int32(9)})
}

// carry gives a version or the alias provisioned concurrency, and waits for it.
func (b aliasBench) carry(qualifier string, executions int) {
	b.w.Call(b.t, "lambda", "PutProvisionedConcurrencyConfig", map[string]any{"FunctionName": "shop-api", "Qualifier": qualifier, "ProvisionedConcurrentExecutions": executions})
	b.w.Pass(2 * time.Minute)
}
