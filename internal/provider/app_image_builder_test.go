//go:build unix

package provider_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// standIn answers like Buildah, notes how it was called, and gives away what a
// test has built. Real builders are the business of the tests with real parts.
const standIn = `#!/bin/sh
dir=DIR
echo "$@" >>$dir/called
case $1 in
build)
	env >$dir/env
	cp "$REGISTRY_AUTH_FILE" $dir/auth && cmp -s "$DOCKER_CONFIG/config.json" $dir/auth
	for word; do
		case $before in
		--file) cp "$word" $dir/Dockerfile ;;
		--platform) echo "$word" | tr / - >$dir/platform ;;
		esac
		before=$word
	done
	rm -rf $dir/context && cp -Rp "$word" $dir/context
	if [ -f $dir/fails ]; then
		echo "#5 [2/2] RUN make # that never failed"
		echo "#5 0.123 sh: make: not found, says $AWSDEPLOY_BUILD_SECRET_0"
		exit 2
	fi
	;;
push) cp "$dir/$(cat $dir/platform).tar" "${3#oci-archive:}" ;;
esac
`

// builderBench is an image of a Dockerfile that runs a command, upon a base in
// the repository, and a program that stands in for what builds.
type builderBench struct {
	*imageBench
	called string // directory of the stand-in
}

func newBuilderBench(t *testing.T, text string, more map[string]any) *builderBench {
	t.Helper()
	b := &builderBench{called: t.TempDir()}
	program := filepath.Join(t.TempDir(), "buildah")
	if err := os.WriteFile(program, []byte(strings.ReplaceAll(standIn, "DIR", b.called)), 0o755); err != nil {
		t.Fatal(err)
	}
	given := map[string]any{"builder": map[string]any{"program": program}}
	for name, value := range more {
		given[name] = value
	}
	b.imageBench = dockerfileBench(t, text, given)
	b.builds("linux/amd64", "made", time.Unix(1000, 0))
	return b
}

