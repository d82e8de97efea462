package pack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// The build tools.
const (
	Go      = "go"
	Maven   = "maven"
	Command = "command"
	None    = "none"
)

// Tools lists the build tools.
func Tools() []string { return []string{Go, Maven, Command, None} }

// The formats of a package.
const (
	Auto = "auto" // what the artifact is; a directory and Lambda's bootstrap become a ZIP
	Zip  = "zip"  // a ZIP that holds the artifact, unless it is an archive
	File = "file" // the artifact's bytes as the tool wrote them
)

// Formats lists the formats.
func Formats() []string { return []string{Auto, Zip, File} }

// Spec says how sources become a package.
type Spec struct {
	Dir      string   // the sources' directory
	Sources  []string // globs
	Excludes []string
	Tool     string
	Command  []string // an argument list; empty means the tool's own
	Env      map[string]string
	Artifact string // a glob relative to Dir
	Format   string
}

// Problem is what is wrong with a spec.
type Problem struct {
	Attribute string // source_dir, sources, excludes, build, artifact or format
	Err       error
}

func (p *Problem) Error() string { return p.Err.Error() }

// Unwrap is the cause.
func (p *Problem) Unwrap() error { return p.Err }

func problem(attribute, format string, args ...any) *Problem {
	return &Problem{Attribute: attribute, Err: fmt.Errorf(format, args...)}
}

// Check says what is wrong with the spec before any file is looked at.
func (s Spec) Check() error {
	if s.Dir == "" {
		return problem("source_dir", "source_dir is empty: name the directory of the sources")
	}
	for i, p := range slices.Concat(s.Sources, s.Excludes) {
		attribute := "sources"
		if i >= len(s.Sources) {
			attribute = "excludes"
		}
		if err := source.CheckPattern(p); err != nil {
			return problem(attribute, "%s: %w", attribute, err)
		}
	}
	if err := source.CheckPattern(s.artifact()); err != nil {
		return problem("artifact", "artifact: %w", err)
	}
	literal := !strings.ContainsAny(s.Artifact, `*?[{\`)
	switch {
	case !slices.Contains(Tools(), s.Tool):
		return problem("build", "build.tool %q is not supported: it is one of %s. "+
			`Other tools run as "command", with build.command as an argument list`, s.Tool, strings.Join(Tools(), ", "))
	case s.Tool == Command && len(s.Command) == 0:
		return problem("build", `build.tool "command" needs build.command, an argument list such as ["make", "dist"]`)
	case s.Tool == None && len(s.Command) > 0:
		return problem("build", `build.command is set, and build.tool "none" runs nothing: set build.tool to "command", or remove build.command`)
	case len(s.Command) > 0 && s.Command[0] == "":
		return problem("build", "build.command begins with an empty string: it is the program to run")
	case s.Tool != None && s.Artifact == "":
		return problem("artifact", "artifact is missing: name the file or directory that build.tool %q makes, relative to source_dir, for example %q", s.Tool, example(s.Tool))
	case s.Tool != None && path.Clean(s.Artifact) == ".":
		return problem("artifact", `artifact is source_dir itself: name what the build makes, or set build.tool to "none"`)
	case s.Tool == Go && len(s.Command) == 0 && !literal:
		return problem("artifact", "artifact %q is a pattern, and go build writes to one file: name that file, or set build.command", s.Artifact)
	}
	return nil
}

func example(tool string) string {
	if tool == Maven {
		return "target/*.war"
	}
	return "bootstrap"
}

// artifact is the pattern of what is packed.
func (s Spec) artifact() string {
	if s.Artifact == "" {
		return "."
	}
	return path.Clean(s.Artifact)
}

// Walk reads the sources. What the build makes is none: the artifact, and
// Maven's target directories.
func (s Spec) Walk(ctx context.Context) (source.Tree, error) {
	excludes := slices.Clone(s.Excludes)
	if s.Tool != None {
		excludes = append(excludes, s.artifact())
	}
	if s.Tool == Maven {
		poms, err := s.modules()
		if err != nil {
			return source.Tree{}, err
		}
		excludes = append(excludes, poms...)
	}
	tree, err := source.Walk(ctx, s.Dir, s.Sources, excludes)
	if err != nil {
		return source.Tree{}, &Problem{Attribute: "source_dir", Err: fmt.Errorf("reading the sources in %s: %w", s.Dir, err)}
	}
	if !slices.ContainsFunc(tree.Entries, func(e source.Entry) bool { return !e.Mode.IsDir() }) {
		return source.Tree{}, problem("sources", "sources selects no file in %s", s.Dir)
	}
	return tree, nil
}

// modules lists the target directory of every Maven module below Dir.
func (s Spec) modules() ([]string, error) {
	found, err := doublestar.FilepathGlob(filepath.Join(escape(s.Dir), "**", "pom.xml"), doublestar.WithNoFollow())
	if err != nil {
		return nil, problem("source_dir", "looking for Maven modules in %s: %w", s.Dir, err)
	}
	targets := []string{"target"}
	for _, pom := range found {
		rel, err := filepath.Rel(s.Dir, filepath.Dir(pom))
		if err != nil || rel == "." {
			continue
		}
		targets = append(targets, path.Join(escape(filepath.ToSlash(rel)), "target"))
	}
	return targets, nil
}

// escape makes a path a pattern that matches it alone.
func escape(p string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`).Replace(p)
}

// recipeVersion moves when the same recipe begins to give other bytes.
const recipeVersion = "1"

// Recipe identifies everything that the package's bytes are made of: the
// sources' digest and the build, not where the sources lie.
func (s Spec) Recipe(sourceDigest string) string {
	parts := []string{recipeVersion, sourceDigest, s.Tool, s.artifact(), s.format(), fmt.Sprint(len(s.Command))}
	parts = append(parts, s.Command...)
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		parts = append(parts, name, s.Env[name])
	}
	return source.Key(parts...)
}

// Key names the plans of this spec, whatever its sources hold.
func (s Spec) Key() (string, error) {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return "", err
	}
	parts := append([]string{dir, s.Recipe("")}, s.Sources...)
	return source.Key(append(append(parts, "excludes"), s.Excludes...)...), nil
}

func (s Spec) format() string {
	if s.Format == "" {
		return Auto
	}
	return s.Format
}

// ErrAbsent says that a package is not in this machine's cache.
var ErrAbsent = errors.New("not in this machine's cache")
