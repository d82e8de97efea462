package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// checkKind is a kind of check: the attribute that holds it, and what it means.
type checkKind struct {
	attribute schema.Attribute
	// fault says what is wrong with a configured one, whatever is known of it.
	fault func(context.Context, types.Object) (string, diag.Diagnostics)
	// advice is a warning about it, or nothing; nil has none.
	advice func(context.Context, types.Object) string
	// build makes the check; its name is filled in.
	build func(context.Context, data, types.Object) (verify.Named, diag.Diagnostics)
	// ready tells why it could not run now, without running it; nil cannot tell.
	ready func(context.Context, data, types.Object) error
	// action is what a role must be allowed for it.
	action string
}

// checkKinds are the kinds that a release type has, by attribute.
type checkKinds map[string]checkKind

// sharedChecks are the kinds that every release type has, and its own ones,
// which may replace one of the same name.
func sharedChecks(own checkKinds) checkKinds {
	out := checkKinds{"http": httpKind(), "lambda": lambdaKind(), "metric": metricKind()}
	maps.Copy(out, own)
	return out
}

// checkModel is one element of verify.
type checkModel struct {
	name   types.String
	kinds  []string // those that are given, by name
	known  bool     // that is known of all kinds
	object types.Object
}

// checkModels reads the list of checks; one that is not known yet has none.
func checkModels(list types.List) (checks []checkModel) {
	for _, e := range list.Elements() {
		o, ok := e.(types.Object)
		if !ok || e.IsUnknown() {
			return nil
		}
		c := checkModel{known: true}
		for _, name := range slices.Sorted(maps.Keys(o.Attributes())) {
			switch v := o.Attributes()[name].(type) {
			case types.String:
				c.name = v
			case types.Object:
				c.known = c.known && !v.IsUnknown()
				if !v.IsNull() {
					c.kinds, c.object = append(c.kinds, name), v
				}
			}
		}
		checks = append(checks, c)
	}
	return checks
}

// kind is the kind of a check, if it has exactly one that is known.
func (c checkModel) kind(kinds checkKinds) (checkKind, bool) {
	if !c.known || len(c.kinds) != 1 {
		return checkKind{}, false
	}
	k, ok := kinds[c.kinds[0]]
	return k, ok
}

// refused is an error about a check.
func refused(name, detail string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("verify"), "Invalid check", fmt.Sprintf("verify: check %q: %s", name, detail))
}

// validateChecks refuses checks that are no check.
func validateChecks(ctx context.Context, list types.List, kinds checkKinds) (diags diag.Diagnostics) {
	words := strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")
	seen := map[string]bool{}
	for _, c := range checkModels(list) {
		name := c.name.ValueString()
		if seen[name] && !c.name.IsUnknown() {
			diags.Append(refused(name, "there are two of this name. Give each its own, so that a message says which one failed."))
		}
		seen[name] = true
		k, ok := c.kind(kinds)
		switch {
		case !c.known:
		case len(c.kinds) == 0:
			diags.Append(refused(name, "it checks nothing. Give it one of "+words+"."))
		case len(c.kinds) > 1:
			diags.Append(refused(name, "it has "+strings.Join(c.kinds, " and ")+". Make a check of each."))
		case ok:
			fault, d := k.fault(ctx, c.object)
			diags.Append(d...)
			if fault != "" {
				diags.Append(refused(name, c.kinds[0]+"."+fault))
			} else if k.advice != nil && !d.HasError() {
				if text := k.advice(ctx, c.object); text != "" {
					diags.AddAttributeWarning(path.Root("verify"), "Check "+name, text)
				}
			}
		}
	}
	return diags
}

// checks are the configured checks, ready to run. In a plan there may be some
// of which nothing is known: they count, and cannot run.
func (d data) checks(ctx context.Context, list types.List, kinds checkKinds) (checks []verify.Named, diags diag.Diagnostics) {
	for _, c := range checkModels(list) {
		var named verify.Named
		if k, ok := c.kind(kinds); ok {
			var more diag.Diagnostics
			named, more = k.build(ctx, d, c.object)
			diags.Append(more...)
		}
		named.Name = c.name.ValueString()
		checks = append(checks, named)
	}
	return checks, diags
}

// unready are checks that could not run now: what is refused, with its reason.
// Trouble that passes by itself is none.
func (d data) unready(ctx context.Context, list types.List, kinds checkKinds) map[string]error {
	out := map[string]error{}
	for _, c := range checkModels(list) {
		k, ok := c.kind(kinds)
		if !ok || k.ready == nil || !settled(c.object) {
			continue
		}
		if err := k.ready(ctx, d, c.object); err != nil && ctx.Err() == nil {
			out[c.name.ValueString()] = needs(err, k.action)
		}
	}
	return out
}

// settled reports whether everything in a value is known.
func settled(v attr.Value) bool {
	switch v := v.(type) {
	case types.Object:
		return !v.IsUnknown() && !slices.ContainsFunc(slices.Collect(maps.Values(v.Attributes())), unsettled)
	case types.Map:
		return !v.IsUnknown() && !slices.ContainsFunc(slices.Collect(maps.Values(v.Elements())), unsettled)
	case types.List:
		return !v.IsUnknown() && !slices.ContainsFunc(v.Elements(), unsettled)
	}
	return !v.IsUnknown()
}

func unsettled(v attr.Value) bool { return !settled(v) }

// needs adds the action to an error that a missing permission caused.
func needs(err error, action string) error {
	if awsapi.IsAccessDenied(err) {
		return fmt.Errorf("%w (the check needs %s)", err, action)
	}
	return err
}

// previewChecks tells of a pending release's checks, and warns of those that
// the apply would refuse to begin with.
func (d data) previewChecks(ctx context.Context, list types.List, kinds checkKinds, diags *diag.Diagnostics) (lines []string) {
	var names []string
	for _, c := range checkModels(list) {
		names = append(names, c.name.ValueString())
	}
	if len(names) == 0 {
		return nil
	}
	faults := d.unready(ctx, list, kinds)
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		diags.AddAttributeWarning(path.Root("verify"), "Check "+name+" cannot run", fmt.Sprintf(
			"verify: check %q could not run now: %s. The apply refuses to begin while that is so.", name, strings.TrimRight(faults[name].Error(), ". ")))
	}
	return []string{"Checks: " + strings.Join(names, ", ") + "."}
}

// guardChecks refuses to begin with checks that cannot run.
func (d data) guardChecks(ctx context.Context, list types.List, kinds checkKinds, diags *diag.Diagnostics) {
	faults := d.unready(ctx, list, kinds)
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		diags.AddAttributeError(path.Root("verify"), "Check cannot run", fmt.Sprintf(
			"verify: check %q could not run: %s. Nothing was changed.", name, strings.TrimRight(faults[name].Error(), ". ")))
	}
}
