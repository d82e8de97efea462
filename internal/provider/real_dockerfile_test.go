//go:build linux

package provider_test

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// busyboxBase pushes a base that can run commands.
func busyboxBase(t *testing.T, reference string) {
	t.Helper()
	program, err := os.ReadFile(realparts.Busybox(t))
	if err != nil {
		t.Fatal(err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, h := range []*tar.Header{
		{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "bin/busybox", Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(program))},
		{Name: "bin/sh", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "busybox"},
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
	} {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write(program); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "layer.tar")
	if err := os.WriteFile(file, layer.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	made, err := tarball.LayerFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}, Config: v1.Config{
		Env: []string{"PATH=/bin"},
	}})
	if err == nil {
		image, err = mutate.AppendLayers(image, made)
	}
	ref, wrong := name.NewTag(reference)
	if err == nil && wrong == nil {
		err = remote.Write(ref, image)
	}
	if err != nil || wrong != nil {
		t.Fatal(err, wrong)
	}
}

// runs is a Dockerfile of two stages that runs commands: with a secret, as
// what could tell the time, and as what only root may make.
const runs = `FROM BASE AS tools
RUN busybox date > /dev/null && echo built > /built

FROM BASE
ARG VERSION=none
LABEL shop=$VERSION
RUN --mount=type=secret,id=token busybox sha256sum /run/secrets/token > /proof
COPY --from=tools /built /srv/built
COPY --from=BASE /bin/busybox /srv/copied
COPY run /srv/
RUN busybox chown -R 10:20 /srv && busybox chmod 4755 /srv/run && busybox ln /srv/run /srv/again
USER 10:20
ENTRYPOINT ["/srv/run"]
`

// realBuilds builds that with a program, twice from nothing: forget has the
// program lose what it remembers.
func realBuilds(t *testing.T, registry string, builder map[string]any, forget func()) {
	t.Helper()
	const secret = "kept-from-everybody"
	var digests []string
	for n := range 2 {
		forget()
		b := dockerfileBench(t, strings.ReplaceAll(runs, "BASE", registry+"/base:1"), map[string]any{
			"args": map[string]any{"VERSION": "1.2"}, "secrets_wo": map[string]any{"token": secret}, "builder": builder,
		})
		b.config["repository"] = registry + "/shop"
		b.config["env"] = map[string]any{"MORE": "1"}
		b.write(t, "run", "#!/bin/sh\necho runs\n", fs.FileMode(0o755-n*0o22))
		if got := b.plannedDigest(); got != "" {
			t.Errorf("a plan knows %s before anything was built", got)
		}
		if err := b.Apply(t.Context(), b.config); err != nil {
			t.Fatal(err)
		}
		if _, _, changes := b.Plan(b.config); changes {
			t.Error("a second plan has changes")
		}
		digests = append(digests, b.Attribute("digest"))
		for _, text := range []string{b.State.String(), string(b.Private)} {
			if strings.Contains(text, secret) {
				t.Error("the secret is in the state")
			}
		}
		err := filepath.WalkDir(os.Getenv("AWSDEPLOY_CACHE_DIR"), func(file string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			if data, _ := os.ReadFile(file); bytes.Contains(data, []byte(secret)) {
				t.Errorf("the secret is in %s", file)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("two builds made %s", digests)
	}
}

func TestReal_dockerfile(t *testing.T) {
	registry, engine := realparts.Registry(t), realparts.NewEngine(t)
	busyboxBase(t, registry+"/base:1")
	realBuilds(t, registry, map[string]any{"program": engine.Program(), "address": engine.Host(), "network": "host"}, engine.Forget)
	engine.Runs(t, registry+"/shop:1", "runs")
}

func TestReal_dockerfileByBuildah(t *testing.T) {
	registry := realparts.Registry(t)
	busyboxBase(t, registry+"/base:1")
	program := realparts.Buildah(t, registry)
	realBuilds(t, registry, map[string]any{"program": program, "network": "host"}, func() { realparts.Run(t, program, "rmi", "--all", "--force") })
	skopeo := realparts.Tool(t, "skopeo")
	if got := realparts.Run(t, skopeo, "inspect", "--tls-verify=false", "--format", "{{.Labels}} {{len .Layers}}", "docker://"+registry+"/shop:1"); got != "map[shop:1.2] 6" {
		t.Errorf("inspected: %s", got)
	}
}
