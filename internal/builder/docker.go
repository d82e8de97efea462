package builder

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// docker is Docker's own client. What the engine behind it makes stays in the
// engine, from where `docker save` fetches it; only buildx with a builder that
// is not the engine's own writes an archive by itself.
type docker struct {
	buildx   string // the driver of buildx's builder; empty without buildx
	buildkit bool   // without buildx: the client speaks BuildKit by itself
	platform string // of the engine
}

// engineDriver is buildx's name for a builder inside the engine.
const engineDriver = "docker"

func (b *Builder) askDocker(ctx context.Context) (driver, error) {
	var d docker
	if said, err := b.ask(ctx, b.docker("buildx", "version")...); err == nil && strings.Contains(said, "buildx") {
		if said, err = b.ask(ctx, b.docker("buildx", "inspect")...); err != nil {
			return nil, &SilentError{b.Program, said}
		}
		if d.buildx = field(said, "Driver:"); d.buildx != "" && d.buildx != engineDriver {
			return d, nil
		}
	}
	said, err := b.ask(ctx, b.docker("version", "--format", "{{.Client.Version}} {{.Server.Os}}/{{.Server.Arch}}")...)
	if err != nil {
		return nil, &SilentError{b.Program, said}
	}
	client, platform, _ := strings.Cut(said, " ")
	d.platform = platform
	major, _, _ := strings.Cut(client, ".")
	// From 23 on BuildKit is spoken by the plugin alone.
	n, err := strconv.Atoi(major)
	d.buildkit = err == nil && n >= 18 && n < 23
	return d, nil
}

// field is what stands behind a name in lines of names and values.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (b Builder) docker(args ...string) []string {
	if b.Address == "" {
		return args
	}
	return append([]string{"--host", b.Address}, args...)
}

func (d docker) env() []string {
	// One image, as it is: attestations would make it an index.
	list := []string{"BUILDX_NO_DEFAULT_ATTESTATIONS=1"}
	if d.buildx == "" {
		return append(list, "DOCKER_BUILDKIT="+map[bool]string{true: "1", false: "0"}[d.buildkit])
	}
	return list
}

func (d docker) steps(b Builder, j Job) (build, clean [][]string) {
	args := []string{"build"}
	if d.buildx != "" {
		args = []string{"buildx", "build", "--progress", "plain"}
	}
	args = append(args, "--file", j.Dockerfile)
	if d.buildx != "" || d.buildkit || j.Platform != d.platform {
		args = append(args, "--platform", j.Platform)
	}
	args = append(args, j.common(b)...)
	for _, to := range b.CacheTo {
		if d.buildx != "" {
			args = append(args, "--cache-to", to)
		}
	}
	if d.buildx != "" && d.buildx != engineDriver {
		return [][]string{b.docker(append(args, "--output", "type=oci,dest="+j.Out, j.Context)...)}, nil
	}
	if d.buildx != "" {
		args = append(args, "--load")
	}
	return [][]string{
		b.docker(append(args, "--tag", j.Name, j.Context)...),
		b.docker("save", "--output", j.Out, j.Name),
	}, [][]string{b.docker("image", "rm", "--no-prune", j.Name)} // the cache stays
}

// common are the arguments that docker and buildah have alike.
func (j Job) common(b Builder) (args []string) {
	if b.Network != "" {
		args = append(args, "--network", b.Network)
	}
	if j.Target != "" {
		args = append(args, "--target", j.Target)
	}
	for _, name := range sortedKeys(j.Args) {
		args = append(args, "--build-arg", name+"="+j.Args[name])
	}
	for i, id := range sortedKeys(j.Secrets) {
		args = append(args, "--secret", fmt.Sprintf("id=%s,env=%s", id, secretVariable(i)))
	}
	for _, from := range b.CacheFrom {
		args = append(args, "--cache-from", from)
	}
	return args
}
