package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// longestWait is the longest pause or bake: AWS holds a checkpoint no longer.
const longestWait = 48 * time.Hour

var (
	_ basetypes.StringTypable                    = durationType{}
	_ basetypes.StringValuableWithSemanticEquals = durationValue{}
	_ xattr.ValidateableAttribute                = durationValue{}
)

// durationType is the type of attributes that hold a Go duration string.
type durationType struct{ basetypes.StringType }

func (durationType) String() string { return "duration" }

func (t durationType) Equal(o attr.Type) bool { _, ok := o.(durationType); return ok }

func (durationType) ValueType(context.Context) attr.Value { return durationValue{} }

func (durationType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return durationValue{in}, nil
}

func (t durationType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	s, ok := v.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("duration read as %T", v)
	}
	return durationValue{s}, nil
}

// durationValue is a duration as the user wrote it.
type durationValue struct{ basetypes.StringValue }

// newDuration is d as a value, in its shortest spelling: "90s" is "1m30s",
// "10m0s" is "10m".
func newDuration(d time.Duration) durationValue {
	return durationValue{basetypes.NewStringValue(spell(d))}
}

// spell writes d without its zero parts.
func spell(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Type is durationType.
func (durationValue) Type(context.Context) attr.Type { return durationType{} }

// Equal compares spellings.
func (v durationValue) Equal(o attr.Value) bool {
	other, ok := o.(durationValue)
	return ok && v.StringValue.Equal(other.StringValue)
}

// Duration is the value as time; 0 when null or unknown. It was validated.
func (v durationValue) Duration() time.Duration {
	d, err := time.ParseDuration(v.ValueString())
	if err != nil {
		return 0
	}
	return d
}

// StringSemanticEquals holds "5m" and "300s" for the same.
func (v durationValue) StringSemanticEquals(_ context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, ok := o.(durationValue)
	return ok && sameDuration(v.ValueString(), other.ValueString()), nil
}

func sameDuration(a, b string) bool {
	first, err1 := time.ParseDuration(a)
	second, err2 := time.ParseDuration(b)
	return err1 == nil && err2 == nil && first == second
}

// ValidateAttribute refuses what is no duration of whole seconds.
func (v durationValue) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if v.IsNull() || v.IsUnknown() {
		return
	}
	if fault := durationFault(v.ValueString()); fault != "" {
		resp.Diagnostics.AddAttributeError(root(req.Path), "Invalid duration", fmt.Sprintf("%s: %s.", req.Path, fault))
	}
}

// durationFault says what is wrong with text as a duration, or nothing.
func durationFault(text string) string {
	// A number that is too large with a unit is no duration either way.
	_, tooLarge := time.ParseDuration(text + "h")
	if bare := strings.Trim(text, "0123456789"); tooLarge == nil && len(bare) < len(text) && (bare == "" || bare == ".") {
		return fmt.Sprintf(`%q has no unit; write "%[2]ss" for seconds, "%[2]sm" for minutes or "%[2]sh" for hours`, text, text)
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Sprintf(`%q is not a duration; write a number with its unit, such as "90s", "10m" or "1h30m"`, text)
	case d < 0:
		return fmt.Sprintf("%q is negative; a duration goes forward", text)
	case d%time.Second != 0:
		return fmt.Sprintf("%q is not a whole number of seconds; AWS counts in seconds", text)
	}
	return ""
}

// durationBetween refuses durations outside least and most.
func durationBetween(least, most time.Duration) validator.String {
	return durationRange{least, most}
}

type durationRange struct{ least, most time.Duration }

func (r durationRange) Description(context.Context) string {
	return fmt.Sprintf("from %s to %s", spell(r.least), spell(r.most))
}

func (r durationRange) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r durationRange) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	d, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err == nil && d >= 0 && (d < r.least || d > r.most) {
		resp.Diagnostics.AddAttributeError(root(req.Path), "Duration out of range",
			fmt.Sprintf("%s is %q; it must be %s.", req.Path, req.ConfigValue.ValueString(), r.Description(ctx)))
	}
}

// keepSpelling plans no change when only the spelling of a duration changes.
// Semantic equality covers what AWS returns, not what the user edits.
func keepSpelling() planmodifier.String { return spellingKeeper{} }

type spellingKeeper struct{}

func (spellingKeeper) Description(context.Context) string {
	return "The same duration spelled otherwise is no change."
}

func (k spellingKeeper) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

func (spellingKeeper) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsUnknown() || req.PlanValue.IsNull() {
		return
	}
	if sameDuration(req.StateValue.ValueString(), req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}
