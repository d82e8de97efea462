package dockerfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// Options say what is built.
type Options struct {
	File      string // the Dockerfile; empty is Dockerfile in the context
	Context   string // the directory that COPY reads
	Target    string // the stage that is built; empty is the last one
	Args      map[string]string
	Platforms []string
	Limit     int64 // bytes of the context; 0 is no limit
}

// EngineError is what only a container engine can do.
type EngineError struct {
	File string
	Line int
	What string
}

func (e *EngineError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// File is a Dockerfile that was read.
type File struct {
	// Base is what the built stage is laid upon: a reference, or image.Scratch.
	Base string

	options Options
	name    string // for people
	data    []byte
	stages  []instructions.Stage
	meta    []instructions.ArgCommand
	lex     *shell.Lex
	target  int
	tree    source.Tree
}

// Read reads a Dockerfile and its context.
func Read(ctx context.Context, o Options) (*File, error) {
	f := &File{options: o, name: o.File}
	if f.name == "" {
		f.name = filepath.Join(o.Context, "Dockerfile")
	}
	data, err := os.ReadFile(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there", f.name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", f.name, err)
	}
	f.data = data
	if err := f.parse(); err != nil {
		return nil, err
	}
	if err := f.aim(); err != nil {
		return nil, err
	}
	f.tree, err = source.Options{Ignore: f.ignore(), Limit: o.Limit}.Walk(ctx, o.Context)
	return f, err
}

func (f *File) parse() error {
	parsed, err := parser.Parse(bytes.NewReader(f.data))
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	if f.stages, f.meta, err = instructions.Parse(parsed.AST, linter.New(&linter.Config{})); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	f.lex = shell.NewLex(parsed.EscapeToken)
	return nil
}

// commands are a stage's instructions, parsed anew: expanding them is for good,
// and a stage may be gone through more than once.
func (f *File) commands(index int) ([]instructions.Command, error) {
	if err := f.parse(); err != nil {
		return nil, err
	}
	return f.stages[index].Commands, nil
}

// ignore is the file that says what the context leaves out: the Dockerfile's
// own, or else the context's.
func (f *File) ignore() []string {
	own := f.name + ".dockerignore"
	if inside, err := filepath.Rel(f.options.Context, own); err == nil && filepath.IsLocal(inside) {
		if _, err := os.Stat(own); err == nil {
			return []string{filepath.ToSlash(inside)}
		}
	}
	return []string{".dockerignore"}
}

// aim finds the target's stage and its base.
func (f *File) aim() error {
	f.target = len(f.stages) - 1
	if f.options.Target != "" {
		i, found := f.stage(f.options.Target, len(f.stages))
		if !found {
			return fmt.Errorf("%s has no stage %q: it has %s", f.name, f.options.Target, f.stageNames())
		}
		f.target = i
	}
	at := f.target
	for {
		base, err := f.from(at)
		if err != nil {
			return err
		}
		before, found := f.stage(base, at)
		if !found {
			f.Base = base
			return nil
		}
		at = before
	}
}

// from is what a stage begins with: a stage's name or an image's.
func (f *File) from(at int) (string, error) {
	s := f.stages[at]
	base, err := f.expand(s.BaseName, f.global())
	if err != nil {
		return "", fmt.Errorf("%s:%d: %w", f.name, line(s.Location), err)
	}
	if base == "" {
		return "", fmt.Errorf("%s:%d: FROM %s names no image: give its variables a value in `args`", f.name, line(s.Location), s.BaseName)
	}
	if base == image.Scratch {
		return base, nil
	}
	if _, found := f.stage(base, at); found {
		return base, nil
	}
	if _, err := image.ParseBase(base); err != nil {
		return "", fmt.Errorf("%s:%d: FROM %s: %w", f.name, line(s.Location), s.BaseName, err)
	}
	return base, nil
}

// stage finds an earlier stage by its name or number.
func (f *File) stage(name string, before int) (int, bool) {
	for i := range f.stages[:before] {
		if strings.EqualFold(f.stages[i].Name, name) || fmt.Sprint(i) == name {
			return i, true
		}
	}
	return 0, false
}

func (f *File) stageNames() string {
	var names []string
	for i, s := range f.stages {
		if s.Name == "" {
			s.Name = fmt.Sprint(i)
		}
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// global are the arguments before the first FROM.
func (f *File) global() []string {
	env := f.platform()
	for _, command := range f.meta {
		for _, arg := range command.Args {
			value, given := f.options.Args[arg.Key]
			if !given && arg.Value != nil {
				value, _ = f.expand(*arg.Value, env)
			}
			if given || arg.Value != nil {
				env = append(env, arg.Key+"="+value)
			}
		}
	}
	return env
}

// platform are the arguments that engines set by themselves, where there is
// one platform.
func (f *File) platform() []string {
	if len(f.options.Platforms) != 1 {
		return nil
	}
	p, err := image.ParsePlatform(f.options.Platforms[0])
	if err != nil {
		return nil
	}
	return []string{"TARGETPLATFORM=" + f.options.Platforms[0], "TARGETOS=" + p.OS, "TARGETARCH=" + p.Architecture, "TARGETVARIANT=" + p.Variant}
}

func (f *File) expand(word string, env []string) (string, error) {
	text, _, err := f.lex.ProcessWord(word, shell.EnvsFromSlice(env))
	return text, err
}

// Key identifies everything that a build depends on but the base.
func (f *File) Key() []string {
	key := []string{string(f.data), f.options.Target, f.tree.Digest()}
	for _, name := range slices.Sorted(maps.Keys(f.options.Args)) {
		key = append(key, name+"="+f.options.Args[name])
	}
	return append(key, f.options.Platforms...)
}

// Tree is the context without what is ignored.
func (f *File) Tree() source.Tree { return f.tree }

func line(location []parser.Range) int {
	if len(location) == 0 {
		return 0
	}
	return location[0].Start.Line
}
