package emulator

import (
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// TestMount: a blob of another repository is taken over only where the
// account's setting allows, and once an image there has it.
func TestMount(t *testing.T) {
	e := New(clock.NewVirtual(noon))
	call := func(operation string, in map[string]any) {
		t.Helper()
		if _, err := e.Call("eu-west-1", "ecr", operation, in); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"base", "app"} {
		call("CreateRepository", map[string]any{"repositoryName": name})
	}
	image := imageOf(t, "one")
	if _, err := push(t, "127.0.0.1:1", "base", "1", image, remote.WithTransport(inProcess{e})); err != nil {
		t.Fatal(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	held, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	mount := func(digest string) int {
		rq, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:1/v2/app/blobs/uploads/?mount="+digest+"&from=base", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := inProcess{e}.RoundTrip(rq)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode
	}
	if got := mount(held.String()); got != http.StatusAccepted {
		t.Errorf("while the setting is off: %d", got)
	}
	call("PutAccountSetting", map[string]any{"name": "BLOB_MOUNTING", "value": "ENABLED"})
	if got := mount(held.String()); got != http.StatusCreated {
		t.Errorf("with the setting: %d", got)
	}
	if got := mount("sha256:0000000000000000000000000000000000000000000000000000000000000000"); got != http.StatusAccepted {
		t.Errorf("a blob that no image has: %d", got)
	}
}
