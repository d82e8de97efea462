package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAccAliasPromotion_preflight: what only the apply can know ends it before
// its first change.
func TestAccAliasPromotion_preflight(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 4)
	f.NewAlias("live", "1")
	w.NewAlarm(t, "shop-5xx")
	function := func(more map[string]any) map[string]any {
		more["FunctionName"] = f.Name
		return more
	}
	const alarms = "\n  alarms = [%q]"
	steps := []resource.TestStep{{Config: promotion(w, f, 1, "")}}
	for _, tc := range []struct {
		make, undo func()
		version    int
		more, says string
	}{
		{func() {}, func() {}, 2, fmt.Sprintf(alarms, "shop-p99"), `alarms names "shop-p99", which does not exist in eu-central-1`},
		{func() { w.SetAlarm(t, "shop-5xx", "ALARM", "5 errors") }, func() { w.SetAlarm(t, "shop-5xx", "OK", "quiet") }, 2, fmt.Sprintf(alarms, "shop-5xx"), "Alarm shop-5xx is in ALARM: 5 errors"},
		{func() {
			w.Call(t, "lambda", "PutFunctionConcurrency", function(map[string]any{"ReservedConcurrentExecutions": 0}))
		}, func() { w.Call(t, "lambda", "DeleteFunctionConcurrency", function(map[string]any{})) }, 2, "",
			"The reserved concurrency of shop-api is 0: nothing can invoke it"},
		{func() { f.SetAlias("live", "3", "4", 0.2) }, func() { f.SetAlias("live", "1", "", 0) }, 2, "", "Another release under way"},
		{func() {
			w.Emulator.SetFunctionTimes(acctest.Region, emulator.FunctionTimes{Publish: 24 * time.Hour})
			f.Upload()
		}, func() {}, 5, "", "Version 5 of shop-api is Pending, and invocations of it fail:"},
	} {
		steps = append(steps, resource.TestStep{PreConfig: func() { tc.make(); w.Emulator.ForgetCalls() }, Config: promotion(w, f, tc.version, canary+tc.more),
			ExpectError: acctest.Says(tc.says)},
			resource.TestStep{PreConfig: func() {
				if got := f.Moves(); got != "" {
					t.Errorf("%s: moved %s", tc.says, got)
				}
				tc.undo()
			}, Config: promotion(w, f, 1, ""), ConfigStateChecks: []statecheck.StateCheck{only("1")}})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
}

// TestAccAliasPromotion_previewed: the live facts of a plan are one warning of
// the alias's name, as the CLI shows it.
func TestAccAliasPromotion_previewed(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 3)
	f.NewAlias("live", "1")
	const function = "arn:aws:lambda:eu-central-1:123456789012:function:shop-api"
	w.NewAlarm(t, "shop-5xx")
	w.SetAlarm(t, "shop-5xx", "ALARM", "5 errors")
	w.Call(t, "lambda", "PutFunctionConcurrency", map[string]any{"FunctionName": f.Name, "ReservedConcurrentExecutions": 0})
	w.Emulator.SeedEventSourceMappings(acctest.Region, f.Name,
		map[string]any{"UUID": "1", "EventSourceArn": "arn:aws:sqs:eu-central-1:123456789012:orders", "FunctionArn": function, "State": "Enabled"})
	b := aliasBench{t: t, w: w, f: f}
	b.deployGroup(f.Name, "live")
	b.w.Pass(10 * time.Minute) // from version 1 to 2
	s := newShell(t, promotion(w, f, 3, canary+"\n  alarms = [\"shop-5xx\", \"shop-p99\"]\n  alarms_firing = \"refuse\""))
	out := s.run("plan")
	s.says(out, "Release onto shop-api:live", "Alias shop-api:live serves version 2.", "Steps: 10 % for 10m, then 50 % for 10m, then 100 % for 15m.",
		"Alarm shop-5xx is in ALARM", "Alarm shop-p99 does not exist (yet)", "The reserved concurrency of shop-api is 0",
		"Event sources that invoke shop-api without an alias are not part of any release: arn:aws:sqs:eu-central-1:123456789012:orders.",
		"Group grp of CodeDeploy's application sam deploys to shop-api:live too",
		"While no apply runs, nothing moves and nothing watches. Ctrl-C: rollback.")
	if n := strings.Count(out, "Warning:"); n != 2 { // the other is the CLI's, of the provider's override
		t.Errorf("%d warnings, want one of the alias's name:\n%s", n, out)
	}
}

