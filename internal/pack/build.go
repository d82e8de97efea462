package pack

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/archive"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// ChangedError says that the sources are not what they were.
type ChangedError struct {
	When    string
	Changes source.Changes
}

func (e *ChangedError) Error() string {
	text := fmt.Sprintf("the sources changed %s:\n%s", e.When, e.Changes)
	if len(e.Changes.Added) > 0 {
		text += "\n\nFiles that the build writes are no sources: name them in excludes."
	}
	return text
}

// Build runs the build on the sources that tree is, and keeps the package
// under its recipe. One build runs in a directory at a time.
func (s Store) Build(ctx context.Context, spec Spec, tree source.Tree) (Package, error) {
	recipe := spec.Recipe(tree.Digest())
	key, err := spec.Key()
	if err != nil {
		return Package{}, err
	}
	if spec.Tool != None {
		unlock, err := s.lock(ctx, tree.Root)
		if err != nil {
			return Package{}, fmt.Errorf("waiting for another build in %s: %w", spec.Dir, err)
		}
		defer unlock()
		if err := spec.run(ctx, s.logFile(spec, key)); err != nil {
			return Package{}, &Problem{Attribute: "build", Err: err}
		}
	}
	p, err := s.pack(ctx, spec, tree)
	if err != nil {
		return Package{}, err
	}
	after, err := spec.Walk(ctx)
	if err != nil {
		return Package{}, err
	}
	if after.Digest() != tree.Digest() {
		return Package{}, &Problem{Attribute: "source_dir", Err: &ChangedError{When: "while the package was built", Changes: after.Diff(tree)}}
	}
	return p, s.save(s.recipeFile(recipe), p)
}

// logFile is where the output of a spec's builds goes.
func (s Store) logFile(spec Spec, key string) string {
	name := "build"
	if abs, err := filepath.Abs(spec.Dir); err == nil {
		name = filepath.Base(abs)
	}
	return filepath.Join(s.Dir, "logs", fmt.Sprintf("%s-%.12s.log", name, key))
}

// artifact is what is to be packed: files of a tree below a directory, or one
// file of it.
type artifact struct {
	tree source.Tree
	dir  string // "" for one file
	name string
}

func (s Store) pack(ctx context.Context, spec Spec, tree source.Tree) (Package, error) {
	found, err := spec.find(ctx, tree)
	if err != nil {
		return Package{}, &Problem{Attribute: "artifact", Err: err}
	}
	p, err := s.packArtifact(ctx, spec.format(), found)
	if err != nil {
		return Package{}, &Problem{Attribute: "artifact", Err: fmt.Errorf("packing %s: %w", found.name, err)}
	}
	return p, nil
}

func (s Store) packArtifact(ctx context.Context, format string, a artifact) (Package, error) {
	asZip := func(name, dir string) (Package, error) {
		return s.Add(name, TypeZip, false, func(w io.Writer) error { return archive.Zip(ctx, w, a.tree, dir) })
	}
	if a.dir != "" {
		if format == File {
			return Package{}, fmt.Errorf("it is a directory, and format %q takes a file as it is", File)
		}
		return asZip(a.name+".zip", a.dir)
	}
	e := a.tree.Entries[0]
	f, err := os.Open(filepath.Join(a.tree.Root, filepath.FromSlash(e.Path)))
	if err != nil {
		return Package{}, err
	}
	defer f.Close()
	zipped := archive.IsZip(f, e.Size)
	kind := kindByName(a.name)
	switch {
	case kind != TypeExecutable && !zipped:
		return Package{}, fmt.Errorf("it is no %s: its content is not a ZIP archive", strings.ToUpper(kind))
	case zipped && kind == TypeExecutable:
		kind = TypeZip
	}
	switch {
	case zipped && format != File:
		return s.Add(a.name, kind, false, func(w io.Writer) error { return archive.Rewrite(ctx, w, f, e.Size) })
	case !zipped && (format == Zip || format == Auto && a.name == "bootstrap"):
		return asZip(a.name+".zip", path.Dir(e.Path))
	}
	return s.Add(a.name, kind, e.Mode&0o111 != 0, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(f, 0, e.Size))
		return err
	})
}

func kindByName(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jar":
		return TypeJar
	case ".war":
		return TypeWar
	case ".zip":
		return TypeZip
	}
	return TypeExecutable
}

// find finds the artifact: among the sources when nothing was built, else on
// the disk.
func (s Spec) find(ctx context.Context, tree source.Tree) (artifact, error) {
	if s.Tool == None {
		return s.pick(tree)
	}
	names, err := doublestar.Glob(os.DirFS(tree.Root), s.artifact(), doublestar.WithNoFollow())
	if err != nil {
		return artifact{}, fmt.Errorf("looking for %s: %w", s.artifact(), err)
	}
	name, err := s.only(names, "was made by the build")
	if err != nil {
		return artifact{}, err
	}
	real, err := filepath.EvalSymlinks(filepath.Join(tree.Root, filepath.FromSlash(name)))
	if err != nil {
		return artifact{}, err
	}
	if rel, err := filepath.Rel(tree.Root, real); err != nil || !filepath.IsLocal(rel) {
		return artifact{}, fmt.Errorf("%s is a link that leaves source_dir", name)
	}
	info, err := os.Stat(real)
	if err != nil {
		return artifact{}, err
	}
	made, err := source.Walk(ctx, real, nil, nil)
	if err != nil {
		return artifact{}, err
	}
	if info.IsDir() {
		return artifact{tree: made, dir: ".", name: path.Base(name)}, nil
	}
	return artifact{tree: made, name: path.Base(name)}, nil
}

// pick finds the artifact among the sources: one file, or a directory.
func (s Spec) pick(tree source.Tree) (artifact, error) {
	pattern := s.artifact()
	if pattern == "." {
		// Not the directory's own name: another clone may have another.
		return artifact{tree: tree, dir: ".", name: "package"}, nil
	}
	seen := map[string]bool{}
	var names []string
	var file source.Entry
	for _, e := range tree.Entries {
		if e.Mode.IsDir() {
			continue
		}
		for name := e.Path; name != "." && !seen[name]; name = path.Dir(name) {
			seen[name] = true
			if doublestar.MatchUnvalidated(pattern, name) {
				names = append(names, name)
				if name == e.Path {
					file = e
				}
			}
		}
	}
	name, err := s.only(names, "is among the sources")
	if err != nil {
		return artifact{}, err
	}
	if file.Path == name {
		if file.Link != "" {
			return artifact{}, fmt.Errorf("%s is a link: name the file that it points at", name)
		}
		return artifact{tree: source.Tree{Root: tree.Root, Entries: []source.Entry{file}}, name: path.Base(name)}, nil
	}
	return artifact{tree: tree, dir: name, name: path.Base(name)}, nil
}

// only is the one name that the artifact's pattern found.
func (s Spec) only(names []string, what string) (string, error) {
	switch len(names) {
	case 1:
		return names[0], nil
	case 0:
		return "", fmt.Errorf("artifact %q: no such file %s. It is relative to source_dir (%s)", s.artifact(), what, s.Dir)
	}
	const most = 10
	list := names
	more := ""
	if len(list) > most {
		list, more = list[:most], fmt.Sprintf("\n  and %d more", len(names)-most)
	}
	return "", fmt.Errorf("artifact %q selects %d files, and a package is one:\n  %s%s\n\n"+
		"Make the pattern narrower, or remove what an earlier build left behind", s.artifact(), len(names), strings.Join(list, "\n  "), more)
}
