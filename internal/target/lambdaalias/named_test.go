package lambdaalias_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdaalias"
)

// allotments is Lambda's provisioned concurrency, there as soon as it is asked for.
type allotments struct {
	*account
	on map[string]int32
}

func (a *allotments) GetProvisionedConcurrencyConfig(_ context.Context, in *lambda.GetProvisionedConcurrencyConfigInput, _ ...func(*lambda.Options)) (*lambda.GetProvisionedConcurrencyConfigOutput, error) {
	n, ok := a.on[*in.Qualifier]
	if !ok {
		return nil, refusal("ProvisionedConcurrencyConfigNotFoundException")
	}
	return &lambda.GetProvisionedConcurrencyConfigOutput{RequestedProvisionedConcurrentExecutions: aws.Int32(n), Status: types.ProvisionedConcurrencyStatusEnumReady}, nil
}

func (a *allotments) PutProvisionedConcurrencyConfig(_ context.Context, in *lambda.PutProvisionedConcurrencyConfigInput, _ ...func(*lambda.Options)) (*lambda.PutProvisionedConcurrencyConfigOutput, error) {
	a.on[*in.Qualifier] = *in.ProvisionedConcurrentExecutions
	a.writes = append(a.writes, "put "+*in.Qualifier)
	return &lambda.PutProvisionedConcurrencyConfigOutput{}, nil
}

func (a *allotments) DeleteProvisionedConcurrencyConfig(_ context.Context, in *lambda.DeleteProvisionedConcurrencyConfigInput, _ ...func(*lambda.Options)) (*lambda.DeleteProvisionedConcurrencyConfigOutput, error) {
	delete(a.on, *in.Qualifier)
	a.writes = append(a.writes, "delete "+*in.Qualifier)
	return &lambda.DeleteProvisionedConcurrencyConfigOutput{}, nil
}

func (a *allotments) ListAliases(context.Context, *lambda.ListAliasesInput, ...func(*lambda.Options)) (*lambda.ListAliasesOutput, error) {
	d := a.described()
	return &lambda.ListAliasesOutput{Aliases: []types.AliasConfiguration{{Name: aws.String("live"), FunctionVersion: d.FunctionVersion, RoutingConfig: d.RoutingConfig}}}, nil
}

