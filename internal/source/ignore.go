package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"
)

// OwnIgnore is the ignore file that is this provider's alone.
const OwnIgnore = ".awsdeployignore"

// ignores says how ignore files are read. One whose name ends in
// .dockerignore lies where its path says, and its patterns are Docker's:
// relative to the root, the last match decides, and ! takes files back even
// out of an ignored directory. Any other one is read as Git reads .gitignore:
// in every directory when it is a plain name, its patterns relative to its
// own directory, and nothing comes back out of an ignored directory.
type ignores struct {
	git   []string // names, looked for in every directory
	rules []rule   // of the directories on the way, in the order of precedence
	fixed []rule   // Docker's
	takes bool     // a rule of Docker's takes files back
}

// rule is one line of an ignore file.
type rule struct {
	pattern string // relative to the root
	negated bool
	dirs    bool // directories only
}

// newIgnores reads the files that lie at a place of their own.
func (w *walker) newIgnores() (ignores, error) {
	var all ignores
	for _, name := range w.Ignore {
		docker := strings.HasSuffix(name, ".dockerignore")
		if !docker && !strings.Contains(name, "/") {
			all.git = append(all.git, name)
			continue
		}
		data, err := readIgnore(w.tree.Root, name)
		if err != nil {
			return ignores{}, err
		}
		if docker {
			all.fixed = append(all.fixed, dockerRules(data)...)
		} else {
			all.rules = append(all.rules, gitRules(path.Dir(name), data)...)
		}
	}
	all.takes = slices.ContainsFunc(all.fixed, func(r rule) bool { return r.negated })
	return all, nil
}

// readIgnore reads an ignore file; one that is not there ignores nothing.
func readIgnore(root, name string) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("the ignore file %q leaves the directory", name)
	}
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, readError(name, err)
	}
	return data, nil
}

// enter takes in the ignore files of a directory, until leave is called.
func (i *ignores) enter(root, dir string, found []fs.DirEntry) (leave func(), err error) {
	before := len(i.rules)
	for _, name := range i.git {
		if !slices.ContainsFunc(found, func(d fs.DirEntry) bool { return d.Name() == name && !d.IsDir() }) {
			continue
		}
		data, err := readIgnore(root, path.Join(dir, name))
		if err != nil {
			return nil, err
		}
		i.rules = append(i.rules, gitRules(dir, data)...)
	}
	return func() { i.rules = i.rules[:before] }, nil
}

// skip tells that neither name nor, for a directory, anything in it counts.
func (i *ignores) skip(name string, dir bool) bool {
	return i.byGit(name, dir) || !(dir && i.takes) && i.byDocker(name)
}

// match tells that name itself is ignored.
func (i *ignores) match(name string, dir bool) bool { return i.byGit(name, dir) || i.byDocker(name) }

func (i *ignores) byGit(name string, dir bool) bool {
	for _, r := range slices.Backward(i.rules) {
		if (dir || !r.dirs) && doublestar.MatchUnvalidated(r.pattern, name) {
			return !r.negated
		}
	}
	return false
}

func (i *ignores) byDocker(name string) bool {
	for _, r := range slices.Backward(i.fixed) {
		for above := name; above != "."; above = path.Dir(above) {
			if doublestar.MatchUnvalidated(r.pattern, above) {
				return !r.negated
			}
		}
	}
	return false
}

// hint is added to an error about files that are not found.
func (i *ignores) hint() string {
	names := i.git
	if len(i.fixed) > 0 {
		names = append(slices.Clone(names), ".dockerignore")
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, " and ") + " may leave it out)"
}

// lines are the patterns of an ignore file.
func lines(data []byte) (found []string) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	// No scanner: it gives up at a long line, and what follows would count.
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line != "" && !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	return found
}

// gitRules reads a .gitignore of dir.
// https://git-scm.com/docs/gitignore#_pattern_format
func gitRules(dir string, data []byte) (rules []rule) {
	for _, line := range lines(data) {
		var r rule
		if trimmed := strings.TrimRight(line, " "); !strings.HasSuffix(trimmed, `\`) {
			line = trimmed
		}
		line, r.negated = strings.CutPrefix(line, "!")
		line, r.dirs = strings.CutSuffix(line, "/")
		if line == "" {
			continue
		}
		line, anchored := strings.CutPrefix(line, "/")
		if !anchored && !strings.Contains(line, "/") {
			line = "**/" + line
		}
		r.pattern = path.Join(escape(dir), braces(line))
		if doublestar.ValidatePattern(r.pattern) { // Git matches nothing by another one
			rules = append(rules, r)
		}
	}
	return rules
}

// dockerRules reads a .dockerignore.
// https://docs.docker.com/build/concepts/context/#dockerignore-files
func dockerRules(data []byte) (rules []rule) {
	for _, line := range lines(data) {
		var r rule
		line, r.negated = strings.CutPrefix(strings.TrimSpace(line), "!")
		r.pattern = braces(strings.TrimPrefix(path.Clean(strings.TrimSpace(line)), "/"))
		if r.pattern != "" && doublestar.ValidatePattern(r.pattern) {
			rules = append(rules, r)
		}
	}
	return rules
}

// braces makes {a,b} stand for itself: ignore files know no alternatives.
func braces(p string) string {
	return strings.NewReplacer(`\\`, `\\`, `\{`, `\{`, `\}`, `\}`, `{`, `\{`, `}`, `\}`).Replace(p)
}

// escape makes a path a pattern that matches it alone.
func escape(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`, `}`, `\}`).Replace(p)
}
