package provider_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

const deployRole = "arn:aws:iam::123456789012:role/codedeploy"

// byCodeDeploy is a canary that CodeDeploy runs.
func byCodeDeploy(more map[string]any) map[string]any {
	config := map[string]any{"driver": "codedeploy", "codedeploy": map[string]any{"service_role_arn": deployRole},
		"strategy": map[string]any{"steps": []any{10}, "pause": "5m"}}
	maps.Copy(config, more)
	return config
}

// withHooks is byCodeDeploy with hooks.
func withHooks(hooks map[string]any) map[string]any {
	hooks["service_role_arn"] = deployRole
	return byCodeDeploy(map[string]any{"codedeploy": hooks})
}

// asked checks how often a call was made that changes something.
func (b aliasBench) asked(want map[string]int) {
	b.t.Helper()
	for operation, n := range want {
		if got := b.w.Emulator.Count("codedeploy", operation) + b.w.Emulator.Count("lambda", operation); got != n {
			b.t.Errorf("%s was called %d times, want %d", operation, got, n)
		}
	}
}

// deployment is the group's last one, as CodeDeploy describes it.
func (b aliasBench) deployment() map[string]any {
	b.t.Helper()
	group := b.w.Call(b.t, "codedeploy", "GetDeploymentGroup", map[string]any{"applicationName": "shop-api", "deploymentGroupName": "live"})
	last := group["deploymentGroupInfo"].(map[string]any)["lastAttemptedDeployment"].(map[string]any)
	return b.w.Call(b.t, "codedeploy", "GetDeployment", map[string]any{"deploymentId": last["deploymentId"]})["deploymentInfo"].(map[string]any)
}

// operator makes a call of CodeDeploy a while from now, on the group's last
// deployment.
func (b aliasBench) stopLater(d time.Duration, back bool) {
	b.w.Emulator.At(b.w.Virtual.Now().Add(d), func(call emulator.CallFunc) {
		out, err := call(acctest.Region, "codedeploy", "ListDeployments", map[string]any{})
		if err == nil {
			_, err = call(acctest.Region, "codedeploy", "StopDeployment", map[string]any{"deploymentId": out["deployments"].([]any)[0], "autoRollbackEnabled": back})
		}
		if err != nil {
			b.t.Error(err)
		}
	})
}

func TestCodeDeploy_promotes(t *testing.T) {
	for name, c := range map[string]struct {
		strategy map[string]any
		config   string
		takes    time.Duration
	}{
		"a canary that CodeDeploy has":     {map[string]any{"steps": []any{10}, "pause": "5m"}, "CodeDeployDefault.LambdaCanary10Percent5Minutes", 5 * time.Minute},
		"a canary of its own":              {map[string]any{"steps": []any{20}, "pause": "7m"}, "awsdeploy-canary-20-percent-7-minutes", 7 * time.Minute},
		"a linear one that CodeDeploy has": {map[string]any{"steps": []any{10, 20, 30, 40, 50, 60, 70, 80, 90}, "pause": "1m"}, "CodeDeployDefault.LambdaLinear10PercentEvery1Minute", 9 * time.Minute},
		"a linear one of its own":          {map[string]any{"steps": []any{30, 60, 90}, "pause": "2m"}, "awsdeploy-linear-30-percent-every-2-minutes", 6 * time.Minute},
		"all at once":                      {nil, "CodeDeployDefault.LambdaAllAtOnce", 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAliasBench(t)
			began := b.w.Clock.Now()
			more := byCodeDeploy(map[string]any{"strategy": c.strategy})
			if err := b.apply(2, more); err != nil {
				t.Fatal(err)
			}
			b.stands("2", "promoted", "2", "") // no move of ours
			if took := b.w.Clock.Now().Sub(began); took < c.takes || took > c.takes+time.Minute {
				t.Errorf("took %s, want about %s", took, c.takes)
			}
			b.asked(map[string]int{"CreateApplication": 1, "CreateDeploymentGroup": 1, "CreateDeployment": 1, "StopDeployment": 0})
			d := b.deployment()
			if d["deploymentConfigName"] != c.config || d["deploymentId"] != b.Attribute("release_id") || d["description"] != "shop-api:live from version 1 to version 2" {
				t.Errorf("deployment %v, release %s", d, b.Attribute("release_id"))
			}
			b.quiet(2, more)
			if err := b.apply(3, more); err != nil { // everything is there
				t.Fatal(err)
			}
			b.stands("3", "promoted", "3", "")
			b.asked(map[string]int{"CreateApplication": 1, "CreateDeploymentGroup": 1, "CreateDeployment": 2})
		})
	}
}

