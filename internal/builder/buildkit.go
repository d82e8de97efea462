package builder

import (
	"context"
	"fmt"
	"path/filepath"
)

// buildctl is BuildKit's own client, for a daemon here or elsewhere.
type buildctl struct{}

func (b *Builder) askBuildctl(ctx context.Context) (driver, error) {
	if said, err := b.ask(ctx, b.buildctl("debug", "workers")...); err != nil {
		return nil, &SilentError{b.Program, said}
	}
	return buildctl{}, nil
}

func (b Builder) buildctl(args ...string) []string {
	if b.Address == "" {
		return args
	}
	return append([]string{"--addr", b.Address}, args...)
}

func (buildctl) env() []string { return nil }

func (buildctl) steps(b Builder, j Job) (build, clean [][]string) {
	args := []string{"build", "--progress", "plain", "--frontend", "dockerfile.v0", "--local", "context=" + j.Context,
		"--local", "dockerfile=" + filepath.Dir(j.Dockerfile), "--opt", "filename=" + filepath.Base(j.Dockerfile), "--opt", "platform=" + j.Platform}
	if j.Target != "" {
		args = append(args, "--opt", "target="+j.Target)
	}
	if b.Network != "" {
		args = append(args, "--opt", "force-network-mode="+b.Network)
	}
	if b.Network == "host" {
		args = append(args, "--allow", "network.host")
	}
	for _, name := range sortedKeys(j.Args) {
		args = append(args, "--opt", "build-arg:"+name+"="+j.Args[name])
	}
	for i, id := range sortedKeys(j.Secrets) {
		args = append(args, "--secret", fmt.Sprintf("id=%s,env=%s", id, secretVariable(i)))
	}
	for _, from := range b.CacheFrom {
		args = append(args, "--import-cache", from)
	}
	for _, to := range b.CacheTo {
		args = append(args, "--export-cache", to)
	}
	return [][]string{b.buildctl(append(args, "--output", "type=oci,dest="+j.Out)...)}, nil
}

// buildah needs no server. It keeps the image in its store until that is
// written to an archive.
type buildah struct{}

func (buildah) env() []string { return nil }

func (buildah) steps(b Builder, j Job) (build, clean [][]string) {
	name := "localhost/" + j.Name
	args := []string{"build", "--layers", "--file", j.Dockerfile, "--ignorefile", j.Dockerfile + ".dockerignore", "--platform", j.Platform}
	args = append(args, j.common(b)...)
	for _, to := range b.CacheTo {
		args = append(args, "--cache-to", to)
	}
	return [][]string{append(args, "--tag", name, j.Context), {"push", name, "oci-archive:" + j.Out}}, [][]string{{"rmi", name}}
}
