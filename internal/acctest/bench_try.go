package acctest

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Try is Apply, with whatever fails on the way as its error. Warnings of all
// steps are kept.
func (b *Bench) Try(ctx context.Context, config map[string]any) error {
	b.t.Helper()
	b.Warnings = nil
	if err := b.refresh(ctx); err != nil {
		return err
	}
	if b.State.IsNull() { // as Terraform does for what it has not seen
		full := b.dynamic(fill(b.schema.ValueType(), config))
		resp, err := b.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: b.kind, Config: full})
		if b.must(err, nil); failures(resp.Diagnostics) != nil {
			return failures(resp.Diagnostics)
		}
	}
	resp := b.plan(config)
	b.heed(resp.Diagnostics)
	if err := failures(resp.Diagnostics); err != nil {
		return err
	}
	planned := b.value(resp.PlannedState)
	if planned.Equal(b.State) {
		return nil
	}
	return b.Finish(ctx, config, planned, resp.PlannedPrivate)
}

func (b *Bench) refresh(ctx context.Context) error {
	b.t.Helper()
	if b.State.IsNull() {
		return nil
	}
	resp, err := b.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: b.kind, CurrentState: b.dynamic(b.State), Private: b.Private})
	b.must(err, nil)
	b.heed(resp.Diagnostics)
	if err := failures(resp.Diagnostics); err != nil {
		return err
	}
	b.State, b.Private = b.value(resp.NewState), resp.Private
	return nil
}

// Destroy refreshes, plans and deletes what is saved.
func (b *Bench) Destroy(ctx context.Context) error {
	b.t.Helper()
	b.Warnings = nil
	if err := b.refresh(ctx); err != nil {
		return err
	}
	gone := tftypes.NewValue(b.schema.ValueType(), nil)
	resp, err := b.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: b.kind, PriorState: b.dynamic(b.State), ProposedNewState: b.dynamic(gone), Config: b.dynamic(gone), PriorPrivate: b.Private})
	b.must(err, nil)
	b.heed(resp.Diagnostics)
	if err := failures(resp.Diagnostics); err != nil {
		return err
	}
	if b.Applying != nil {
		b.Applying()
	}
	done, err := b.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: b.kind, PriorState: b.dynamic(b.State), PlannedState: b.dynamic(gone), Config: b.dynamic(gone), PlannedPrivate: resp.PlannedPrivate})
	b.must(err, nil)
	b.heed(done.Diagnostics)
	if err := failures(done.Diagnostics); err != nil {
		return err
	}
	b.State, b.Private = gone, nil
	return nil
}

// Import imports by id and refreshes what came of it.
func (b *Bench) Import(ctx context.Context, id string) error {
	b.t.Helper()
	resp, err := b.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: b.kind, ID: id})
	b.must(err, nil)
	if err := failures(resp.Diagnostics); err != nil {
		return err
	}
	b.State, b.Private = b.value(resp.ImportedResources[0].State), resp.ImportedResources[0].Private
	return b.refresh(ctx)
}

// Configure configures the provider's process again, with more settings than
// the world's own; it returns the error's text and those of a first call.
func (b *Bench) Configure(ctx context.Context, more map[string]any) error {
	b.t.Helper()
	schemas, err := b.server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	b.must(err, schemas.Diagnostics)
	settings := b.world.settings()
	maps.Copy(settings, more)
	config, err := tfprotov6.NewDynamicValue(schemas.Provider.ValueType(), fill(schemas.Provider.ValueType(), settings))
	b.must(err, nil)
	resp, err := b.server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: &config})
	b.must(err, nil)
	return failures(resp.Diagnostics)
}

// Look reads a data source of the provider's process.
func (b *Bench) Look(ctx context.Context, kind string, config map[string]any) error {
	b.t.Helper()
	schemas, err := b.server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	b.must(err, schemas.Diagnostics)
	typ := schemas.DataSourceSchemas[kind].ValueType()
	value, err := tfprotov6.NewDynamicValue(typ, fill(typ, config))
	b.must(err, nil)
	resp, err := b.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: &value})
	b.must(err, nil)
	b.heed(resp.Diagnostics)
	return failures(resp.Diagnostics)
}

// Open opens an ephemeral resource of the provider's process.
func (b *Bench) Open(ctx context.Context, kind string, config map[string]any) error {
	b.t.Helper()
	schemas, err := b.server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	b.must(err, schemas.Diagnostics)
	typ := schemas.EphemeralResourceSchemas[kind].ValueType()
	value, err := tfprotov6.NewDynamicValue(typ, fill(typ, config))
	b.must(err, nil)
	resp, err := b.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: kind, Config: &value})
	b.must(err, nil)
	b.heed(resp.Diagnostics)
	return failures(resp.Diagnostics)
}
