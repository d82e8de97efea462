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

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// Walk reads the sources. What the build makes is none: the artifact, and
// what the tool is known to write.
func (s Spec) Walk(ctx context.Context) (source.Tree, error) {
	t := tools()[s.Tool]
	options := source.Options{Include: s.Sources, Exclude: slices.Concat(s.Excludes, t.excludes), Ignore: s.Ignore, Outputs: t.outputs, Limit: s.Limit}
	if options.Ignore == nil {
		options.Ignore = s.ownIgnores()
	}
	if options.Limit == 0 {
		options.Limit = DefaultLimit
	}
	if s.made() {
		options.Exclude = append(options.Exclude, s.artifact())
	}
	tree, err := options.Walk(ctx, s.Dir)
	if large := (*source.TooLargeError)(nil); errors.As(err, &large) {
		return source.Tree{}, problem("source_dir", "%w\n\nName what is no source in excludes or an ignore file, or raise max_source_size (%d bytes now)", err, options.Limit)
	}
	if err != nil {
		return source.Tree{}, &Problem{Attribute: "source_dir", Err: fmt.Errorf("reading the sources in %s: %w", s.Dir, err)}
	}
	if !slices.ContainsFunc(tree.Entries, func(e source.Entry) bool { return !e.Mode.IsDir() }) {
		return source.Tree{}, problem("sources", "sources selects no file in %s", s.Dir)
	}
	if t.look != nil {
		return tree, t.look(s)
	}
	return tree, nil
}

// ownIgnores are the ignore files that count when none are named. What Git
// ignores is in no clone, so no build may depend on it; but where nothing is
// built, it may be what another tool built to be packed.
func (s Spec) ownIgnores() []string {
	if s.Tool == None {
		return []string{source.OwnIgnore}
	}
	return []string{".gitignore", source.OwnIgnore}
}

// made tells that the build makes the artifact, which then is no source.
func (s Spec) made() bool {
	switch s.Tool {
	case None, Python:
		return false
	case NPM:
		return s.artifact() != "." && s.artifact() != "" && (len(s.Command) > 0 || s.hasScript("build"))
	}
	return true
}

// escape makes a path a pattern that matches it alone.
func escape(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`, `}`, `\}`).Replace(p)
}

// recipeVersion moves when the same recipe begins to give other bytes.
const recipeVersion = "2"

// Recipe identifies everything that the package's bytes are made of: the
// sources' digest and the build, not where the sources lie.
func (s Spec) Recipe(sourceDigest string) string {
	parts := []string{recipeVersion, sourceDigest, s.Tool, s.artifact(), s.format(), s.Module, s.Platform, s.Runtime, s.Layout,
		fmt.Sprint(s.SecretsVersion), fmt.Sprint(len(s.Command))}
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
	parts = append(append(parts, "excludes"), s.Excludes...)
	return source.Key(append(append(parts, "ignore"), s.Ignore...)...), nil
}

// under puts a path below the module that is built.
func (s Spec) under(p string) string { return path.Join(escape(s.moduleDir()), p) }

// moduleDir is the module as a directory: Gradle's users write :app:web.
func (s Spec) moduleDir() string {
	return strings.ReplaceAll(strings.Trim(s.Module, ":"), ":", "/")
}
