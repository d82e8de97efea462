package provider

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestDurationFault(t *testing.T) {
	for text, want := range map[string]string{
		"90s":     "",
		"1h30m":   "",
		"0s":      "",
		"300":     `write "300s" for seconds, "300m" for minutes`,
		"1.5":     "has no unit",
		"0":       "has no unit",
		"":        "is not a duration",
		"10 min":  "is not a duration",
		"1d":      "is not a duration",
		"-5m":     "is negative",
		"1500ms":  "whole number of seconds",
		"1m0.25s": "whole number of seconds",
	} {
		got := durationFault(text)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("durationFault(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestDurationBetween(t *testing.T) {
	between := durationBetween(time.Second, longestWait)
	for text, fine := range map[string]bool{"0s": false, "1s": true, "48h": true, "48h1s": false} {
		var resp validator.StringResponse
		between.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("pause"), ConfigValue: types.StringValue(text)}, &resp)
		if resp.Diagnostics.HasError() == fine {
			t.Errorf("%s: %v", text, resp.Diagnostics)
		}
	}
}

func TestDurationValue_semanticEquality(t *testing.T) {
	five := newDuration(5 * time.Minute)
	for text, want := range map[string]bool{"300s": true, "5m": true, "5m0s": true, "301s": false} {
		got, _ := five.StringSemanticEquals(context.Background(), durationValue{types.StringValue(text)})
		if got != want {
			t.Errorf("5m equals %s: %t", text, got)
		}
	}
}

func TestSpell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 90 * time.Second: "1m30s", 10 * time.Minute: "10m", 2 * time.Hour: "2h", 2*time.Hour + time.Minute: "2h1m", time.Hour + time.Second: "1h0m1s",
	} {
		if got := spell(d); got != want {
			t.Errorf("spell(%v) = %s, want %s", time.Duration(d), got, want)
		}
	}
}

func TestKeepSpelling(t *testing.T) {
	for _, c := range []struct{ state, plan, want types.String }{
		{types.StringValue("5m"), types.StringValue("300s"), types.StringValue("5m")},
		{types.StringValue("5m"), types.StringValue("6m"), types.StringValue("6m")},
		{types.StringNull(), types.StringValue("6m"), types.StringValue("6m")},
		{types.StringValue("5m"), types.StringNull(), types.StringNull()},
		{types.StringValue("5m"), types.StringUnknown(), types.StringUnknown()},
	} {
		resp := planmodifier.StringResponse{PlanValue: c.plan}
		keepSpelling().PlanModifyString(t.Context(), planmodifier.StringRequest{StateValue: c.state, PlanValue: c.plan}, &resp)
		if !resp.PlanValue.Equal(c.want) {
			t.Errorf("state %s, plan %s: planned %s, want %s", c.state, c.plan, resp.PlanValue, c.want)
		}
	}
}
