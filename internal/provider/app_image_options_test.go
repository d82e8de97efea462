package provider_test

import (
	"archive/tar"
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// settings is the world's image as a bench wants it.
func (w *imageWorld) settings(more map[string]any) map[string]any {
	all := map[string]any{"repository": w.host() + "/shop", "files": map[string]any{"/srv": w.dir}}
	for name, value := range more {
		all[name] = value
	}
	return all
}

// file reads a file of an image's topmost layer that has it.
func (w *imageWorld) file(t *testing.T, reference, name string) string {
	t.Helper()
	layers, err := w.pulled(t, reference).Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range slices.Backward(layers) {
		r, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		for archive := tar.NewReader(r); ; {
			h, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Name == name {
				b, err := io.ReadAll(archive)
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
		}
	}
	t.Errorf("%s has no %s", reference, name)
	return ""
}

func text(t *testing.T, planned tftypes.Value, name string) string {
	t.Helper()
	var all map[string]tftypes.Value
	var s string
	if err := planned.As(&all); err != nil || !all[name].IsKnown() || all[name].As(&s) != nil {
		t.Fatalf("no %s in %s", name, planned)
	}
	return s
}

// TestAppImage_options checks that what is said about containers, layers and
// manifests is what the registry gets, and that nothing is planned after it.
func TestAppImage_options(t *testing.T) {
	w := newImageWorld(t)
	w.write(t, "node_modules/left-pad/index.js", "pad", 0o644)
	b := w.NewBench(t, "awsdeploy_app_image")
	config := w.settings(map[string]any{
		"tags": []any{"1"}, "compression": "zstd", "stop_signal": "SIGINT", "annotations": map[string]any{"org.opencontainers.image.source": "https://example.com/shop"},
		"health_check": map[string]any{"command": []any{"/srv/run", "check"}, "interval": "10s", "retries": 4},
		"layering":     []any{map[string]any{"name": "modules", "paths": []any{"/srv/node_modules"}}}, "on_drift": "snapshot",
	})
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(w.host() + "/shop:1")
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(ref) // the library's validation knows gzip alone
	if err != nil {
		t.Fatal(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		r, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, r); err != nil {
			t.Error(err)
		}
		if diffID, err := l.DiffID(); err != nil || diffID.Hex != hex.EncodeToString(sum.Sum(nil)) {
			t.Errorf("a layer holds %x: %v, %v", sum.Sum(nil), diffID, err)
		}
	}
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c := file.Config; c.StopSignal != "SIGINT" || c.Healthcheck == nil || strings.Join(c.Healthcheck.Test, " ") != "CMD /srv/run check" || c.Healthcheck.Interval != 10*time.Second || c.Healthcheck.Retries != 4 {
		t.Errorf("configuration: %+v %+v", c, c.Healthcheck)
	}
	m, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Layers) != 2 || m.Layers[0].MediaType != types.OCILayerZStd || m.Annotations["org.opencontainers.image.source"] != "https://example.com/shop" {
		t.Errorf("manifest: %+v", m)
	}
	w.write(t, "etc/app.conf", "x = 2\n", 0o644)
	planned, _, _ := b.Plan(config)
	if got := text(t, planned, "change_summary"); !strings.HasPrefix(got, "/srv changed, 1 unchanged; at most ") {
		t.Errorf("planned: %s", got)
	}
	w.write(t, "etc/app.conf", "x = 1\n", 0o644)
	if _, _, changes := b.Plan(config); changes {
		t.Error("the same again is a change")
	}
}

func TestAppImage_baseUpdateTracks(t *testing.T) {
	w := newImageWorld(t)
	w.base(t, "BASE=1")
	b := w.NewBench(t, "awsdeploy_app_image")
	config := w.settings(map[string]any{"base_image": w.host() + "/shop:base", "base_update": "track"})
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	locked := b.Attribute("base_digest")
	w.base(t, "BASE=2")
	planned, _, _ := b.Plan(config)
	if now := text(t, planned, "base_digest"); now == locked {
		t.Errorf("the base stays %s", now)
	}
	w.Emulator.Inject(emulator.Fault{Service: "registry", Operation: "HeadManifest", Kind: emulator.Denied, Times: -1})
	w.Emulator.Inject(emulator.Fault{Service: "registry", Operation: "GetManifest", Kind: emulator.Denied, Times: -1})
	if planned, _, changes := b.Plan(config); changes || len(b.Warnings) == 0 || !strings.Contains(b.Warnings[0], "Base not looked up: "+w.host()+"/shop:base") {
		t.Errorf("planned %s\nwarned %q", planned, b.Warnings)
	}
	w.Emulator.Heal()
	if err := b.Apply(context.Background(), config); err != nil || b.Attribute("base_digest") == locked {
		t.Errorf("%v, %s", err, b.Attribute("base_digest"))
	}
}

// TestAppImage_tagIsSetWithoutSources checks that a lost tag needs nothing but
// the registry.
func TestAppImage_tagIsSetWithoutSources(t *testing.T) {
	w := newImageWorld(t)
	file := packedJAR(t, w.dir, "shop.jar", "1")
	b := w.NewBench(t, "awsdeploy_app_image")
	w.base(t, "BASE=1")
	config := map[string]any{"repository": w.host() + "/shop", "package": file, "base_image": w.host() + "/shop:base", "tags": []any{"1", "stable"}}
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	w.Call(t, "ecr", "BatchDeleteImage", map[string]any{"repositoryName": "shop", "imageIds": []any{map[string]any{"imageTag": "stable"}}})
	w.Emulator.ForgetCalls()
	b.Applying = func() {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	if got := w.registryWrites(); len(got) != 1 || got[0] != "PutManifest" {
		t.Errorf("it wrote %q", got)
	}
	w.pulled(t, ":stable")
}

// TestAppImage_anotherArchiveOfTheSame checks that an archive whose bytes
// differ and whose files do not is no change.
func TestAppImage_anotherArchiveOfTheSame(t *testing.T) {
	w := newImageWorld(t)
	w.base(t, "BASE=1")
	b := w.NewBench(t, "awsdeploy_app_image")
	config := map[string]any{"repository": w.host() + "/shop", "package": packedJAR(t, w.dir, "shop.jar", "1"), "base_image": w.host() + "/shop:base"}
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	packedJAR(t, w.dir, "shop.jar", "1", "a comment")
	if planned, _, changes := b.Plan(config); changes {
		t.Errorf("planned %s", planned)
	}
	packedJAR(t, w.dir, "shop.jar", "2")
	planned, _, _ := b.Plan(config)
	if got := text(t, planned, "change_summary"); !strings.HasPrefix(got, "classes changed, 2 unchanged; at most ") {
		t.Errorf("planned: %s", got)
	}
}

func TestAppImage_planRefuses(t *testing.T) {
	w := newImageWorld(t)
	w.base(t, "BASE=1")
	w.write(t, "dump.sql", strings.Repeat("x", 4000), 0o644)
	odd := filepath.Join(t.TempDir(), "shop.ear")
	if err := os.WriteFile(odd, []byte("PK\x03\x04"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := w.NewBench(t, "awsdeploy_app_image")
	w.Emulator.ForgetCalls()
	for want, config := range map[string]map[string]any{
		"holds 4.0 kB in 3 files, more than the limit of 2.0 kB. The largest are:\n  dump.sql 4.0 kB": w.settings(map[string]any{"max_size": 2000}),
		"shop.ear is of no known package type":                                                        {"repository": w.host() + "/shop", "package": odd},
		"it is made for linux/amd64, not for linux/arm64":                                             w.settings(map[string]any{"base_image": w.host() + "/shop:base", "platforms": []any{"linux/arm64"}}),
		"its manifest names no Main-Class": {"repository": w.host() + "/shop", "package": packedJAR(t, t.TempDir(), "lib.jar", ""),
			"base_image": w.host() + "/shop:base", "java": map[string]any{"layout": "layered"}},
	} {
		if err := b.Refused(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if got := w.registryWrites(); len(got) > 0 {
		t.Errorf("plans wrote %q", got)
	}
}

// TestAppImage_forLambda checks what only the base can tell.
func TestAppImage_forLambda(t *testing.T) {
	w := newImageWorld(t)
	b := w.NewBench(t, "awsdeploy_app_image")
	if err := b.Apply(context.Background(), w.settings(map[string]any{"tags": []any{"base"}, "compression": "zstd"})); err != nil {
		t.Fatal(err)
	}
	b = w.NewBench(t, "awsdeploy_app_image")
	config := w.settings(map[string]any{"base_image": w.host() + "/shop:base", "target": "lambda"})
	if err := b.Refused(config); err == nil || !strings.Contains(err.Error(), "is a "+string(types.OCILayerZStd)) {
		t.Errorf("a base with zstd: %v", err)
	}
	config["target"] = "generic"
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	config["target"] = "lambda"
	if err := b.Refused(config); err == nil {
		t.Error("an image that is there is not looked at again")
	}
	config["base_image"] = "scratch"
	if err := b.Apply(context.Background(), config); err != nil {
		t.Error(err)
	}
}

// packedJAR writes a JAR of one class and a library; without content, one that
// names no class to start.
func packedJAR(t *testing.T, dir, name, content string, comment ...string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	entries := [][2]string{{"META-INF/MANIFEST.MF", "Main-Class: com.example.shop.Main\n"}, {"com/example/shop/Main.class", content}, {"org/library/Util.class", "util"}}
	if content == "" {
		entries = entries[1:]
	}
	for _, e := range entries {
		entry, err := z.Create(e[0])
		if err == nil {
			_, err = io.WriteString(entry, e[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.SetComment(strings.Join(comment, "")), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return file
}
