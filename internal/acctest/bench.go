package acctest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/stop"
)

// Bench speaks Terraform's protocol to one provider process for one resource,
// as the CLI would, without a CLI: for tests that end the process in the
// middle of a call, thousands of times.
type Bench struct {
	t      testing.TB
	world  *World
	kind   string
	schema *tfprotov6.Schema
	server tfprotov6.ProviderServer

	// Applying, when set, is called when the plan is made and the provider is
	// about to be asked to apply it.
	Applying func()
	// Signal is what StopProvider gives.
	Signal *stop.Signal
	// Warnings are those of the last plan and of its apply, summary and detail.
	Warnings []string
	// State and Private are what Terraform would have saved.
	State   tftypes.Value
	Private []byte
}

// NewBench is a bench for a resource type, with nothing saved yet.
func (w *World) NewBench(t testing.TB, kind string) *Bench {
	t.Helper()
	b := &Bench{t: t, world: w, kind: kind}
	b.Restart()
	b.State = tftypes.NewValue(b.schema.ValueType(), nil)
	return b
}

// Beside is a bench for another resource of the same provider process.
func (b *Bench) Beside() *Bench {
	other := *b
	other.State, other.Private = tftypes.NewValue(b.schema.ValueType(), nil), nil
	return &other
}

// Restart replaces the provider's process by a new one, which remembers nothing.
func (b *Bench) Restart() {
	b.t.Helper()
	b.server, b.Signal = b.world.Serve()
	ctx := context.Background()
	schemas, err := b.server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	b.must(err, schemas.Diagnostics)
	b.schema = schemas.ResourceSchemas[b.kind]
	if b.schema == nil {
		b.t.Fatalf("the provider has no %s", b.kind)
	}
	config := fill(schemas.Provider.ValueType(), b.world.settings())
	dynamic, err := tfprotov6.NewDynamicValue(schemas.Provider.ValueType(), config)
	b.must(err, nil)
	resp, err := b.server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: &dynamic})
	b.must(err, resp.Diagnostics)
}

// settings is the provider block of Provider as values.
func (w *World) settings() map[string]any {
	endpoints := map[string]any{}
	for _, service := range awsapi.Services() {
		endpoints[service] = w.URL
	}
	out := map[string]any{"region": Region, "access_key": "AKIDTEST", "secret_key": "test", "s3_use_path_style": true, "endpoints": []any{endpoints}}
	if w.ReportDir != "" {
		out["report_dir"] = w.ReportDir
	}
	if w.Role != "" {
		out["assume_role"] = []any{map[string]any{"role_arn": w.Role}}
	}
	return out
}

// Stop is Ctrl-C: Terraform asks the provider to stop, and waits for it.
func (b *Bench) Stop() {
	_, _ = b.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
}

// Read refreshes what is saved.
func (b *Bench) Read() {
	b.t.Helper()
	if b.State.IsNull() {
		return
	}
	resp, err := b.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: b.kind, CurrentState: b.dynamic(b.State), Private: b.Private})
	b.must(err, resp.Diagnostics)
	b.State, b.Private = b.value(resp.NewState), resp.Private
}

func (b *Bench) heed(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			b.Warnings = append(b.Warnings, d.Summary+": "+d.Detail)
		}
	}
}

// Plan plans a configuration; it reports whether there is anything to do.
func (b *Bench) Plan(config map[string]any) (planned tftypes.Value, private []byte, changes bool) {
	b.t.Helper()
	resp := b.plan(config)
	b.must(nil, resp.Diagnostics)
	b.Warnings = nil
	b.heed(resp.Diagnostics)
	planned = b.value(resp.PlannedState)
	return planned, resp.PlannedPrivate, !planned.Equal(b.State)
}

// Refused is the error of a plan; nil when there is none.
func (b *Bench) Refused(config map[string]any) error {
	b.t.Helper()
	return failures(b.plan(config).Diagnostics)
}

// Plans is a string attribute of what a plan plans, or the plan's error.
func (b *Bench) Plans(config map[string]any, attribute string) (text string, err error) {
	b.t.Helper()
	resp := b.plan(config)
	if err := failures(resp.Diagnostics); err != nil {
		return "", err
	}
	var all map[string]tftypes.Value
	err = b.value(resp.PlannedState).As(&all)
	if v := all[attribute]; err == nil && v.IsKnown() && !v.IsNull() {
		err = v.As(&text)
	}
	return text, err
}

// Validate is the error of validating a configuration; nil when there is none.
// What it warns of is in Warnings.
func (b *Bench) Validate(config map[string]any) error {
	b.t.Helper()
	full := fill(b.schema.ValueType(), config)
	resp, err := b.server.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{TypeName: b.kind, Config: b.dynamic(full)})
	b.must(err, nil)
	b.Warnings = nil
	for _, d := range resp.Diagnostics {
		b.Warnings = append(b.Warnings, d.Summary+": "+d.Detail)
	}
	return failures(resp.Diagnostics)
}

func (b *Bench) plan(config map[string]any) *tfprotov6.PlanResourceChangeResponse {
	b.t.Helper()
	full := fill(b.schema.ValueType(), config)
	resp, err := b.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: b.kind, PriorState: b.dynamic(b.State), ProposedNewState: b.dynamic(b.proposed(full)), Config: b.dynamic(full), PriorPrivate: b.Private})
	b.must(err, nil)
	return resp
}