// builds has the stand-in build an image: the base, a file, and a time.
func (b *builderBench) builds(platform, content string, at time.Time) {
	b.t.Helper()
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	h := &tar.Header{Name: "made", Typeflag: tar.TypeReg, Mode: 0o4755, Uid: 7, Uname: "builder", Size: int64(len(content)), ModTime: at}
	err := w.WriteHeader(h)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err == nil {
		err = w.Close()
	}
	made, wrong := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	ref, _ := name.NewTag(b.host() + "/shop:base")
	base, lost := remote.Image(ref)
	if err != nil || wrong != nil || lost != nil {
		b.t.Fatal(err, wrong, lost)
	}
	image, err := mutate.Append(base, mutate.Addendum{Layer: made, History: v1.History{CreatedBy: "RUN /bin/sh -c make # buildkit", Created: v1.Time{Time: at}}})
	if err == nil {
		file, _ := image.ConfigFile()
		file = file.DeepCopy()
		file.Created, file.Config.Cmd, file.Architecture = v1.Time{Time: at}, []string{"serve"}, strings.TrimPrefix(platform, "linux/")
		file.Config.Labels = map[string]string{"io.buildah.version": fmt.Sprint(at.Unix())}
		image, err = mutate.ConfigFile(image, file)
	}
	if err == nil {
		err = tarball.WriteToFile(filepath.Join(b.called, strings.ReplaceAll(platform, "/", "-")+".tar"), ref, image)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// noted is a file of the stand-in's; empty when there is none.
func (b *builderBench) noted(name string) string {
	data, _ := os.ReadFile(filepath.Join(b.called, name))
	return string(data)
}

// built is how many builds there were.
func (b *builderBench) built() int { return strings.Count("\n"+b.noted("called"), "\nbuild ") }

// planned is a text of the plan; empty when it is unknown or null.
func (b *builderBench) planned(attribute string) (text string) {
	b.t.Helper()
	planned, _, _ := b.Plan(b.config)
	var all map[string]tftypes.Value
	if err := planned.As(&all); err != nil {
		b.t.Fatal(err)
	}
	if v := all[attribute]; v.IsKnown() && !v.IsNull() {
		if err := v.As(&text); err != nil {
			b.t.Fatal(err)
		}
	}
	return text
}

// emptyCache is another machine.
func (b *builderBench) emptyCache() {
	b.t.Setenv("AWSDEPLOY_CACHE_DIR", b.t.TempDir())
	b.Restart()
}

func TestAppImage_builder(t *testing.T) {
	b := newBuilderBench(t, "FROM BASE AS base\nRUN --mount=type=secret,id=token \\\n  make\nFROM base\nCOPY --from=BASE /x /y\n", map[string]any{
		"args": map[string]any{"VERSION": "1.2"}, "secrets_wo": map[string]any{"token": "kept-from-everybody"}})
	b.write(t, ".dockerignore", "etc\n", 0o600)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	if err := os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(`{"credsStore":"helper","proxies":{"default":{"noProxy":"of-the-user"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	b.config["env"] = map[string]any{"MORE": "1"}
	if source := b.planned("source_digest"); b.planned("digest") != "" || !strings.HasPrefix(source, "sha256:") || b.planned("base_digest") == "" || b.noted("called") != "" {
		t.Fatalf("the plan knows %q of %q, upon %q, and called %q", b.planned("digest"), source, b.planned("base_digest"), b.noted("called"))
	}
	if err := b.Apply(t.Context(), b.config); err != nil {
		t.Fatal(err)
	}
	first := b.Attribute("digest")
	image := b.pulled(t, ":1")
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(config.Config.Env, config.Config.Cmd, config.Config.Labels, config.Created.Unix()); got != "[PATH=/opt/base/bin MORE=1] [serve] map[] 0" {
		t.Errorf("configuration: %s", got)
	}
	for line, text := range []string{"@sha256:", "RUN", "  make", "FROM base", "@sha256:"} {
		if got := strings.Split(b.noted("Dockerfile"), "\n"); !strings.Contains(got[line], text) {
			t.Errorf("line %d of the Dockerfile is %q", line+1, got[line])
		}
	}
	var context []string
	_ = filepath.WalkDir(filepath.Join(b.called, "context"), func(file string, e fs.DirEntry, err error) error {
		if info, _ := e.Info(); err == nil && !e.IsDir() {
			context = append(context, fmt.Sprintf("%s %o %d", e.Name(), info.Mode(), info.ModTime().Unix()))
		}
		return err
	})
	if got := fmt.Sprint(context); got != "[.dockerignore 644 315532802 Dockerfile 644 315532802 run 755 315532802]" {
		t.Errorf("the builder read %s", got)
	}
	if called := b.noted("called"); !strings.Contains(called, "--build-arg SOURCE_DATE_EPOCH=315532802 --build-arg VERSION=1.2 --secret id=token,env=AWSDEPLOY_BUILD_SECRET_0") ||
		strings.Contains(called, "kept-from") || !strings.Contains(b.noted("env"), "=kept-from-everybody") {
		t.Errorf("called: %s", called)
	}
	if auth := b.noted("auth"); !strings.Contains(auth, `{"`+b.host()+`":{"auth":"QVdTO`) || strings.Contains(auth, "helper") || !strings.Contains(auth, "of-the-user") {
		t.Errorf("the builder signs in by %s", auth)
	}
	if _, _, changes := b.Plan(b.config); changes || b.Attribute("source_digest") == "" {
		t.Error("a second plan has changes")
	}

	b.config["env"] = map[string]any{"MORE": "2"} // over what was built
	if got := b.planned("digest"); got == "" || got == first {
		t.Errorf("another variable plans %q", got)
	}
	b.config["env"] = map[string]any{"MORE": "1"}
	b.write(t, "run", "#!/bin/sh\n:\n", 0o755)
	b.builds("linux/amd64", "made otherwise", time.Unix(2000, 0))
	if got := b.planned("digest"); got != "" {
		t.Errorf("other sources plan %q", got)
	}
	if err := b.Apply(t.Context(), b.config); err != nil || b.Attribute("digest") == first {
		t.Fatalf("other sources made %s: %v", b.Attribute("digest"), err)
	}
	// Back, on another machine: nothing is built.
	b.emptyCache()
	b.write(t, "run", "#!/bin/sh\n", 0o755)
	if got := b.planned("digest"); got != first {
		t.Errorf("the sources of before plan %q, not %s", got, first)
	}
	if err := b.Apply(t.Context(), b.config); err != nil || b.built() != 2 {
		t.Errorf("%d builds: %v", b.built(), err)
	}
}

// Two builds at other times make one image.
func TestAppImage_builderIsReproducible(t *testing.T) {
	var digests []string
	for n := range 2 {
		b := newBuilderBench(t, "FROM BASE\nRUN make", nil)
		b.builds("linux/amd64", "made", time.Unix(int64(5000*n), 0))
		if err := b.Apply(t.Context(), b.config); err != nil {
			t.Fatal(err)
		}
		manifest, err := b.pulled(t, ":1").Manifest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, manifest.Layers[len(manifest.Layers)-1].Digest.String()+manifest.Config.Digest.String())
	}
	if digests[0] != digests[1] {
		t.Errorf("made %q", digests)
	}
}

func TestAppImage_builderFails(t *testing.T) {
	const secret = "kept-from-everybody"
	b := newBuilderBench(t, "FROM BASE\nRUN make", map[string]any{"secrets_wo": map[string]any{"token": secret}})
	if err := os.WriteFile(filepath.Join(b.called, "fails"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := b.Apply(t.Context(), b.config)
	if err == nil || !strings.Contains(err.Error(), "First error:\n  sh: make: not found, says ***") || !strings.Contains(err.Error(), "The whole output is in ") {
		t.Errorf("got %v", err)
	}
	texts := []string{b.State.String(), string(b.Private), fmt.Sprint(err)}
	_ = filepath.WalkDir(os.Getenv("AWSDEPLOY_CACHE_DIR"), func(file string, e fs.DirEntry, err error) error {
		if data, wrong := os.ReadFile(file); err == nil && wrong == nil {
			texts = append(texts, string(data))
		}
		return err
	})
	for _, text := range texts {
		if strings.Contains(text, secret) {
			t.Errorf("the secret is in %q", text)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("AWSDEPLOY_CACHE_DIR"), "work", "image-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}

	if err := os.Remove(filepath.Join(b.called, "fails")); err != nil {
		t.Fatal(err)
	}
	b.config["dockerfile"].(map[string]any)["builder"] = map[string]any{"program": "/nowhere/buildah"}
	planned, private, _ := b.Plan(b.config)
	if len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0], "No container builder: ") {
		t.Errorf("warned of %q", b.Warnings)
	}
	if err := b.Finish(t.Context(), b.config, planned, private); err == nil || !strings.Contains(err.Error(), "Dockerfile:2: RUN runs a program in a container") ||
		!strings.Contains(err.Error(), "/nowhere/buildah is not on PATH. Install and start a Docker Engine") {
		t.Errorf("got %v", err)
	}
}

func TestAppImage_builderDrift(t *testing.T) {
	b := newBuilderBench(t, "FROM BASE\nRUN make", nil)
	planned, private, _ := b.Plan(b.config)
	b.write(t, "etc/app.conf", "x = 2\n", 0o644)
	if err := b.Finish(t.Context(), b.config, planned, private); err == nil || !strings.Contains(err.Error(), "changed between plan and apply") ||
		!strings.Contains(err.Error(), "etc/app.conf") || b.built() != 0 {
		t.Errorf("%d builds: %v", b.built(), err)
	}
	// An image that the Dockerfile names moved.
	b = newBuilderBench(t, "FROM scratch\nCOPY --from=BASE /made /\n", nil)
	planned, private, _ = b.Plan(b.config)
	b.base(t, "PATH=/moved")
	if err := b.Finish(t.Context(), b.config, planned, private); err == nil || !strings.Contains(err.Error(), "the image "+b.host()+"/shop:base") {
		t.Errorf("got %v", err)
	}
}

// What was planned by its digest, and is lost everywhere, must come out again.
func TestAppImage_builderNotReproducible(t *testing.T) {
	b := newBuilderBench(t, "FROM BASE\nRUN make", nil)
	if err := b.Apply(t.Context(), b.config); err != nil {
		t.Fatal(err)
	}
	lose := func() {
		b.emptyCache()
		b.Call(t, "ecr", "DeleteRepository", map[string]any{"repositoryName": "shop", "force": true})
		b.Call(t, "ecr", "CreateRepository", map[string]any{"repositoryName": "shop"})
		b.base(t, "PATH=/opt/base/bin")
	}
	first := b.Attribute("digest")
	lose()
	b.builds("linux/amd64", "made", time.Unix(9000, 0))
	if err := b.Apply(t.Context(), b.config); err != nil || b.Attribute("digest") != first || b.built() != 2 {
		t.Errorf("%d builds made %s: %v", b.built(), b.Attribute("digest"), err)
	}
	lose()
	b.builds("linux/amd64", "made otherwise", time.Unix(9000, 0))
	if err := b.Apply(t.Context(), b.config); err == nil || !strings.Contains(err.Error(), "Build not reproducible") {
		t.Errorf("got %v", err)
	}
	if err := b.Apply(t.Context(), b.config); err != nil || b.Attribute("digest") == first {
		t.Errorf("made %s: %v", b.Attribute("digest"), err)
	}
}

func TestAppImage_builderPlatforms(t *testing.T) {
	b := newBuilderBench(t, "FROM scratch\nADD https://example.com/made /", nil)
	b.config["platforms"] = []any{"linux/amd64", "linux/arm64"}
	b.builds("linux/amd64", "for one", time.Unix(1, 0))
	b.builds("linux/arm64", "for the other", time.Unix(1, 0))
	if err := b.Apply(t.Context(), b.config); err != nil {
		t.Fatal(err)
	}
	ref, _ := name.ParseReference(b.host() + "/shop:1")
	index, err := remote.Index(ref)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 || manifest.Manifests[1].Platform.Architecture != "arm64" || manifest.Manifests[0].Digest == manifest.Manifests[1].Digest {
		t.Errorf("index: %+v, %v", manifest, err)
	}
	if b.built() != 2 {
		t.Errorf("%d builds", b.built())
	}
	if _, _, changes := b.Plan(b.config); changes {
		t.Error("a second plan has changes")
	}
}

func TestAppImage_builderRefused(t *testing.T) {
	for want, given := range map[string]map[string]any{
		"neither `docker`, `buildctl` nor `buildah`": {"builder": map[string]any{"program": "kaniko"}},
		"has no server":                        {"builder": map[string]any{"program": "buildah", "address": "tcp://x:1"}},
		"say in `program`":                     {"builder": map[string]any{"address": "tcp://x:1"}},
		"`dockerfile.secrets_wo` has the key ": {"secrets_wo": map[string]any{"a,src=/etc/shadow": "x"}},
	} {
		b := dockerfileBench(t, "FROM BASE\nRUN make", given)
		delete(b.config, "files")
		if err := b.Validate(b.config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v", given, err)
		}
	}
	b := newBuilderBench(t, "FROM BASE\nRUN make", nil)
	b.config["layering"] = []any{map[string]any{"name": "all", "paths": []any{"/"}}}
	if err := b.Refused(b.config); err == nil || !strings.Contains(err.Error(), "Not for built images") {
		t.Errorf("got %v", err)
	}
}
