package builder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
)

// The programs that build.
const (
	Docker   = "docker"
	Buildctl = "buildctl"
	Buildah  = "buildah"
)

// Builder is a program that builds, and the server that does it for it.
type Builder struct {
	Program   string // docker, buildctl or buildah, or a path to one; empty is what Find chooses
	Address   string // of the server; empty is what the program takes by itself
	Network   string // of RUN: host, none, or empty
	CacheFrom []string
	CacheTo   []string
	Env       []string // over what is inherited

	file   string // the program's own
	driver driver
}

// Job is one image for one platform.
type Job struct {
	Context    string // a directory that Stage made
	Dockerfile string // beside a file of the same name with .dockerignore behind it
	Target     string
	Args       map[string]string
	Platform   string
	Secrets    map[string]string // by their ids
	Name       string            // of the image in the builder's own store, if it has one
	Out        string            // the archive to write
}

// driver is a program's way to build. It gives the commands, their arguments
// without the program, and those that clean up.
type driver interface {
	steps(b Builder, j Job) (build, clean [][]string)
	env() []string // what the program needs in its environment
}

// MissingError is a program that is not there.
type MissingError struct{ Program string }

func (e *MissingError) Error() string {
	if e.Program == "" {
		return "neither docker, buildctl nor buildah is on PATH"
	}
	return e.Program + " is not on PATH"
}

// SilentError is a program whose server does not answer.
type SilentError struct {
	Program string
	Said    string
}

func (e *SilentError) Error() string {
	return fmt.Sprintf("%s finds nothing that builds: %s", e.Program, e.Said)
}

// UnableError is what a builder cannot do.
type UnableError struct{ What string }

func (e *UnableError) Error() string { return e.What }

// Kind is docker, buildctl or buildah; empty for any other program.
func Kind(program string) string {
	name := strings.TrimSuffix(filepath.Base(program), ".exe")
	if slices.Contains([]string{Docker, Buildctl, Buildah}, name) {
		return name
	}
	return ""
}

// Find finds the program. Without a name it is buildctl where BUILDKIT_HOST
// says that there is a daemon, else docker, buildctl or buildah, whichever is
// there first.
func (b *Builder) Find() error {
	candidates := []string{Docker, Buildctl, Buildah}
	if os.Getenv("BUILDKIT_HOST") != "" {
		candidates = []string{Buildctl, Docker, Buildah}
	}
	if b.Program != "" {
		candidates = []string{b.Program}
	}
	for _, name := range candidates {
		if file, err := exec.LookPath(name); err == nil {
			b.Program, b.file = name, file
			return nil
		}
	}
	return &MissingError{Program: b.Program}
}

// Ready finds the program and asks whether what builds answers it, and what
// it can do.
func (b *Builder) Ready(ctx context.Context) (err error) {
	if err := b.Find(); err != nil {
		return err
	}
	switch Kind(b.Program) {
	case Docker:
		b.driver, err = b.askDocker(ctx)
	case Buildctl:
		b.driver, err = b.askBuildctl(ctx)
	case Buildah:
		b.driver = buildah{}
	default:
		err = &UnableError{b.Program + " is neither docker, buildctl nor buildah"}
	}
	return err
}

// Build builds one image, with the program's output in the log. What goes
// wrong with the build is a *pack.BuildError.
func (b *Builder) Build(ctx context.Context, j Job, log *os.File) error {
	if b.driver == nil {
		return errors.New("the builder was not asked whether it is ready")
	}
	if err := b.can(j); err != nil {
		return err
	}
	if d, ok := b.driver.(docker); ok && d.buildx == "" && !d.buildkit {
		// The engine's old way to build heeds the context's own file alone, also
		// where the Dockerfile has one of its own.
		if err := os.Remove(filepath.Join(j.Context, ".dockerignore")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	build, clean := b.driver.steps(*b, j)
	env := append(b.environment(), b.driver.env()...)
	for i, id := range sortedKeys(j.Secrets) {
		env = append(env, secretVariable(i)+"="+j.Secrets[id])
	}
	run := func(ctx context.Context, args []string) error {
		args = append([]string{b.Program}, args...)
		if _, err := fmt.Fprintf(log, "# %s\n", strings.Join(args, " ")); err != nil {
			return err
		}
		return pack.Program{File: b.file, Args: args, Dir: j.Context, Env: env, Secrets: j.Secrets, Log: log}.Run(ctx)
	}
	var failed error
	for _, args := range build {
		if failed = run(ctx, args); failed != nil {
			break
		}
	}
	for _, args := range clean {
		if ctx.Err() == nil {
			_ = run(ctx, args) // at worst an image stays that nothing names
		}
	}
	return failed
}

// can refuses what the builder would silently leave out.
func (b *Builder) can(j Job) error {
	d, ok := b.driver.(docker)
	if !ok || d.buildx != "" {
		return nil
	}
	switch {
	case len(b.CacheTo) > 0:
		return &UnableError{"`cache_to` needs buildx: the Docker Engine alone exports no cache. Install Docker's buildx plugin, or choose buildctl as `program`"}
	case len(j.Secrets) > 0 && !d.buildkit:
		return &UnableError{"secrets need BuildKit, which this Docker client has in its buildx plugin: install that (Debian: docker-buildx or docker-buildx-plugin)"}
	}
	return nil
}

// secretVariable carries a secret from us to the program: neither a command
// line nor a file has it.
func secretVariable(i int) string { return fmt.Sprintf("AWSDEPLOY_BUILD_SECRET_%d", i) }