func TestCodeDeploy_goesBackInOneStep(t *testing.T) {
	b := newAliasBench(t)
	hooks := withHooks(map[string]any{"before_allow_traffic": "hook"})
	b.w.NewFunction(t, "hook", 0)
	b.w.Emulator.SetFunctionBehaviour(acctest.Region, "hook", "$LATEST", emulator.FunctionBehaviour{Reports: "Succeeded"})
	if err := b.apply(2, hooks); err != nil {
		t.Fatal(err)
	}
	b.w.Emulator.SetFunctionBehaviour(acctest.Region, "hook", "$LATEST", emulator.FunctionBehaviour{Reports: "Failed"})
	began := b.w.Clock.Now()
	if err := b.apply(1, hooks); err != nil {
		t.Fatal(err)
	}
	b.stands("1", "promoted", "1", "")
	if took := b.w.Clock.Now().Sub(began); took > time.Minute {
		t.Errorf("the way back took %s", took)
	}
	b.asked(map[string]int{"CreateDeployment": 2})
}

// deploySwitches are the readings of what nobody has seen of CodeDeploy.
func deploySwitches() []emulator.Switches {
	return []emulator.Switches{{}, {AlarmFailsDeployment: true}, {RollbackSkipsUnmoved: true}, {RollbackNeedsPredecessor: true}}
}

func TestCodeDeploy_alarmRollsBack(t *testing.T) {
	for _, switches := range deploySwitches() {
		b := newAliasBench(t, emulator.WithSwitches(switches))
		b.w.NewAlarm(t, "errors")
		b.w.Later(t, 2*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "many"})
		more := byCodeDeploy(map[string]any{"alarms": []any{"errors"}})
		b.fails(2, more, "Release rolled back", "ALARM_ACTIVE", "errors", "alias shop-api:live is back on version 1")
		b.stands("1", "rolled_back", "1", map[bool]string{true: "1"}[switches.RollbackNeedsPredecessor])
		b.fails(2, more, "Alarm already firing")
		b.w.SetAlarm(t, "errors", "OK", "quiet")
		if err := b.apply(2, more); err != nil {
			t.Errorf("with %+v, applied again: %v", switches, err)
		}
	}
}

func TestCodeDeploy_hooks(t *testing.T) {
	for _, switches := range deploySwitches() {
		for _, hook := range []string{"before_allow_traffic", "after_allow_traffic"} {
			b := newAliasBench(t, emulator.WithSwitches(switches))
			b.w.NewFunction(t, "hook", 0)
			more := withHooks(map[string]any{hook: "hook"})
			b.w.Emulator.SetFunctionBehaviour(acctest.Region, "hook", "$LATEST", emulator.FunctionBehaviour{Reports: "Failed", ReportsAfter: 20 * time.Second})
			name := map[string]string{"before_allow_traffic": "BeforeAllowTraffic", "after_allow_traffic": "AfterAllowTraffic"}[hook]
			b.fails(2, more, "Release rolled back", "HOOK_EXECUTION_FAILURE", name+": the validation function reported Failed")
			if v, s := b.Attribute("version"), b.Attribute("status"); v != "1" || s != "rolled_back" || b.f.Serves("live") != "1" {
				t.Errorf("state says %s, %s, and the alias serves %s", v, s, b.f.Serves("live"))
			}
			b.w.Emulator.SetFunctionBehaviour(acctest.Region, "hook", "$LATEST", emulator.FunctionBehaviour{Reports: "Succeeded"})
			if err := b.apply(2, more); err != nil || b.f.Serves("live") != "2" {
				t.Errorf("with a good hook: %v, the alias serves %s", err, b.f.Serves("live"))
			}
		}
	}
}

