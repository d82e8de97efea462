package acctest

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Restore takes over what an older provider saved: a resource's attributes,
// and one document in its private state.
func (b *Bench) Restore(state []byte, key string, document []byte) {
	b.t.Helper()
	resp, err := b.server.UpgradeResourceState(context.Background(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: b.kind, RawState: &tfprotov6.RawState{JSON: state}})
	b.must(err, resp.Diagnostics)
	b.State = b.value(resp.UpgradedState)
	b.Private, err = json.Marshal(map[string][]byte{key: document}) // as the framework keeps it
	b.must(err, nil)
}
