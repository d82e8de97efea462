package provider_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// dockerfileBench is an image of a Dockerfile upon a base in the repository.
func dockerfileBench(t *testing.T, text string, more map[string]any) *imageBench {
	t.Helper()
	b := newImageBench(t, map[string]any{"tags": []any{"1"}})
	delete(b.config, "files")
	b.base(t, "PATH=/opt/base/bin")
	b.write(t, "Dockerfile", strings.ReplaceAll(text, "BASE", b.host()+"/shop:base"), 0o644)
	given := map[string]any{"context": b.dir}
	for name, value := range more {
		given[name] = value
	}
	b.config["dockerfile"] = given
	return b
}

// plannedDigest is what a plan says; empty when it does not know.
func (b *imageBench) plannedDigest() string {
	b.t.Helper()
	planned, _, _ := b.Plan(b.config)
	var all map[string]tftypes.Value
	var digest string
	if err := planned.As(&all); err != nil {
		b.t.Fatal(err)
	}
	if v := all["digest"]; v.IsKnown() {
		if err := v.As(&digest); err != nil {
			b.t.Fatal(err)
		}
	}
	return digest
}

func TestAppImage_dockerfile(t *testing.T) {
	b := dockerfileBench(t, `FROM scratch AS files
COPY etc /etc/shop
FROM BASE
ARG VERSION=none
ENV PATH=/srv:$PATH VERSION=$VERSION
WORKDIR /srv
COPY --chown=10:20 --chmod=550 run .
COPY --from=files /etc/shop/app.conf /srv/etc/
USER 10:20
EXPOSE 8080
ENTRYPOINT ["/srv/run"]
CMD ["-v"]
`, map[string]any{"args": map[string]any{"VERSION": "1.2"}})
	b.config["env"] = map[string]any{"MORE": "1"}
	b.Emulator.ForgetCalls()
	want := b.plannedDigest()
	if got := b.registryWrites(); len(got) > 0 || want == "" {
		t.Fatalf("the plan of %q wrote %q", want, got)
	}
	if err := b.Apply(t.Context(), b.config); err != nil {
		t.Fatal(err)
	}
	if got := b.Attribute("digest"); got != want || b.Attribute("base_image") != b.host()+"/shop:base" || b.Attribute("base_digest") == "" {
		t.Errorf("made %s upon %s, planned %s", got, b.Attribute("base_image"), want)
	}
	image := b.pulled(t, ":1")
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Config; fmt.Sprint(got.Env) != "[PATH=/srv:/opt/base/bin MORE=1 VERSION=1.2]" || got.User != "10:20" || got.WorkingDir != "/srv" ||
		fmt.Sprint(got.Entrypoint, got.Cmd) != "[/srv/run] [-v]" || len(got.ExposedPorts) != 1 {
		t.Errorf("configuration: %+v", got)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, l := range layers {
		content, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		for r := tar.NewReader(content); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, fmt.Sprintf("%s %o %d:%d", h.Name, h.Mode, h.Uid, h.Gid))
		}
		_ = content.Close()
	}
	if want := []string{"srv/run 550 10:20", "srv/etc/ 755 0:0", "srv/etc/app.conf 644 0:0"}; !slices.Equal(found[len(found)-3:], want) {
		t.Errorf("files: %q", found)
	}
	if _, _, changes := b.Plan(b.config); changes {
		t.Error("a second plan has changes")
	}
	b.write(t, "unused", "x", 0o644)
	if got := b.plannedDigest(); got != want {
		t.Error("a file that nothing copies moves the digest")
	}
	b.write(t, "etc/app.conf", "x = 2\n", 0o644)
	if got := b.plannedDigest(); got == want || got == "" {
		t.Errorf("another file makes %q", got)
	}
}

func TestAppImage_dockerfileRefused(t *testing.T) {
	for text, want := range map[string]string{
		"FROM scratch\nCOPY ../secret /s": "../secret is outside of the context",
		"FROM scratch\nCOPY none /s":      "none is not there in the context",
		"FROM BASE-none":                  "there is no such image",
	} {
		b := dockerfileBench(t, text, nil)
		if err := b.Refused(b.config); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	b := dockerfileBench(t, "FROM scratch\nCOPY run /", map[string]any{"target": "none"})
	if err := b.Refused(b.config); err == nil || !strings.Contains(err.Error(), `has no stage "none"`) {
		t.Errorf("got %v", err)
	}
}