func (a *allotments) ListProvisionedConcurrencyConfigs(context.Context, *lambda.ListProvisionedConcurrencyConfigsInput, ...func(*lambda.Options)) (*lambda.ListProvisionedConcurrencyConfigsOutput, error) {
	out := &lambda.ListProvisionedConcurrencyConfigsOutput{}
	for _, q := range slices.Sorted(maps.Keys(a.on)) {
		out.ProvisionedConcurrencyConfigs = append(out.ProvisionedConcurrencyConfigs, types.ProvisionedConcurrencyConfigListItem{
			FunctionArn: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:shop-api:" + q), RequestedProvisionedConcurrentExecutions: aws.Int32(a.on[q])})
	}
	return out, nil
}

// provided is a release of version 7, which is given two executions; state
// says that version 5 was promoted before.
func provided(a *account) (*lambdaalias.Target, *allotments) {
	lambda := &allotments{a, map[string]int32{}}
	return lambdaalias.New(a, lambda, a.readAlarms, lambdaalias.Config{
		Function: "shop-api", Alias: "live", Version: "7", Provisioned: 2, Allots: true, Home: "5"}), lambda
}

// ready asks for no traffic until the provisioned concurrency is there.
func ready(t *testing.T, tg *lambdaalias.Target, a *allotments) {
	t.Helper()
	observe(t, tg)
	if err := tg.Shift(ctx, rollout.Step{}); err == nil || !strings.Contains(err.Error(), "waits for its provisioned concurrency") {
		t.Errorf("asked for no traffic: %v", err)
	}
	slow := a.on["7"]
	delete(a.on, "7")
	if o := observe(t, tg); o.Arrived {
		t.Error("arrived without its provisioned concurrency")
	}
	a.on["7"] = slow
	observe(t, tg)
	shift(t, tg, 0)
}

func TestTarget_namesWhatItProvidesFor(t *testing.T) {
	a := &account{version: "5", revision: 1}
	tg, lambda := provided(a)
	ready(t, tg, lambda)
	if o := observe(t, tg); o.Percent != 0 || !o.Arrived || o.Active != rollout.ActiveSame || tg.Naming() != "7" {
		t.Errorf("named: %+v", o)
	}
	shift(t, tg, 10)
	end(t, tg, rollout.GoBack)
	if o := observe(t, tg); !o.Back || tg.Naming() != "7" {
		t.Errorf("back: %+v", o)
	}
	if err := tg.Forget(ctx); err != nil || tg.Naming() != "" {
		t.Errorf("forgetting: %v", err)
	}
	if got, want := a.wrote(), "5+7:0 | put 7 | 5+7:0.1 | 5+7:0 | 5"; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
}

// TestTarget_weightsOfZeroThatDoNotStay: AWS might refuse them, or drop them.
func TestTarget_weightsOfZeroThatDoNotStay(t *testing.T) {
	for _, how := range []string{"refused", "dropped"} {
		a := &account{version: "5", revision: 1, zero: how}
		tg, lambda := provided(a)
		ready(t, tg, lambda)
		shift(t, tg, 10)
		if o := observe(t, tg); o.Percent != 10 || !o.Arrived || o.Moved != "" {
			t.Errorf("%s: %+v", how, o)
		}
		end(t, tg, rollout.GoBack)
		if o := observe(t, tg); !o.Back || tg.Naming() != "" {
			t.Errorf("%s, back: %+v", how, o)
		}
		if got := a.wrote(); !strings.HasSuffix(got, "put 7 | 5+7:0.1 | 5") {
			t.Errorf("%s: wrote %s", how, got)
		}
		a = &account{version: "7", weights: map[string]float64{"8": 0.4}, revision: 1, zero: how}
		tg = lambdaalias.New(a, &allotments{a, map[string]int32{}}, a.readAlarms, lambdaalias.Config{Function: "shop-api", Alias: "live", Version: "7", Allots: true, Home: "7"})
		observe(t, tg)
		shift(t, tg, 100)
		if o := observe(t, tg); !o.Arrived || !o.Saved || a.wrote() != "7" {
			t.Errorf("%s, on the way back: %+v, wrote %s", how, o, a.wrote())
		}
	}
}

// TestTarget_whatAShareOfZeroMeans: only beside the version that state calls
// promoted does it name a version that never had any traffic.
func TestTarget_whatAShareOfZeroMeans(t *testing.T) {
	for _, tc := range []struct {
		version, other, wanted, home string
		active                       rollout.Active
		back                         string
	}{
		{"5", "7", "7", "5", rollout.ActiveSame, "5"},
		{"5", "7", "5", "5", rollout.ActiveBack, "5"},
		{"5", "7", "8", "5", rollout.ActiveNone, "5"},
		{"5", "7", "5", "7", rollout.ActiveSame, "7"}, // the last step where 1.0 is refused
		{"5", "7", "5", "", rollout.ActiveSame, "7"},
		{"5", "7", "8", "", rollout.ActiveOther, "5"},
	} {
		tg := target(&account{version: tc.version, weights: map[string]float64{tc.other: 0}, revision: 1},
			func(c *lambdaalias.Config) { c.Version, c.Home = tc.wanted, tc.home })
		if o := observe(t, tg); o.Active != tc.active || tg.Back() != tc.back {
			t.Errorf("%+v: %q, back to %s", tc, o.Active, tg.Back())
		}
	}
}

func TestTarget_relievesWhatItReturnsFrom(t *testing.T) {
	a := &account{version: "7", weights: map[string]float64{"8": 0.4}, revision: 1}
	lambda := &allotments{a, map[string]int32{"7": 2, "8": 2}}
	tg := lambdaalias.New(a, lambda, a.readAlarms, lambdaalias.Config{Function: "shop-api", Alias: "live", Version: "7", Allots: true, Home: "7"})
	observe(t, tg)
	shift(t, tg, 100)
	if o := observe(t, tg); !o.Arrived || o.Percent != 100 || o.Saved {
		t.Errorf("shifted: %+v", o)
	}
	end(t, tg, rollout.Promote)
	if o := observe(t, tg); !o.Saved || a.wrote() != "7+8:0 | delete 8 | 7" || fmt.Sprint(lambda.on) != "map[7:2]" {
		t.Errorf("wrote %s, then %+v, holding %v", a.wrote(), o, lambda.on)
	}
}

func TestIdle(t *testing.T) {
	a := &account{version: "5", weights: map[string]float64{"7": 0}, revision: 1}
	got, err := lambdaalias.Idle(ctx, &allotments{a, map[string]int32{"4": 1, "5": 2, "7": 3, "live": 4}}, "shop-api")
	if err != nil || fmt.Sprint(got) != "map[4:1]" {
		t.Errorf("idle: %v, %v", got, err)
	}
}
