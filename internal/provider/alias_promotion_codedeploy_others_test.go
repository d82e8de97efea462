package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

func TestCodeDeploy_stoppedByHandLeavesAWedge(t *testing.T) {
	b := newAliasBench(t)
	b.stopLater(2*time.Minute, false)
	b.fails(2, byCodeDeploy(nil), "Release stopped by hand", "was stopped by somebody else")
	b.stands("1", "failed", "1+2:0.1", "")
	b.Restart()
	b.Read()
	if _, _, changes := b.Plan(b.in(2, byCodeDeploy(nil))); !changes || !strings.Contains(strings.Join(b.Warnings, "\n"), "The apply first gives everything to version 1") {
		t.Errorf("the plan of a wedged alias changes something: %v; it says %v", changes, b.Warnings)
	}
	if err := b.apply(2, byCodeDeploy(nil)); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "promoted", "2", "1") // the weights were cleared once
}

func TestCodeDeploy_wedgedBackHome(t *testing.T) {
	b := newAliasBench(t)
	b.stopLater(2*time.Minute, false)
	b.fails(2, byCodeDeploy(nil), "Release stopped by hand")
	if err := b.apply(1, byCodeDeploy(nil)); err != nil {
		t.Fatal(err)
	}
	b.stands("1", "promoted", "1", "1")
	b.asked(map[string]int{"CreateDeployment": 1})
}

func TestCodeDeploy_operatorMovesAlias(t *testing.T) {
	b := newAliasBench(t)
	b.f.SetAliasLater(2*time.Minute, "live", "3", "", 0)
	b.fails(2, byCodeDeploy(nil), "Release stopped by hand", "somebody else moved alias shop-api:live to versions 3 and none")
	b.asked(map[string]int{"StopDeployment": 0, "UpdateAlias": 0})
}

func TestCodeDeploy_othersDeployment(t *testing.T) {
	for _, tc := range []struct{ active, says, serves string }{
		{"adopt", "Another release under way", ""},
		{"wait", "", "3"},
		{"supersede", "", "3"},
	} {
		b := newAliasBench(t)
		if err := b.apply(2, byCodeDeploy(map[string]any{"strategy": nil})); err != nil {
			t.Fatal(err)
		}
		b.w.Call(t, "codedeploy", "CreateDeployment", map[string]any{"applicationName": "shop-api", "deploymentGroupName": "live",
			"deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes", "revision": map[string]any{"revisionType": "AppSpecContent", "appSpecContent": map[string]any{
				"content": `{"version":0.0,"Resources":[{"x":{"Type":"AWS::Lambda::Function","Properties":{"Name":"shop-api","Alias":"live","CurrentVersion":"2","TargetVersion":"4"}}}]}`}}})
		b.w.Pass(time.Minute)
		err := b.apply(3, byCodeDeploy(map[string]any{"on_active": tc.active}))
		switch {
		case tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)):
			t.Errorf("on_active %s: %v", tc.active, err)
		case tc.says == "" && (err != nil || b.f.Serves("live") != tc.serves):
			t.Errorf("on_active %s: %v; the alias serves %s", tc.active, err, b.f.Serves("live"))
		}
	}
}

func TestCodeDeploy_revertedOnTheWay(t *testing.T) {
	for _, after := range []time.Duration{time.Second, 2 * time.Minute, 5*time.Minute + time.Second} {
		b := newAliasBench(t)
		b.killed(after, 2, byCodeDeploy(nil))
		if err := b.apply(1, byCodeDeploy(nil)); err != nil {
			t.Errorf("reverted after %s: %v", after, err)
		}
		if v, s, serves := b.Attribute("version"), b.Attribute("status"), b.f.Serves("live"); v != "1" || s != "promoted" || serves != "1" {
			t.Errorf("reverted after %s: state says %s, %s, and the alias serves %s", after, v, s, serves)
		}
		b.quiet(1, byCodeDeploy(nil))
	}
}

func TestCodeDeploy_failedWhileNobodyLooked(t *testing.T) {
	for _, switches := range []emulator.Switches{{}, {RollbackNeedsPredecessor: true}} {
		for _, late := range []time.Duration{time.Second, 8 * time.Second} {
			b := newAliasBench(t, emulator.WithSwitches(switches))
			b.w.NewAlarm(t, "errors")
			more := byCodeDeploy(map[string]any{"alarms": []any{"errors"}})
			b.killed(2*time.Minute, 2, more)
			b.w.SetAlarm(t, "errors", "ALARM", "many")
			b.w.Pass(late)
			b.w.SetAlarm(t, "errors", "OK", "quiet")
			err := b.apply(2, more)
			for range 2 { // while it goes back, the apply tells so, and the next one releases
				if err != nil {
					err = b.apply(2, more)
				}
			}
			if err != nil || b.f.Serves("live") != "2" || b.Attribute("status") != "promoted" {
				t.Errorf("%s after the alarm, with %+v: %v; the alias serves %s", late, switches, err, b.f.Serves("live"))
			}
		}
	}
}

