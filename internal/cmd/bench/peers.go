package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/pgzip"
)

// peers are the others' ways to push the same directories. Before is what goes
// before a way and does not count. Crane and skopeo start from TARs: making
// them does not count either.
func (p *pushing) peers(before func(way) func(context.Context) error) []way {
	crane := way{name: "crane", run: p.crane}
	crane.before = all(p.tars, before(crane), p.tars)
	skopeo := way{name: "skopeo", missing: absent("skopeo"), run: p.skopeo}
	skopeo.before = all(p.layout, before(skopeo), p.layout)
	buildah := way{name: "buildah", missing: absent("buildah"), run: p.buildah}
	buildah.before = before(buildah)
	docker := way{name: "Docker Engine", missing: p.engine.missing, elsewhere: true, run: p.docker}
	docker.before = before(docker)
	return []way{crane, skopeo, buildah, docker}
}

// absent says that a program is not there.
func absent(program string) string {
	if _, err := exec.LookPath(program); err != nil {
		return "not there"
	}
	return ""
}

func (p *pushing) tar(i int) string { return filepath.Join(p.work, fmt.Sprintf("%d.tar", i)) }

// tars makes a TAR of each directory.
func (p *pushing) tars(context.Context) error {
	for i, dir := range p.layers {
		var b bytes.Buffer
		if err := tarOf(&b, dir); err != nil {
			return err
		}
		if err := lay(p.tar(i), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func tarOf(w io.Writer, dir string) error {
	t := tar.NewWriter(w)
	if err := t.AddFS(os.DirFS(dir)); err != nil {
		return err
	}
	return t.Close()
}

// crane is what crane append does, by its library.
func (p *pushing) crane(ctx context.Context) error {
	made := empty.Image
	for i := range p.layers {
		layer, err := tarball.LayerFromFile(p.tar(i))
		if err != nil {
			return err
		}
		if made, err = mutate.AppendLayers(made, layer); err != nil {
			return err
		}
	}
	repo, err := p.hub.repository()
	if err != nil {
		return err
	}
	return remote.Write(repo.Tag("crane"), made, remote.WithContext(ctx))
}

// layout makes an OCI layout of the TARs, which skopeo compresses on the way.
func (p *pushing) layout(context.Context) error {
	made := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	made = mutate.ConfigMediaType(made, types.OCIConfigJSON)
	for _, dir := range p.layers {
		var b bytes.Buffer
		err := tarOf(&b, dir)
		if err == nil {
			made, err = mutate.AppendLayers(made, static.NewLayer(b.Bytes(), types.OCIUncompressedLayer))
		}
		if err != nil {
			return err
		}
	}
	to, err := layout.Write(filepath.Join(p.work, "layout"), empty.Index)
	if err != nil {
		return err
	}
	return to.AppendImage(made)
}

func (p *pushing) skopeo(ctx context.Context) error {
	return command(ctx, "skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false",
		"oci:"+filepath.Join(p.work, "layout"), "docker://"+p.hub.host()+"/app:skopeo")
}

// buildah copies the directories into an image of its own store.
func (p *pushing) buildah(ctx context.Context) error {
	global := []string{"--root", filepath.Join(p.work, "buildah"), "--runroot", filepath.Join(p.work, "run"), "--storage-driver", "vfs"}
	if err := p.dockerfile(); err != nil {
		return err
	}
	to := p.hub.host() + "/app:buildah"
	if err := command(ctx, "buildah", append(global, "bud", "--quiet", "--layers", "--isolation", "chroot", "--tag", to, "--file", p.file(), p.context())...); err != nil {
		return err
	}
	return command(ctx, "buildah", append(global, "push", "--quiet", "--tls-verify=false", to)...)
}

// docker lets the engine build and push.
func (p *pushing) docker(ctx context.Context) error {
	if err := p.dockerfile(); err != nil {
		return err
	}
	to := p.hub.host() + "/app:docker"
	build := []string{"build", "--quiet", "--tag", to, "--file", p.file()}
	if p.anew {
		build = append(build, "--no-cache")
	}
	if err := p.engine.run(ctx, append(build, p.context())...); err != nil {
		return err
	}
	return p.engine.run(ctx, "push", "--quiet", to)
}

// context is the directory that holds the layers' own.
func (p *pushing) context() string { return filepath.Dir(p.layers[0]) }

func (p *pushing) file() string { return filepath.Join(p.work, "Dockerfile") }

func (p *pushing) dockerfile() error {
	lines := []string{"FROM scratch"}
	for i, dir := range p.layers {
		lines = append(lines, fmt.Sprintf("COPY %s /srv%d", filepath.Base(dir), i))
	}
	return lay(p.file(), []byte(strings.Join(lines, "\n")+"\n"))
}

// floor is the least that has to be done for the first layer: read, hash,
// compress, hash, send.
func (p *pushing) floor(ctx context.Context) error {
	var blob bytes.Buffer
	plain, packed := sha256.New(), sha256.New()
	z, err := pgzip.NewWriterLevel(io.MultiWriter(&blob, packed), 1)
	if err != nil {
		return err
	}
	if err := tarOf(io.MultiWriter(plain, z), p.layers[0]); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	start, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.hub.host()+"/v2/app/blobs/uploads/", nil)
	if err != nil {
		return err
	}
	started, err := http.DefaultClient.Do(start)
	if err != nil {
		return err
	}
	_ = started.Body.Close()
	to, err := start.URL.Parse(started.Header.Get("Location"))
	if err != nil {
		return err
	}
	to.RawQuery = fmt.Sprintf("digest=sha256:%x", packed.Sum(nil))
	put, err := http.NewRequestWithContext(ctx, http.MethodPut, to.String(), &blob)
	if err != nil {
		return err
	}
	done, err := http.DefaultClient.Do(put)
	if err != nil {
		return err
	}
	_ = done.Body.Close()
	if done.StatusCode != http.StatusCreated {
		return fmt.Errorf("the registry answered %s", done.Status)
	}
	return nil
}

func command(ctx context.Context, program string, arguments ...string) error {
	out, err := exec.CommandContext(ctx, program, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, strings.Join(arguments, " "), err, out)
	}
	return nil
}