// Apply refreshes, plans and applies a configuration, and saves what the
// provider returns. The error holds the diagnostics' texts. When ctx ends
// first, nothing is saved: Terraform, or the provider, is gone.
func (b *Bench) Apply(ctx context.Context, config map[string]any) error {
	b.t.Helper()
	b.Read()
	planned, private, changes := b.Plan(config)
	if !changes {
		return nil
	}
	return b.Finish(ctx, config, planned, private)
}

// Finish applies what was planned.
func (b *Bench) Finish(ctx context.Context, config map[string]any, planned tftypes.Value, private []byte) error {
	b.t.Helper()
	if b.Applying != nil {
		b.Applying()
	}
	resp, err := b.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: b.kind, PriorState: b.dynamic(b.State), PlannedState: b.dynamic(planned), PlannedPrivate: private,
		Config: b.dynamic(fill(b.schema.ValueType(), config))})
	if ctx.Err() != nil && (!b.Signal.Stopping() || errors.Is(context.Cause(ctx), ErrKilled)) {
		return context.Cause(ctx)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.heed(resp.Diagnostics)
	if state := b.value(resp.NewState); !state.IsNull() || resp.Diagnostics == nil {
		b.State, b.Private = state, resp.Private
	}
	if err := failures(resp.Diagnostics); err != nil {
		return err
	}
	return conforms("", planned, b.State)
}

// conforms is Terraform's own rule: what a plan knew is what an apply that
// succeeds leaves behind.
func conforms(at string, planned, got tftypes.Value) error {
	var before, after map[string]tftypes.Value
	switch {
	case !planned.IsKnown(), planned.IsFullyKnown() && planned.Equal(got):
		return nil
	case planned.IsNull() || got.IsNull() || planned.As(&before) != nil || got.As(&after) != nil:
		return fmt.Errorf("provider produced inconsistent result after apply: %s was planned as %s and is %s", at, planned, got)
	}
	for name, value := range before {
		if err := conforms(at+"."+name, value, after[name]); err != nil {
			return err
		}
	}
	return nil
}

// Attribute is a string attribute of what is saved; empty when null.
func (b *Bench) Attribute(name string) string {
	b.t.Helper()
	var all map[string]tftypes.Value
	if err := b.State.As(&all); err != nil || b.State.IsNull() {
		return ""
	}
	var s string
	if v := all[name]; v.IsNull() || v.As(&s) != nil {
		return ""
	}
	return s
}

func failures(diags []*tfprotov6.Diagnostic) error {
	var texts []string
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			texts = append(texts, d.Summary+": "+d.Detail)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(texts, "\n"))
}

func (b *Bench) must(err error, diags []*tfprotov6.Diagnostic) {
	b.t.Helper()
	if err == nil {
		err = failures(diags)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *Bench) dynamic(v tftypes.Value) *tfprotov6.DynamicValue {
	d, err := tfprotov6.NewDynamicValue(b.schema.ValueType(), v)
	b.must(err, nil)
	return &d
}

func (b *Bench) value(d *tfprotov6.DynamicValue) tftypes.Value {
	v, err := d.Unmarshal(b.schema.ValueType())
	b.must(err, nil)
	return v
}

// proposed is the configuration with what was computed before.
func (b *Bench) proposed(config tftypes.Value) tftypes.Value {
	if b.State.IsNull() {
		return config
	}
	return merge(b.schema.Block.Attributes, config, b.State)
}

func merge(attributes []*tfprotov6.SchemaAttribute, config, prior tftypes.Value) tftypes.Value {
	var given, saved map[string]tftypes.Value
	if config.IsNull() || prior.IsNull() || config.As(&given) != nil || prior.As(&saved) != nil {
		return config
	}
	given = maps.Clone(given) // it is the configuration's own
	for _, a := range attributes {
		switch {
		case given[a.Name].IsNull() && a.Computed:
			given[a.Name] = saved[a.Name]
		case a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			given[a.Name] = merge(a.NestedType.Attributes, given[a.Name], saved[a.Name])
		}
	}
	return tftypes.NewValue(config.Type(), given)
}

// fill makes a value of a type from plain Go values; what is left out is null.
func fill(t tftypes.Type, v any) tftypes.Value {
	switch typ := t.(type) {
	case tftypes.Object:
		given, ok := v.(map[string]any)
		if !ok {
			return tftypes.NewValue(t, nil)
		}
		out := map[string]tftypes.Value{}
		for name, at := range typ.AttributeTypes {
			out[name] = fill(at, given[name])
		}
		return tftypes.NewValue(t, out)
	case tftypes.List:
		return fillList(t, typ.ElementType, v)
	case tftypes.Set:
		return fillList(t, typ.ElementType, v)
	case tftypes.Map:
		given, ok := v.(map[string]any)
		if !ok {
			return tftypes.NewValue(t, nil)
		}
		out := map[string]tftypes.Value{}
		for k, e := range given {
			out[k] = fill(typ.ElementType, e)
		}
		return tftypes.NewValue(t, out)
	}
	return tftypes.NewValue(t, v)
}

func fillList(t, element tftypes.Type, v any) tftypes.Value {
	given, ok := v.([]any)
	if !ok {
		return tftypes.NewValue(t, nil)
	}
	var out []tftypes.Value
	for _, e := range given {
		out = append(out, fill(element, e))
	}
	return tftypes.NewValue(t, out)
}
