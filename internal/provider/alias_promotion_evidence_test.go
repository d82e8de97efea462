package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAliasPromotion_evidence: a failure tells how often either version
// failed, and what the new one logged; what may not be read is said so.
func TestAliasPromotion_evidence(t *testing.T) {
	denied := ""
	b := newAliasBench(t, emulator.WithAllowedActions(func(_, operation string) bool { return operation != denied }))
	b.f.Behave("2", broken())
	b.fails(2, smoke(stepwise(nil)), "before it got any traffic",
		"version 2: no invocation through the alias since the release began", "version 1: no invocation",
		"last errors of version 2 in log group /aws/lambda/shop-api:", `[ERROR] {"errorMessage":"no database"}`)

	b.w.NewAlarm(t, "shop-5xx")
	b.f.Behave("1", failsOnce(100, 0))
	b.f.Behave("2", failsOnce(4, 0))
	guarded := stepwise(map[string]any{"alarms": []any{"shop-5xx"}})
	bad := func(after time.Duration) {
		b.w.SetAlarm(t, "shop-5xx", "OK", "quiet")
		b.f.Traffic(t, "live", time.Second, after+time.Minute)
		b.w.Later(t, after, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx"})
	}
	bad(8 * time.Minute)
	b.fails(2, guarded, "What was found:", "version 2: 12 errors in ", " invocations through the alias since the release began (2",
		"version 1: ", "no stock")
	if n := strings.Count(b.apply(2, guarded).Error(), "Alarm already firing"); n != 1 {
		t.Error("an alarm that fires does not refuse the next one")
	}
	for operation, says := range map[string]string{
		"FilterLogEvents": "log group /aws/lambda/shop-api may not be read (logs:FilterLogEvents): CloudWatch Logs FilterLogEvents: AccessDeniedException",
		"GetMetricData":   "errors of the versions could not be read: CloudWatch GetMetricData: AccessDenied",
	} {
		bad(3 * time.Minute)
		denied = operation
		b.fails(2, guarded, "Release rolled back", says)
		denied = ""
	}
}

// past is the history: "2 from 1 rolled_back: why".
func (b aliasBench) past() (out []string) {
	b.t.Helper()
	var all map[string]tftypes.Value
	var rows []tftypes.Value
	if err := b.State.As(&all); err != nil {
		b.t.Fatal(err)
	}
	if err := all["history"].As(&rows); err != nil {
		b.t.Fatal(err)
	}
	for _, row := range rows {
		var entry map[string]tftypes.Value
		if err := row.As(&entry); err != nil {
			b.t.Fatal(err)
		}
		text := map[string]string{}
		for name, v := range entry {
			var s *string
			if err := v.As(&s); err != nil {
				b.t.Fatal(err)
			}
			if s != nil {
				text[name] = *s
			}
		}
		began, err := time.Parse(time.RFC3339, text["started_at"])
		ended, err2 := time.Parse(time.RFC3339, text["ended_at"])
		if err != nil || err2 != nil || ended.Before(began) {
			b.t.Errorf("from %q to %q", text["started_at"], text["ended_at"])
		}
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%s from %s %s: %s", text["version"], text["previous_version"], text["status"], text["reason"]), ": "))
	}
	return out
}

func TestAliasPromotion_history(t *testing.T) {
	b := newAliasBench(t)
	b.f.Behave("2", broken())
	b.fails(2, smoke(stepwise(nil)), "Release rolled back")
	ends(t, b.apply(3, stepwise(nil)), "")
	ends(t, b.apply(3, stepwise(map[string]any{"timeouts": map[string]any{"update": "3h"}})), "") // settings are no release
	ends(t, b.apply(1, stepwise(nil)), "")
	got := b.past()
	want := []string{"1 from 3 promoted", "3 from 1 promoted", "2 from 1 rolled_back: check \"smoke\"", "1 from  promoted"}
	if len(got) != len(want) {
		t.Fatalf("remembered %q, want %q", got, want)
	}
	for n := range want {
		if !strings.HasPrefix(got[n], want[n]) {
			t.Errorf("remembered %q, want %q", got[n], want[n])
		}
	}
	for n := range 12 {
		ends(t, b.apply(1+n%2*2, nil), "")
	}
	if n := len(b.past()); n != 10 {
		t.Errorf("%d are remembered, want the last 10", n)
	}
}
