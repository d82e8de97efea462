package pack

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// The formats of a package.
const (
	Auto = "auto" // what the artifact is; a directory and Lambda's bootstrap become a ZIP
	Zip  = "zip"  // a ZIP that holds the artifact, unless it is an archive
	File = "file" // the artifact's bytes as the tool wrote them
)

// Formats lists the formats.
func Formats() []string { return []string{Auto, Zip, File} }

// DefaultLimit is how many bytes sources may hold when nothing else is said.
const DefaultLimit = 4 << 30

// Spec says how sources become a package.
type Spec struct {
	Dir      string   // the sources' directory
	Sources  []string // globs
	Excludes []string
	Ignore   []string // names of ignore files; nil means the tool's own
	Limit    int64    // of the sources, in bytes; 0 means DefaultLimit
	Tool     string
	Module   string   // which of many the tool builds
	Platform string   // as in linux/arm64; empty means the tool's own
	Runtime  string   // of AWS Lambda, as in python3.13
	Layout   string   // how a package with its dependencies is laid out
	Command  []string // an argument list; empty means the tool's own
	Env      map[string]string
	Artifact string // a glob relative to Dir
	Format   string

	// Secrets are variables of the build that nothing keeps: the version
	// alone counts, and logs do not show them.
	Secrets        map[string]string `json:"-"`
	SecretsVersion int64
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
	for _, name := range s.Ignore {
		if name == "" || path.IsAbs(name) || slices.Contains(strings.Split(name, "/"), "..") {
			return problem("ignore_files", "ignore_files: %q is not a file below source_dir: give names such as %q", name, ".gitignore")
		}
	}
	if s.Artifact != "" {
		if err := source.CheckPattern(path.Clean(s.Artifact)); err != nil {
			return problem("artifact", "artifact: %w", err)
		}
	}
	t, ok := tools()[s.Tool]
	if !ok {
		return problem("build", "build.tool %q is not supported: it is one of %s. "+
			`Other tools run as "command", with build.command as an argument list`, s.Tool, strings.Join(Tools(), ", "))
	}
	if err := s.checkCommand(); err != nil {
		return err
	}
	if err := s.checkOptions(t); err != nil {
		return err
	}
	return s.checkArtifact(t)
}

func (s Spec) checkCommand() error {
	switch {
	case s.Tool == Command && len(s.Command) == 0:
		return problem("build", `build.tool "command" needs build.command, an argument list such as ["make", "dist"]`)
	case s.Tool == None && len(s.Command) > 0:
		return problem("build", `build.command is set, and build.tool "none" runs nothing: set build.tool to "command", or remove build.command`)
	case len(s.Command) > 0 && s.Command[0] == "":
		return problem("build", "build.command begins with an empty string: it is the program to run")
	}
	for name := range s.Secrets {
		if _, both := s.Env[name]; both {
			return problem("build", "%s is in build.environment and in build.environment_wo: leave it in one of them", name)
		}
	}
	return nil
}

// checkOptions refuses what the tool would not heed.
func (s Spec) checkOptions(t tool) error {
	own := len(s.Command) > 0
	switch {
	case s.Module != "" && (!t.modules || own):
		return problem("build", "build.module %q has no meaning here: it is for the commands that the provider itself gives maven, gradle, go and npm. "+
			"Remove it, or name the module in build.command", s.Module)
	case s.Module != "" && source.CheckPattern(s.Module) != nil:
		return problem("build", "build.module %q leaves source_dir: give the module's directory, relative to source_dir", s.Module)
	case s.Platform != "" && (!t.platforms || own && s.Tool != Go):
		return problem("build", "build.platform %q has no meaning here: it is for go, and for the commands that the provider itself gives npm and python. "+
			"Remove it, or say in build.command or build.environment what to build for", s.Platform)
	case s.Platform != "" && !isPlatform(s.Platform):
		return problem("build", "build.platform %q is not a platform: it is an operating system and an architecture, such as \"linux/amd64\" or \"linux/arm64\"", s.Platform)
	case s.Runtime != "" && s.Tool != Python:
		return problem("build", "build.runtime %q has no meaning here: it is for python. Remove it", s.Runtime)
	case s.Layout != "" && !slices.Contains(t.layouts, s.Layout):
		if len(t.layouts) == 0 {
			return problem("build", "build.layout %q has no meaning here: it is for npm and python. Remove it", s.Layout)
		}
		return problem("build", "build.layout %q is not supported for %s: it is one of %s", s.Layout, s.Tool, strings.Join(t.layouts, ", "))
	}
	if t.check != nil {
		return t.check(s)
	}
	return nil
}

func (s Spec) checkArtifact(t tool) error {
	own := t.artifact(s)
	switch {
	case s.Artifact == "" && own == "" && !s.dependenciesAlone():
		return problem("artifact", "artifact is missing: name the file or directory that build.tool %q makes, relative to source_dir, for example %q", s.Tool, t.example)
	case s.Artifact != "" && path.Clean(s.Artifact) == "." && own != ".":
		return problem("artifact", `artifact is source_dir itself: name what the build makes, or set build.tool to "none"`)
	case s.Tool == Go && len(s.Command) == 0 && strings.ContainsAny(s.Artifact, `*?[{\`):
		return problem("artifact", "artifact %q is a pattern, and go build writes to one file: name that file, or set build.command", s.Artifact)
	}
	return nil
}

// artifact is the pattern of what is packed; empty when that is nothing but
// the dependencies.
func (s Spec) artifact() string {
	if s.Artifact != "" {
		return path.Clean(s.Artifact)
	}
	if t, ok := tools()[s.Tool]; ok {
		return t.artifact(s)
	}
	return ""
}

func (s Spec) format() string {
	if s.Format == "" {
		return Auto
	}
	return s.Format
}

// isPlatform tells that p is an operating system, an architecture and maybe a
// variant.
func isPlatform(p string) bool {
	parts := strings.Split(p, "/")
	return (len(parts) == 2 || len(parts) == 3) && !slices.ContainsFunc(parts, func(s string) bool {
		return s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") != ""
	})
}
