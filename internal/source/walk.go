package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
)

// never are the names that are no sources wherever they lie: the history, and
// what Terraform itself writes while it plans and applies.
var never = []string{
	".git", ".terraform", ".terraform.lock.hcl", ".terraform.tfstate.lock.info", OwnIgnore,
	"terraform.tfstate", "terraform.tfstate.backup", "terraform.tfstate.d",
}

// Options say which files of a directory are read. Patterns are relative to
// the directory, with slashes, and know ** for any number of directories.
type Options struct {
	// Include selects files; a directory named without a wildcard means all in
	// it. None means everything, and then there may be nothing; a pattern that
	// selects nothing is an error.
	Include []string
	// Exclude leaves files out; an excluded directory takes everything in it
	// along.
	Exclude []string
	// Ignore names ignore files, relative to the directory. One whose name ends
	// in .dockerignore is read as Docker does, any other one as Git reads
	// .gitignore: a plain name in every directory. One that is not there
	// ignores nothing.
	Ignore []string
	// Outputs are what build tools write into the directory.
	Outputs []Output
	// Limit is how many bytes the files may hold together; 0 is no limit. More
	// is a *TooLargeError, and never are more than these read.
	Limit int64
	// Fresh reads every file, even one that this machine read before and that
	// has not been touched since.
	Fresh bool
}

// Output is a directory that a build tool writes: Name, beside a file that the
// tool reads.
type Output struct{ Beside, Name string }

// Walk reads the files below root that include selects and exclude does not.
func Walk(ctx context.Context, root string, include, exclude []string) (Tree, error) {
	return Options{Include: include, Exclude: exclude}.Walk(ctx, root)
}

// Walk reads the files below root that the options select. When root is a
// file, it is the tree's only entry.
//
// Never read are .git, .terraform, Terraform's lock and state files, the
// provider's own cache, and the provider's own ignore file. Links are entries,
// never followed; one that leaves root is an error.
func (o Options) Walk(ctx context.Context, root string) (Tree, error) {
	w, err := newWalker(root, o)
	if err != nil {
		return Tree{}, err
	}
	defer w.close()
	if err := w.list(ctx); err != nil {
		return Tree{}, err
	}
	// A directory is listed before what it holds, but "a-b" sorts before "a/b".
	slices.SortFunc(w.tree.Entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return w.tree, w.read(ctx)
}

type walker struct {
	Options
	root     string // what is walked: the tree's root, or its one file
	tree     Tree
	ignores  ignores
	cache    string // the provider's own cache, which may lie in the tree; "" when there is none
	selected []bool // by index of Include: whether it selected a file
	fence    *os.Root
}

func newWalker(root string, o Options) (*walker, error) {
	for _, p := range slices.Concat(o.Include, o.Exclude) {
		if err := CheckPattern(p); err != nil {
			return nil, err
		}
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist", root)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", root, plain(err))
	}
	w := &walker{Options: o, root: real, tree: Tree{Root: real}, selected: make([]bool, len(o.Include))}
	if dir, err := cache.Dir(); err == nil {
		if w.cache, err = filepath.EvalSymlinks(dir); err != nil {
			w.cache = dir
		}
	}
	return w, nil
}

func (w *walker) close() {
	if w.fence != nil {
		_ = w.fence.Close()
	}
}

// CheckPattern says what is wrong with a glob pattern.
func CheckPattern(p string) error {
	switch {
	case p == "":
		return errors.New(`an empty pattern selects nothing: use "**" for everything`)
	case !doublestar.ValidatePattern(p):
		return fmt.Errorf("%q is not a glob pattern: a bracket or brace is not closed", p)
	case path.IsAbs(p) || filepath.IsAbs(p) || slices.Contains(strings.Split(p, "/"), ".."):
		return fmt.Errorf("%q leaves the directory: patterns are relative to it, with slashes and no \"..\"", p)
	}
	return nil
}

// list notes the paths of all selected files, without reading them.
func (w *walker) list(ctx context.Context) error {
	info, err := os.Stat(w.tree.Root)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", w.tree.Root, plain(err))
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is a %s, not a file or directory", w.tree.Root, kindOf(info.Mode()))
		}
		name := filepath.Base(w.tree.Root)
		w.tree.Root = filepath.Dir(w.tree.Root)
		w.tree.Entries = []Entry{{Path: name}}
		return nil
	}
	if w.fence, err = os.OpenRoot(w.tree.Root); err != nil {
		return fmt.Errorf("%s cannot be read: %w", w.tree.Root, plain(err))
	}
	if w.ignores, err = w.newIgnores(); err != nil {
		return err
	}
	if _, err := w.listDir(ctx, ""); err != nil {
		return err
	}
	for i, p := range w.Include {
		if !w.selected[i] {
			return fmt.Errorf("the pattern %q selects no file in %s%s", p, w.tree.Root, w.ignores.hint())
		}
	}
	return nil
}

// listDir notes what dir holds, and tells whether it is empty.
func (w *walker) listDir(ctx context.Context, dir string) (empty bool, err error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	found, err := os.ReadDir(filepath.Join(w.tree.Root, filepath.FromSlash(dir)))
	if err != nil {
		return false, readError(dir, err)
	}
	leave, err := w.ignores.enter(w.tree.Root, dir, found)
	if err != nil {
		return false, err
	}
	defer leave()
	outputs := w.outputs(found)
	for _, d := range found {
		name := path.Join(dir, d.Name())
		switch {
		case slices.Contains(outputs, d.Name()):
		case slices.Contains(never, d.Name()) || matches(w.Exclude, name) || w.ignores.skip(name, d.IsDir()):
		case d.IsDir():
			if filepath.Join(w.tree.Root, filepath.FromSlash(name)) == w.cache {
				continue
			}
			empty, err := w.listDir(ctx, name)
			if err != nil {
				return false, err
			}
			if empty && (len(w.Include) == 0 || matches(w.Include, name)) && !w.ignores.match(name, true) {
				w.tree.Entries = append(w.tree.Entries, Entry{Path: name, Mode: fs.ModeDir})
			}
		case !w.included(name):
		case d.Type() != 0 && d.Type() != fs.ModeSymlink:
			return false, fmt.Errorf("%s is a %s: exclude it", name, kindOf(d.Type()))
		default:
			w.tree.Entries = append(w.tree.Entries, Entry{Path: name, Mode: d.Type()})
		}
	}
	return len(found) == 0, nil
}

// outputs are the names in a directory that hold what a build tool wrote.
func (w *walker) outputs(found []fs.DirEntry) (names []string) {
	for _, o := range w.Outputs {
		if slices.ContainsFunc(found, func(d fs.DirEntry) bool { return d.Name() == o.Beside }) {
			names = append(names, o.Name)
		}
	}
	return names
}

// matches tells that a pattern selects name, or names a directory above it.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, name) })
}

func match(p, name string) bool {
	p = strings.TrimSuffix(strings.TrimPrefix(p, "./"), "/")
	return p == "**" || p == "." || doublestar.MatchUnvalidated(p, name) || strings.HasPrefix(name, p+"/")
}

// included tells that a file is selected, and notes by which patterns.
func (w *walker) included(name string) bool {
	chosen := len(w.Include) == 0
	for i, p := range w.Include {
		if chosen && w.selected[i] {
			continue
		}
		if match(p, name) {
			chosen, w.selected[i] = true, true
		}
	}
	return chosen
}

// kindOf names what cannot be a source.
func kindOf(m fs.FileMode) string {
	switch {
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
