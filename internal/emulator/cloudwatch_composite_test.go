package emulator

import (
	"strings"
	"testing"
	"time"
)

func TestRules(t *testing.T) {
	states := map[string]string{"a": "ALARM", "b": "OK", "c d": "ALARM", "e": "INSUFFICIENT_DATA"}
	for rule, want := range map[string]bool{
		`ALARM(a)`:                              true,
		`OK(a)`:                                 false,
		`INSUFFICIENT_DATA(e)`:                  true,
		`ALARM("c d") AND NOT ALARM(b)`:         true,
		`ALARM(b) OR ALARM(a) AND ALARM(b)`:     false, // AND binds stronger
		`(ALARM(a) OR ALARM(b)) AND OK(b)`:      true,
		`NOT (TRUE AND ALARM(a))`:               false,
		`FALSE OR NOT FALSE`:                    true,
		`ALARM(arn:aws:cloudwatch:x:1:alarm:a)`: true,
		`NOT NOT ALARM( a )`:                    true,
		"ALARM(a)\n AND\tALARM(\"c d\")":        true,
	} {
		parsed, err := parseRule(rule)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		check(t, rule, parsed.holds(func(name string) string { return states[name] }), want)
	}
	for _, rule := range []string{"", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "alarm(a)", "ALARM(a) AND", "ALARM(a) ALARM(b)",
		"(ALARM(a)", `ALARM("a)`, "AND", "ALARM(a))"} {
		if parsed, err := parseRule(rule); err == nil {
			t.Errorf("%q was read as %#v", rule, parsed)
		}
	}
}

func TestCompositeAlarmFollowsItsChildren(t *testing.T) {
	d := driveCloudWatch(t)
	for _, name := range []string{"a", "b"} {
		d.must("PutMetricAlarm", errorsAlarm(values{"AlarmName": name, "TreatMissingData": "ignore"}))
	}
	d.refused("ValidationError", "PutCompositeAlarm", values{"AlarmName": "both", "AlarmRule": "ALARM(a) AND ALARM(none)"})
	d.refused("ValidationError", "PutCompositeAlarm", values{"AlarmName": "both", "AlarmRule": "ALARM(a) AND"})
	d.must("PutCompositeAlarm", values{"AlarmName": "both", "AlarmRule": "ALARM(a) AND ALARM(b)"})
	d.must("PutCompositeAlarm", values{"AlarmName": "outer", "AlarmRule": "ALARM(both)"})
	set := func(name, state string) {
		d.must("SetAlarmState", values{"AlarmName": name, "StateValue": state, "StateReason": "drill"})
	}
	check(t, "at first", d.alarm("both").str("StateValue"), "OK")
	set("a", "ALARM")
	check(t, "one of two", d.alarm("both").str("StateValue"), "OK")
	set("b", "ALARM")
	check(t, "both", d.alarm("both").str("StateValue"), "ALARM")
	check(t, "the one above", d.alarm("outer").str("StateValue"), "ALARM")
	want := "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:b transitioned to ALARM at Sunday 01 March, 2026 12:00:00 UTC"
	check(t, "why", d.alarm("both").str("StateReason"), want)
	set("both", "OK") // stays so until a child changes
	d.pass(time.Hour)
	check(t, "set by hand", d.alarm("both").str("StateValue"), "OK")
	set("a", "OK")
	set("a", "ALARM")
	check(t, "a child changed", d.alarm("both").str("StateValue"), "ALARM")
	d.refused("ValidationError", "PutMetricAlarm", errorsAlarm(values{"AlarmName": "both"}))
}

func TestCompositeAlarmsInACircleEnd(t *testing.T) {
	d := driveCloudWatch(t)
	d.must("PutCompositeAlarm", values{"AlarmName": "a", "AlarmRule": "FALSE"})
	d.must("PutCompositeAlarm", values{"AlarmName": "b", "AlarmRule": "ALARM(a)"})
	d.must("PutCompositeAlarm", values{"AlarmName": "a", "AlarmRule": "OK(b)"})
	if reason := d.alarm("a").str("StateReason"); !strings.Contains(reason, "transitioned to") {
		t.Errorf("reason %q", reason)
	}
	d.refused("ValidationError", "DeleteAlarms", values{"AlarmNames": []string{"a"}})
}
