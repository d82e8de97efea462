package acctest

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// CallFunction calls one of the provider's functions, which need no account.
// An argument of type dynamic is given as what it holds.
func (w *World) CallFunction(t *testing.T, name string, arguments ...tftypes.Value) (tftypes.Value, error) {
	t.Helper()
	server, _ := w.Serve()
	functions, err := server.GetFunctions(context.Background(), &tfprotov6.GetFunctionsRequest{})
	if err != nil || functions.Functions[name] == nil {
		t.Fatalf("the provider has no function %s: %v", name, err)
	}
	f := functions.Functions[name]
	var given []*tfprotov6.DynamicValue
	for n, a := range arguments {
		d, err := tfprotov6.NewDynamicValue(f.Parameters[n].Type, a)
		if err != nil {
			t.Fatal(err)
		}
		given = append(given, &d)
	}
	resp, err := server.CallFunction(context.Background(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: given})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		return tftypes.Value{}, errors.New(resp.Error.Text)
	}
	out, err := resp.Result.Unmarshal(f.Return.Type)
	if err != nil {
		t.Fatal(err)
	}
	return out, nil
}
