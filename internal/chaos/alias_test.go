package chaos

import (
	"fmt"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

const (
	resetByHand = "alias reset by hand"
	movedByHand = "alias moved by hand"
	stopByHand  = "deployment stopped by hand"
	backByHand  = "deployment rolled back by hand"
)

// promotion is a release onto an alias that the provider moves.
func promotion() subject {
	return subject{name: "alias_promotion", kind: "awsdeploy_alias_promotion", release: true,
		starts: []string{"UpdateAlias"}, running: "nothing watches the alarms until the next apply",
		hands: []string{resetByHand, movedByHand}, moments: []time.Duration{20 * time.Second, 60 * time.Second},
		switches: []string{"WeightOneRefused", "WeightsRefusedWhenProvisioned"},
		build: func(t *testing.T, w *acctest.World) estate {
			f := w.NewFunction(t, "shop-api", 3)
			f.NewAlias("live", "1")
			w.NewAlarm(t, alarm)
			url, asked := w.Healthz(t)
			in := func(version string) map[string]any {
				return map[string]any{"function_name": f.Name, "alias": "live", "version": version, "alarms": []any{alarm},
					"verify": []any{
						map[string]any{"name": "smoke", "invoke": map[string]any{"payload": `{"ping":true}`, "expect": `{"ping":true}`}},
						map[string]any{"name": "page", "http": map[string]any{"url": url}},
					},
					"strategy": map[string]any{"steps": []any{50}, "pause": "30s", "bake": "30s"}}
			}
			return estate{old: in("1"), planned: in("2"), hand: aliasHands(f.Name), back: func() error { return f.Settled("live", "1") },
				check: func(_ *acctest.Bench, now ending) error {
					switch {
					case now.reverted:
						return f.Settled("live", "1")
					case now.hand == "" && !now.bad && now.interrupt == "":
						return f.Promoted("live", "2", acctest.Invoked, asked)
					case f.Serves("live") != "2":
						return fmt.Errorf("the alias serves %s, want 2", f.Serves("live"))
					}
					return f.Checked("2", acctest.Invoked, asked)
				}}
		}}
}

// aliasHands move an alias that is on its way.
func aliasHands(function string) map[string]func(emulator.CallFunc) bool {
	to := func(version string) func(emulator.CallFunc) bool {
		return func(call emulator.CallFunc) bool {
			at, err := call(acctest.Region, "lambda", "GetAlias", map[string]any{"FunctionName": function, "Name": "live"})
			routing, _ := at["RoutingConfig"].(map[string]any)
			weights, _ := routing["AdditionalVersionWeights"].(map[string]any)
			if err != nil || len(weights) == 0 {
				return false // not on its way
			}
			_, err = call(acctest.Region, "lambda", "UpdateAlias", map[string]any{"FunctionName": function, "Name": "live",
				"FunctionVersion": version, "RoutingConfig": map[string]any{"AdditionalVersionWeights": map[string]any{}}})
			return err == nil
		}
	}
	return map[string]func(emulator.CallFunc) bool{resetByHand: to("1"), movedByHand: to("3")}
}

// deployment is a release onto an alias that CodeDeploy moves.
func deployment() subject {
	return subject{name: "alias_promotion by CodeDeploy", kind: "awsdeploy_alias_promotion", release: true,
		starts: []string{"CreateDeployment"}, running: "CodeDeploy goes on with the deployment",
		hands: []string{stopByHand, backByHand}, moments: []time.Duration{20 * time.Second, 50 * time.Second},
		switches: []string{"AlarmFailsDeployment", "RollbackSkipsUnmoved", "RollbackNeedsPredecessor"},
		build: func(t *testing.T, w *acctest.World) estate {
			f := w.NewFunction(t, "shop-api", 2)
			f.NewAlias("live", "1")
			w.NewAlarm(t, alarm)
			in := func(version string) map[string]any {
				return map[string]any{"function_name": f.Name, "alias": "live", "version": version, "alarms": []any{alarm}, "driver": "codedeploy",
					"codedeploy": map[string]any{"service_role_arn": role}, "strategy": map[string]any{"steps": []any{10}, "pause": "1m"}}
			}
			return estate{old: in("1"), planned: in("2"), back: func() error { return f.Settled("live", "1") },
				hand: map[string]func(emulator.CallFunc) bool{stopByHand: stops(false), backByHand: stops(true)},
				check: func(_ *acctest.Bench, now ending) error {
					version, most := "2", 1
					switch {
					case now.reverted:
						version, most = "1", 2
					case now.hand != "" || now.bad || now.interrupt != "":
						most = 2
					}
					if got := f.Serves("live"); got != version {
						return fmt.Errorf("the alias serves %s, want %s", got, version)
					}
					if n := acted(w, "CreateDeployment"); n > most {
						return fmt.Errorf("%d deployments were created, want at most %d", n, most)
					}
					return nil
				}}
		}}
}

// stops stops the deployment under way, with a way back or without.
func stops(back bool) func(emulator.CallFunc) bool {
	return func(call emulator.CallFunc) bool {
		out, err := call(acctest.Region, "codedeploy", "ListDeployments", map[string]any{"includeOnlyStatuses": []any{"Created", "InProgress"}})
		list, _ := out["deployments"].([]any)
		if err != nil || len(list) == 0 {
			return false
		}
		_, err = call(acctest.Region, "codedeploy", "StopDeployment", map[string]any{"deploymentId": list[0], "autoRollbackEnabled": back})
		return err == nil
	}
}

// acted counts the calls of an operation that were done, whatever was heard.
func acted(w *acctest.World, operation string) (n int) {
	for _, c := range w.Emulator.Calls() {
		if c.Operation == operation && c.Acted && (c.ErrorCode == "" || c.ErrorCode == "ConnectionDropped") {
			n++
		}
	}
	return n
}