func TestCodeDeploy_refusals(t *testing.T) {
	b := newAliasBench(t)
	b.w.Call(t, "codedeploy", "CreateDeploymentConfig", map[string]any{"deploymentConfigName": "slow", "computePlatform": "Lambda",
		"trafficRoutingConfig": map[string]any{"type": "TimeBasedCanary", "timeBasedCanary": map[string]any{"canaryPercentage": 5, "canaryInterval": 60}}})
	strategy := func(s map[string]any) map[string]any { return byCodeDeploy(map[string]any{"strategy": s}) }
	check := func(kind string, what map[string]any) map[string]any {
		return byCodeDeploy(map[string]any{"verify": []any{map[string]any{"name": "smoke", kind: what}}})
	}
	for _, tc := range []struct {
		more  map[string]any
		words string
	}{
		{strategy(map[string]any{"steps": []any{10, 50}, "pause": "5m"}), "neither a canary, one step such as [10], nor linear"},
		{strategy(map[string]any{"steps": []any{10, 20}, "pause": "5m"}), "leave more than one step of 10 % to the end"},
		{strategy(map[string]any{"steps": []any{10}, "pause": "90s"}), "CodeDeploy waits whole minutes"},
		{strategy(map[string]any{"steps": []any{10}, "pause": "30s"}), "CodeDeploy waits whole minutes"},
		{strategy(map[string]any{"steps": []any{40, 80}, "pause": "30h"}), "at most 48 hours"},
		{strategy(map[string]any{"steps": []any{10}, "pause": "5m", "hold_at": 10}), "strategy.hold_at: CodeDeploy cannot hold"},
		{strategy(map[string]any{"bake": "5m"}), "strategy.bake: CodeDeploy ends a deployment"},
		{check("http", map[string]any{"url": "https://shop.example.com"}), `check "smoke": http: CodeDeploy waits for no checks`},
		{byCodeDeploy(map[string]any{"codedeploy": map[string]any{"service_role_arn": "codedeploy"}}), "is no role"},
		{byCodeDeploy(map[string]any{"codedeploy": map[string]any{"service_role_arn": deployRole, "deployment_config_name": "slow"}}), `"slow" is canary, 5 % for 60 minutes, and strategy asks for canary, 10 % for 5 minutes`},
		{byCodeDeploy(map[string]any{"alias": strings.Repeat("a", 101)}), "the alias's name has 101 characters"},
		{byCodeDeploy(map[string]any{"provisioned_concurrent_executions": 2}), "CodeDeploy does not wait for it"},
		{map[string]any{"codedeploy": map[string]any{"service_role_arn": deployRole}}, `no effect with driver = "direct"`},
	} {
		err := b.Validate(b.in(2, tc.more))
		if err == nil {
			err = b.Refused(b.in(2, tc.more))
		}
		if err == nil || !strings.Contains(err.Error(), tc.words) {
			t.Errorf("the plan ended with %v, want that it says %q", err, tc.words)
		}
	}
	roleless := byCodeDeploy(map[string]any{"codedeploy": map[string]any{"application_name": "other"}})
	b.Read()
	b.Plan(b.in(2, roleless))
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, `no application "other"`) {
		t.Errorf("the plan says %s", said)
	}
	b.fails(2, roleless, `codedeploy.service_role_arn: CodeDeploy has no application "other"`)
	b.stands("1", "promoted", "1", "")
}

func codeDeployKillCase(switches emulator.Switches, strategy map[string]any) killCase {
	return killCase{kind: "awsdeploy_alias_promotion", options: []emulator.Option{emulator.WithSwitches(switches)},
		build: func(t *testing.T, w *acctest.World) killEstate {
			f := w.NewFunction(t, "shop-api", 2)
			f.NewAlias("live", "1")
			in := func(version string) map[string]any {
				return byCodeDeploy(map[string]any{"function_name": f.Name, "alias": "live", "version": version,
					"verify":   []any{map[string]any{"name": "smoke", "invoke": map[string]any{"payload": `{"ping":true}`, "expect": `{"ping":true}`}}},
					"strategy": strategy})
			}
			return killEstate{old: in("1"), planned: in("2"), check: func(then aftermath) error {
				want := map[aftermath]string{again: "2", created: "2", reverted: "1"}[then]
				if got := f.Serves("live"); got != want {
					return fmt.Errorf("the alias serves %s, want %s", got, want)
				}
				return nil
			}}
		}}
}

func TestKillMatrix_codeDeploy(t *testing.T) {
	canary := map[string]any{"steps": []any{20}, "pause": "1m"}
	runKillMatrix(t, codeDeployKillCase(emulator.Switches{}, canary), again)
	runKillMatrix(t, codeDeployKillCase(emulator.Switches{}, nil), created)
	runKillMatrix(t, codeDeployKillCase(emulator.Switches{RollbackSkipsUnmoved: true, RollbackNeedsPredecessor: true}, canary), reverted)
}
