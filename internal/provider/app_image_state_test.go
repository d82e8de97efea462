package provider_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// imageStates is what the first version of the provider wrote, when a package
// was one layer. It may not change.
const imageStates = "testdata/app_image_state/"

// imageStateConfigs are the configurations that those states are of.
func imageStateConfigs() map[string]map[string]any {
	return map[string]map[string]any{
		"files": {
			"repository": "registry.example.com/shop",
			"files":      map[string]any{"/srv": imageStates + "site", "/etc/motd": imageStates + "site/motd"},
			"platforms":  []any{"linux/amd64", "linux/arm64"}, "tags": []any{"1"}, "entrypoint": []any{"/srv/run"},
			"env": map[string]any{"A": "1", "B": "2"}, "user": "1000", "workdir": "/srv",
			"exposed_ports": []any{"8080", "53/udp"}, "labels": map[string]any{"team": "shop"},
		},
		"war": {"repository": "registry.example.com/shop", "package": imageStates + "shop.war", "base_image": "registry.example.com/shop:base", "tags": []any{"1"}},
		"jar": {"repository": "registry.example.com/shop", "package": imageStates + "shop.jar", "base_image": "registry.example.com/shop:base"},
	}
}

// older is a bench with a state of the first version.
func older(t *testing.T, w *imageWorld, name string) *acctest.Bench {
	t.Helper()
	var documents [2][]byte
	for i, kind := range []string{"state", "private"} {
		var err error
		if documents[i], err = os.ReadFile(filepath.Join(imageStates, name+"."+kind+".json")); err != nil {
			t.Fatal(err)
		}
	}
	b := w.NewBench(t, "awsdeploy_app_image")
	b.Restore(documents[0], "image", documents[1])
	return b
}

// TestAppImage_olderState checks that a state of an older version plans
// nothing, although packages are laid into layers by other rules today. The
// registry is not asked: its name leads nowhere.
func TestAppImage_olderState(t *testing.T) {
	for name, config := range imageStateConfigs() {
		t.Run(name, func(t *testing.T) {
			b := older(t, newImageWorld(t), name)
			if planned, _, changes := b.Plan(config); changes {
				t.Errorf("planned %s\nstate is %s", planned, b.State)
			}
		})
	}
}

// TestAppImage_olderStateElsewhere checks that an older image keeps its digest
// when it goes to another repository, and is laid anew when it changes.
func TestAppImage_olderStateElsewhere(t *testing.T) {
	w := newImageWorld(t)
	config := imageStateConfigs()["files"]
	config["repository"] = w.host() + "/shop"
	b := older(t, w, "files")
	was := b.Attribute("digest")
	planned, private, _ := b.Plan(config)
	if err := b.Finish(context.Background(), config, planned, private); err != nil {
		t.Fatal(err)
	}
	if got := b.Attribute("digest"); got != was {
		t.Errorf("got %s, want %s", got, was)
	}
	if w.Emulator.Count("registry", "PutManifest") == 0 {
		t.Error("nothing was pushed")
	}
	var all map[string]tftypes.Value
	config["env"] = map[string]any{"A": "2"}
	if planned, _, _ = b.Plan(config); planned.As(&all) != nil || all["digest"].IsNull() || strings.Contains(all["digest"].String(), was) {
		t.Errorf("the digest did not move: %s", planned)
	}
}
