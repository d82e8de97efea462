package doctest_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// shape is what blocks write and read of a type: its attributes and the blocks
// in it.
type shape struct {
	Attributes map[string]bool
	Blocks     map[string]*shape
}

func newShape() *shape { return &shape{Attributes: map[string]bool{}, Blocks: map[string]*shape{}} }

// shapes are the stand-in's types: resources and data sources of hashicorp/aws,
// and its provider block.
type shapes struct {
	Resources, Data map[string]*shape
	Provider        *shape
}

func newShapes() *shapes {
	return &shapes{Resources: map[string]*shape{}, Data: map[string]*shape{}, Provider: newShape()}
}

func of(all map[string]*shape, kind string) *shape {
	if all[kind] == nil {
		all[kind] = newShape()
	}
	return all[kind]
}

// learn adds what a file writes and reads.
func (s *shapes) learn(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		switch {
		case b.Type == "resource" && len(b.Labels) == 2 && strings.HasPrefix(b.Labels[0], "aws_"):
			of(s.Resources, b.Labels[0]).learn(b.Body, true)
		case b.Type == "data" && len(b.Labels) == 2 && strings.HasPrefix(b.Labels[0], "aws_"):
			of(s.Data, b.Labels[0]).learn(b.Body, true)
		case b.Type == "provider" && len(b.Labels) == 1 && b.Labels[0] == "aws":
			s.Provider.learn(b.Body, true)
		}
	}
	for _, r := range references(body) {
		switch parts := strings.Split(r, "."); {
		case parts[0] == "data" && len(parts) > 3 && strings.HasPrefix(parts[1], "aws_"):
			of(s.Data, parts[1]).Attributes[parts[3]] = true
		case strings.HasPrefix(parts[0], "aws_") && len(parts) > 2:
			of(s.Resources, parts[0]).Attributes[parts[2]] = true
		}
	}
}

// learn adds a body; Terraform's own arguments are not the type's.
func (s *shape) learn(body *hclsyntax.Body, top bool) {
	own := []string{"lifecycle", "count", "for_each", "depends_on", "provider", "provisioner", "connection", "alias"}
	for name := range body.Attributes {
		if !top || !slices.Contains(own, name) {
			s.Attributes[name] = true
		}
	}
	for _, b := range body.Blocks {
		switch {
		case top && b.Type == "lifecycle" && b.Body.Attributes["ignore_changes"] != nil:
			ignored, _ := hcl.ExprList(b.Body.Attributes["ignore_changes"].Expr)
			for _, name := range ignored {
				s.Attributes[hcl.ExprAsKeyword(name)] = true
			}
		case top && slices.Contains(own, b.Type):
		case b.Type == "dynamic":
			for _, content := range b.Body.Blocks {
				of(s.Blocks, b.Labels[0]).learn(content.Body, false)
			}
		default:
			of(s.Blocks, b.Type).learn(b.Body, false)
		}
	}
}

// references are the traversals in a body, as type.name.attribute.
func references(body *hclsyntax.Body) []string {
	var out []string
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		t, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return nil
		}
		var parts []string
		for _, step := range t.Traversal {
			switch step := step.(type) {
			case hcl.TraverseRoot:
				parts = append(parts, step.Name)
			case hcl.TraverseAttr:
				parts = append(parts, step.Name)
			}
		}
		out = append(out, strings.Join(parts, "."))
		return nil
	})
	return out
}

// schema is a shape as Terraform wants to know it: every attribute may be left
// out, and holds anything.
func (s *shape) schema() *tfprotov6.SchemaBlock {
	out := &tfprotov6.SchemaBlock{}
	names := s.Attributes
	names["id"], names["arn"] = true, true
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if s.Blocks[name] == nil {
			out.Attributes = append(out.Attributes, &tfprotov6.SchemaAttribute{Name: name, Type: tftypes.DynamicPseudoType, Optional: true, Computed: true})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Blocks)) {
		out.BlockTypes = append(out.BlockTypes, &tfprotov6.SchemaNestedBlock{TypeName: name, Nesting: tfprotov6.SchemaNestedBlockNestingModeList, Block: s.Blocks[name].schema()})
	}
	return out
}

// standIn serves the shapes as a provider.
type standIn struct {
	tfprotov6.ProviderServer
	shapes *shapes
}

func (s standIn) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	schemas := func(all map[string]*shape) map[string]*tfprotov6.Schema {
		out := map[string]*tfprotov6.Schema{}
		for kind, shape := range all {
			out[kind] = &tfprotov6.Schema{Block: shape.schema()}
		}
		return out
	}
	return &tfprotov6.GetProviderSchemaResponse{Provider: &tfprotov6.Schema{Block: s.shapes.Provider.schema()},
		ResourceSchemas: schemas(s.shapes.Resources), DataSourceSchemas: schemas(s.shapes.Data)}, nil
}

func (s standIn) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s standIn) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (s standIn) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (s standIn) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (s standIn) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// standInName is the name under which this test program serves the stand-in,
// and the shapes lie beside it in a file.
const standInName = "terraform-provider-aws_v6.0.0"

// TestMain is the stand-in where the program is called so.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != standInName {
		os.Exit(m.Run())
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(os.Args[0]), "shapes.json"))
	all := newShapes()
	if err == nil {
		err = json.Unmarshal(text, all)
	}
	if err == nil {
		err = tf6server.Serve("registry.terraform.io/hashicorp/aws", func() tfprotov6.ProviderServer { return standIn{shapes: all} })
	}
	if err != nil {
		panic(err)
	}
}