func TestCodeDeploy_checks(t *testing.T) {
	b := newAliasBench(t)
	more := byCodeDeploy(map[string]any{"verify": []any{
		map[string]any{"name": "smoke", "invoke": map[string]any{"payload": `{}`}},
		map[string]any{"name": "journey", "lambda": map[string]any{"function_name": "judge"}}}})
	b.w.NewFunction(t, "judge", 0)
	verdict := func(text string) {
		b.w.Emulator.SetFunctionBehaviour(acctest.Region, "judge", "$LATEST", emulator.FunctionBehaviour{Respond: func([]byte) ([]byte, string) { return []byte(text), "" }})
	}
	verdict(`{"verdict":"fail","reason":"no basket"}`)
	b.f.Behave("2", emulator.FunctionBehaviour{Respond: func([]byte) ([]byte, string) { return []byte(`"boom"`), "Unhandled" }})
	b.fails(2, more, `check "smoke"`, "nothing was changed")
	b.asked(map[string]int{"CreateDeployment": 0, "CreateApplication": 0})
	b.fails(3, more, "Release rolled back", `check "journey"`, "no basket")
	b.stands("1", "rolled_back", "1", "1")
	verdict(`{"verdict":"pass"}`)
	if err := b.apply(3, more); err != nil {
		t.Error(err)
	}
	b.stands("3", "promoted", "3", "1")
}

func TestCodeDeploy_hold(t *testing.T) {
	b := newAliasBench(t)
	b.w.NewAlarm(t, "errors")
	b.w.Later(t, 2*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "many"})
	b.fails(2, byCodeDeploy(map[string]any{"alarms": []any{"errors"}, "on_failure": "hold"}), "Release stopped", "ALARM_ACTIVE", "Live now: version 1 (90 %) and version 2 (10 %)")
	b.stands("1", "failed", "1+2:0.1", "")
}

func TestCodeDeploy_lostAnswers(t *testing.T) {
	for _, operation := range []string{"CreateDeployment", "CreateApplication", "CreateDeploymentGroup", "CreateDeploymentConfig"} {
		for _, times := range []int{1, 4} {
			b := newAliasBench(t)
			b.w.Emulator.Inject(emulator.Fault{Service: "codedeploy", Operation: operation, Kind: emulator.DropAfter, Times: times})
			if err := b.apply(2, byCodeDeploy(map[string]any{"strategy": map[string]any{"steps": []any{20}, "pause": "5m"}})); err != nil {
				t.Errorf("%s lost %d times: %v", operation, times, err)
			}
			b.stands("2", "promoted", "2", "")
			list := b.w.Call(t, "codedeploy", "ListDeployments", map[string]any{})["deployments"].([]any)
			if len(list) != 1 {
				t.Errorf("%s lost %d times: %d deployments were made", operation, times, len(list))
			}
		}
	}
}

// interrupted applies and presses Ctrl-C after a while.
func (b aliasBench) interrupted(d time.Duration, version int, more map[string]any) error {
	b.t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	b.w.Emulator.At(b.w.Virtual.Now().Add(d), func(emulator.CallFunc) {
		b.Stop()
		cancel(errors.New("Ctrl-C"))
	})
	return b.Apply(ctx, b.in(version, more))
}

func TestCodeDeploy_interrupted(t *testing.T) {
	b := newAliasBench(t)
	err := b.interrupted(2*time.Minute, 2, byCodeDeploy(nil))
	if err == nil || !strings.Contains(err.Error(), "CodeDeploy goes on with the deployment") {
		t.Errorf("interrupted: %v", err)
	}
	b.stands("1", "releasing", "1+2:0.1", "")
	id := b.Attribute("release_id")
	b.Restart()
	if err := b.apply(2, byCodeDeploy(nil)); err != nil {
		t.Fatal(err)
	}
	b.stands("2", "promoted", "2", "")
	if b.Attribute("release_id") != id || id == "" {
		t.Errorf("the release is %s, want the one that was under way, %s", b.Attribute("release_id"), id)
	}
	b.Restart()
	back := byCodeDeploy(map[string]any{"on_interrupt": "rollback"})
	if err = b.interrupted(2*time.Minute, 3, back); err == nil || !strings.Contains(err.Error(), "on its way back") {
		t.Errorf("interrupted: %v", err)
	}
	b.Restart()
	b.w.Pass(time.Minute)
	if got := b.f.Serves("live"); got != "2" {
		t.Errorf("the alias serves %s, want 2", got)
	}
	if err := b.apply(3, back); err != nil {
		t.Fatal(err)
	}
	b.stands("3", "promoted", "3", "")
}
