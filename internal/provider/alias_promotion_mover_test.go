package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAliasPromotion_moverAtEachPlace: another's move in the instant before
// each change of ours is not overwritten, and told from where to where.
func TestAliasPromotion_moverAtEachPlace(t *testing.T) {
	const last = 4 // 10 %, 50 %, 100 %, the promotion
	places := []string{"version 1", "version 1 (90 %) and version 2 (10 %)", "version 1 (50 %) and version 2 (50 %)", "version 1 (0 %) and version 2 (100 %)"}
	for nth := 1; nth <= last+1; nth++ {
		t.Run(fmt.Sprintf("before change %d", nth), func(t *testing.T) {
			place := min(nth, last)
			count, move := 0, func() {}
			b := newAliasBench(t, emulator.OnCall(func(c emulator.Call, acted bool) bool {
				if c.Operation == "UpdateAlias" && !acted && aws.ToString(revision(c)) != "" {
					if count++; count == place {
						move()
					}
				}
				return true
			}))
			b.w.NewAlarm(t, "shop-5xx")
			b.w.Emulator.ForgetCalls()
			count = 0
			move = func() {
				b.w.Call(t, "lambda", "UpdateAlias", map[string]any{"FunctionName": "shop-api", "Name": "live", "FunctionVersion": "3",
					"RoutingConfig": map[string]any{"AdditionalVersionWeights": map[string]any{"4": 0.2}}})
			}
			more, from := stepwise(map[string]any{"alarms": []any{"shop-5xx"}}), ""
			if nth <= last {
				from = places[nth-1]
			} else { // the way back
				place, from = 2, places[1]
				b.w.Later(t, 5*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "bad"})
			}
			b.fails(2, more, "Release stopped by hand", "somebody else moved alias shop-api:live from "+from+" to version 3 (80 %) and version 4 (20 %)", "CloudTrail")
			b.stands("1", "failed", "3+4:0.2", b.f.Moves())
			if n := strings.Count(b.f.Moves()+" ", " "); b.f.Moves() != "" && n != place-1 {
				t.Errorf("moved %q, want %d changes of ours and none after another's", b.f.Moves(), place-1)
			}
		})
	}
}

func revision(c emulator.Call) *string {
	text, _ := c.Input["RevisionId"].(string)
	return &text
}
