package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// referrer is what a registry lists beside an image.
type referrer struct{ Digest, ArtifactType string }

// referrers asks the registry as any client does: by a plain request.
func (w *imageWorld) referrers(t *testing.T, subject string) (list []referrer) {
	t.Helper()
	r, err := http.Get(w.URL + "/v2/shop/referrers/" + subject)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	var index struct{ Manifests []referrer }
	if err := json.NewDecoder(r.Body).Decode(&index); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("the list of referrers: %s, %v", r.Status, err)
	}
	return index.Manifests
}

// document reads the only layer of an artifact.
func (w *imageWorld) document(t *testing.T, digest string) string {
	t.Helper()
	ref, err := name.ParseReference(w.host() + "/shop@" + digest)
	if err != nil {
		t.Fatal(err)
	}
	artifact, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := artifact.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	content, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// bills are the computed digests by platform.
func bills(t *testing.T, state tftypes.Value) map[string]string {
	t.Helper()
	var all, found map[string]tftypes.Value
	if err := state.As(&all); err != nil {
		t.Fatal(err)
	}
	if !all["sbom_digests"].IsKnown() || all["sbom_digests"].IsNull() {
		return nil
	}
	if err := all["sbom_digests"].As(&found); err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for platform, v := range found {
		var s string
		if err := v.As(&s); err != nil {
			t.Fatal(err)
		}
		digests[platform] = s
	}
	return digests
}

func cycloneDX(more map[string]any) map[string]any {
	all := map[string]any{"format": "cyclonedx"}
	maps.Copy(all, more)
	return all
}

// TestAppImage_sbom: the document is beside the image and does not move its
// digest, is pushed once, and its loss is no drift unless that is asked for.
func TestAppImage_sbom(t *testing.T) {
	b := newImageBench(t, map[string]any{"tags": []any{"live"}})
	b.write(t, "node_modules/left-pad/package.json", `{"name":"left-pad","version":"1.3.0"}`, 0o644)
	plain := b.released(1)
	if got := bills(t, b.State); got != nil {
		t.Errorf("without being asked there are %v", got)
	}
	b.config["sbom"] = cycloneDX(nil)
	if digest := b.released(1); digest != plain {
		t.Errorf("with a bill of materials the image is %s, not %s", digest, plain)
	}
	made := bills(t, b.State)["linux/amd64"]
	list := b.referrers(t, plain)
	if len(list) != 1 || list[0].Digest != made || list[0].ArtifactType != "application/vnd.cyclonedx+json" {
		t.Fatalf("beside the image are %+v, want %s", list, made)
	}
	if text := b.document(t, made); !strings.Contains(text, "pkg:npm/left-pad@1.3.0") || !strings.Contains(text, plain) {
		t.Errorf("the document is %s", text)
	}
	if got := b.there()[plain]; !slices.Equal(got, []string{"live"}) {
		t.Errorf("the image has the tags %q", got)
	}
	b.Restart()
	b.Read()
	if _, _, changes := b.Plan(b.config); changes {
		t.Error("the same again is a change")
	}
	// Other tags: the document stays, and is not made again.
	b.config["tags"] = []any{"live", "good"}
	before := len(b.registryWrites())
	b.released(1)
	if got := b.registryWrites()[before:]; !slices.Equal(got, []string{"PutManifest"}) || bills(t, b.State)["linux/amd64"] != made {
		t.Errorf("another tag made %q", got)
	}
	// A test that is new judges the image again, and leaves the document.
	b.config["test"] = map[string]any{"command": []any{"/bin/true"}}
	before = len(b.registryWrites())
	if b.released(1); len(b.registryWrites()) > before || bills(t, b.State)["linux/amd64"] != made {
		t.Errorf("a new test wrote %q", b.registryWrites()[before:])
	}
	delete(b.config, "test")
	b.released(1)
	// Another image, another document; it is known after the apply.
	b.write(t, "etc/app.conf", "x = 2\n", 0o644)
	planned, _, _ := b.Plan(b.config)
	if text(t, planned, "digest") == plain || bills(t, planned) != nil {
		t.Errorf("planned: %s", planned)
	}
	second := b.released(2)
	if list := b.referrers(t, second); len(list) != 1 || list[0].Digest == made {
		t.Errorf("beside the second image are %+v", list)
	}
	if list := b.referrers(t, plain); len(list) != 1 {
		t.Errorf("beside the first image are %+v", list)
	}
	// Somebody deletes it.
	lost := bills(t, b.State)["linux/amd64"]
	b.Call(t, "ecr", "BatchDeleteImage", map[string]any{"repositoryName": "shop", "imageIds": []any{map[string]any{"imageDigest": lost}}})
	b.Read()
	if _, _, changes := b.Plan(b.config); changes {
		t.Error("a document that is lost is a change though nobody asked")
	}
	b.config["sbom"] = cycloneDX(map[string]any{"on_missing": "push"})
	b.released(2) // the wish alone is noted in the state
	b.Read()
	if _, _, changes := b.Plan(b.config); !changes {
		t.Error("a document that is lost is no change though that was asked")
	}
	b.released(2)
	if list := b.referrers(t, second); len(list) != 1 || list[0].Digest != lost {
		t.Errorf("beside the second image are %+v, want %s again", list, lost)
	}
	delete(b.config, "sbom")
	b.released(2)
	if got := bills(t, b.State); got != nil || len(b.referrers(t, second)) != 1 {
		t.Errorf("not asked for any more: %v", got)
	}
}

// TestAppImage_sbomOfEachPlatform is gone with its image when that is retired,
// however ECR takes referrers.
func TestAppImage_sbomOfEachPlatform(t *testing.T) {
	for name, switches := range map[string]emulator.Switches{"none": {}, "unconfirmed": {SubjectUnconfirmed: true}, "go along": {ReferrersGoAlong: true}} {
		t.Run(name, func(t *testing.T) { sbomOfEachPlatform(t, switches) })
	}
}

func sbomOfEachPlatform(t *testing.T, switches emulator.Switches) {
	b := newImageBench(t, map[string]any{
		"tags": []any{"live"}, "platforms": []any{"linux/amd64", "linux/arm64"}, "sbom": cycloneDX(nil), "retain": map[string]any{"keep": 0},
	}, emulator.WithSwitches(switches))
	b.released(1)
	first := bills(t, b.State)
	if len(first) != 2 || first["linux/amd64"] == first["linux/arm64"] {
		t.Fatalf("the bills are %v", first)
	}
	b.released(2)
	there := b.there()
	for platform, digest := range first {
		if there[digest] != nil {
			t.Errorf("the bill for %s is left", platform)
		}
	}
	for platform, digest := range bills(t, b.State) {
		if there[digest] == nil {
			t.Errorf("the bill for %s is not there", platform)
		}
	}
	if len(there) != 5 { // an index, two images, two bills
		t.Errorf("left are %v", there)
	}
}

// TestAppImage_sbomFaults refuses the registry's requests from each one on: no
// tag moves before the document is there, and the next apply goes on.
func TestAppImage_sbomFaults(t *testing.T) {
	b := newImageBench(t, map[string]any{"tags": []any{"live"}, "sbom": cycloneDX(nil)})
	n := 1
	live := b.released(n)
	for _, operation := range []string{"", "PutManifest", "FinishUpload"} {
		for at, failed := 0, true; failed; at++ {
			n++
			b.Emulator.Inject(emulator.Fault{Service: "registry", Operation: operation, After: at, Times: -1, Kind: emulator.Refused, Code: "DENIED", Status: http.StatusForbidden})
			_, err := b.release(n)
			b.Emulator.Heal()
			what := fmt.Sprintf("%q refused from %d on", operation, at)
			if failed = err != nil; failed && !strings.Contains(err.Error(), "No tag was moved") {
				t.Errorf("%s: %v", what, err)
			}
			b.named(t, what, live, failed)
			b.Restart()
			live = b.named(t, what+", and allowed again", b.released(n), false)
			if at > 40 {
				t.Fatalf("%s: it does not end", what)
			}
		}
	}
}

// named checks what the tag names: the image before, or another one whose
// document is beside it.
func (b *imageBench) named(t *testing.T, what, before string, failed bool) string {
	t.Helper()
	for digest, tags := range b.there() {
		if !slices.Contains(tags, "live") {
			continue
		}
		if digest != before && failed && len(b.referrers(t, digest)) != 1 || digest != before && !failed && digest != b.Attribute("digest") {
			t.Errorf("%s: the tag names %s", what, digest)
		}
		if found := b.referrers(t, digest); len(found) != 1 {
			t.Errorf("%s: beside the image are %+v", what, found)
		}
		return digest
	}
	t.Errorf("%s: nothing has the tag", what)
	return before
}