// TestAccAliasPromotion_codeDeployWedged: weights that a deployment left which
// somebody stopped are seen, and cleared by the next apply.
func TestAccAliasPromotion_codeDeployWedged(t *testing.T) {
	w := acctest.New(t)
	f := w.NewFunction(t, "shop-api", 3)
	f.NewAlias("live", "1")
	deployed := `
  driver     = "codedeploy"
  codedeploy = { service_role_arn = "` + deployRole + `" }
  strategy   = { steps = [10], pause = "5m" }`
	b := aliasBench{t: t, w: w, f: f}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: promotion(w, f, 1, deployed)},
			{
				PreConfig: func() { w.Emulator.ForgetCalls(); b.stopLater(2*time.Minute, false) },
				Config:    promotion(w, f, 2, deployed), ExpectError: saysAll("Release stopped by hand", "was stopped by somebody else"),
			},
			{
				PreConfig: func() {
					if got := f.Serves("live"); got != "1+2:0.1" {
						t.Errorf("the alias serves %s, want the weights that are left", got)
					}
				},
				Config:            promotion(w, f, 2, deployed),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(alias), acctest.Unknown(alias, "live")),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
			},
			{ // an alarm takes a deployment back, without a call of ours
				PreConfig: func() {
					if got := f.Moves(); got != "1" {
						t.Errorf("we moved %q, want the weights cleared once and the rest left to CodeDeploy", got)
					}
					w.Emulator.ForgetCalls()
					w.NewAlarm(t, "shop-5xx")
					w.Later(t, 3*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5 errors"})
				},
				Config: promotion(w, f, 3, deployed+"\n  alarms = [\"shop-5xx\"]"), ExpectError: saysAll("Release rolled back", "alias shop-api:live is back on version 2"),
			},
			{Config: promotion(w, f, 3, deployed+"\n  provisioned_concurrent_executions = 2"), PlanOnly: true, ExpectError: acctest.Says("CodeDeploy does not wait for it before it moves traffic")},
			{Config: promotion(w, f, 3, strings.Replace(deployed, `"5m"`, `"90s"`, 1)), PlanOnly: true, ExpectError: saysAll("CodeDeploy cannot do that", "strategy.steps and strategy.pause")},
			{
				Config:            promotion(w, f, 2, deployed),
				ConfigStateChecks: []statecheck.StateCheck{status("promoted"), only("2")},
			},
		},
	})
	if got := f.Moves(); got != "" {
		t.Errorf("we moved %q beside CodeDeploy", got)
	}
}

// TestAccAliasPromotion_manyAtOnce: many functions, and two aliases of each,
// in one apply, inside Lambda's control-plane rate.
func TestAccAliasPromotion_manyAtOnce(t *testing.T) {
	const functions = 6
	w := acctest.New(t, emulator.WithRates(map[string]emulator.Rate{"lambda": {PerSecond: 15, Burst: 15}}))
	var estate []*acctest.Function
	for n := range functions {
		f := w.NewFunction(t, fmt.Sprintf("shop-%d", n), 2)
		f.NewAlias("live", "1")
		f.NewAlias("beta", "1")
		estate = append(estate, f)
		w.Pass(10 * time.Second)
	}
	all := func(version int) string {
		return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_alias_promotion" "all" {
  count         = %d * 2
  function_name = "shop-${floor(count.index / 2)}"
  alias         = count.index %% 2 == 0 ? "live" : "beta"
  version       = "%d"
  strategy      = { steps = [10, 50], pause = "2m", bake = "2m" }
}`, functions, version)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: all(1)},
			{PreConfig: func() { w.Pass(time.Minute); w.Emulator.ForgetCalls() }, Config: all(2)},
		},
	})
	perSecond := map[time.Time]int{}
	for _, c := range w.Emulator.Calls() {
		if c.Service != "lambda" {
			continue
		}
		perSecond[c.Time.Truncate(time.Second)]++
		if c.ErrorCode != "" && c.Operation != "GetProvisionedConcurrencyConfig" {
			t.Errorf("%s was refused: %s", c.Operation, c.ErrorCode)
		}
	}
	for second, n := range perSecond {
		if n > 15 {
			t.Errorf("%d calls in the second of %s, want 15 at most", n, second)
		}
	}
	for _, f := range estate {
		if live, beta := f.Serves("live"), f.Serves("beta"); live != "2" || beta != "2" {
			t.Errorf("%s serves %s and %s", f.Name, live, beta)
		}
	}
}
