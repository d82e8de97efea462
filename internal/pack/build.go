package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/archive"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
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
	p, err := s.build(ctx, spec, tree)
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%w\n\nThe disk that holds %s is full: make room there, or set %s to a directory that has some", err, s.Dir, cache.Variable)
	}
	return p, err
}

func (s Store) build(ctx context.Context, spec Spec, tree source.Tree) (Package, error) {
	recipe := spec.Recipe(tree.Digest())
	key, err := spec.Key()
	if err != nil {
		return Package{}, err
	}
	work, done, err := s.workplace()
	if err != nil {
		return Package{}, err
	}
	defer done()
	if spec.Tool != None {
		unlock, err := s.lock(ctx, tree.Root)
		if err != nil {
			return Package{}, fmt.Errorf("waiting for another build in %s: %w", spec.Dir, err)
		}
		defer unlock()
		if err := spec.run(ctx, s.logFile(spec, key), work); err != nil {
			return Package{}, &Problem{Attribute: "build", Err: err}
		}
	}
	p, err := s.pack(ctx, spec, tree, work)
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

// workplace makes what a build has beside its sources, until done is called.
func (s Store) workplace() (w workplace, done func(), err error) {
	below := filepath.Join(s.Dir, "work")
	if err := os.MkdirAll(below, 0o755); err != nil {
		return workplace{}, nil, err
	}
	dir, err := os.MkdirTemp(below, "")
	if err != nil {
		return workplace{}, nil, err
	}
	done = func() { _ = os.RemoveAll(dir) } // at worst it stays in the cache
	w = workplace{stage: filepath.Join(dir, "stage"), aside: filepath.Join(dir, "aside")}
	if err := errors.Join(os.Mkdir(w.stage, 0o755), os.Mkdir(w.aside, 0o755)); err != nil {
		done()
		return workplace{}, nil, err
	}
	return w, done, nil
}

func (s Store) pack(ctx context.Context, spec Spec, tree source.Tree, w workplace) (Package, error) {
	found, err := spec.find(ctx, tree, w)
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
	asZip := func(name string, parts ...archive.Part) (Package, error) {
		return s.Add(name, TypeZip, false, func(w io.Writer) error { return archive.Zip(ctx, w, parts...) })
	}
	if a.file == nil {
		if format == File {
			return Package{}, fmt.Errorf("it is a directory, and format %q takes a file as it is", File)
		}
		return asZip(a.name+".zip", a.parts...)
	}
	e := *a.file
	f, err := os.Open(filepath.Join(a.root, filepath.FromSlash(e.Path)))
	if err != nil {
		return Package{}, err
	}
	defer f.Close()
	kind, rewrite, err := kindOf(a.name, f, e.Size)
	switch {
	case err != nil:
		return Package{}, err
	case rewrite != nil && format != File:
		return s.Add(a.name, kind, false, func(w io.Writer) error { return rewrite(ctx, w, f, e.Size) })
	case rewrite == nil && (format == Zip || format == Auto && a.name == "bootstrap"):
		return asZip(a.name+".zip", archive.Part{Tree: source.Tree{Root: a.root, Entries: []source.Entry{e}}, Dir: path.Dir(e.Path)})
	}
	return s.Add(a.name, kind, e.Mode&0o111 != 0, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(f, 0, e.Size))
		return err
	})
}

// kindOf is a file's type by its name and its content, and how it is written
// again when it is an archive.
func kindOf(name string, f io.ReaderAt, size int64) (kind string, rewrite func(context.Context, io.Writer, io.ReaderAt, int64) error, err error) {
	kind = kindByName(name)
	zipped := archive.IsZip(f, size)
	switch {
	case kind == TypeTar || kind == TypeTgz:
		if !archive.IsTar(f, size, kind == TypeTgz) {
			return "", nil, fmt.Errorf("it is no %s: its content is not such an archive", strings.ToUpper(kind))
		}
		if kind == TypeTgz {
			return kind, archive.RewriteTgz, nil
		}
		return kind, archive.RewriteTar, nil
	case kind != TypeExecutable && !zipped:
		return "", nil, fmt.Errorf("it is no %s: its content is not a ZIP archive", strings.ToUpper(kind))
	case zipped && kind == TypeExecutable:
		return TypeZip, archive.Rewrite, nil
	case zipped:
		return kind, archive.Rewrite, nil
	}
	return kind, nil, nil
}

func kindByName(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jar":
		return TypeJar
	case ".war":
		return TypeWar
	case ".zip":
		return TypeZip
	case ".tar":
		return TypeTar
	case ".tgz":
		return TypeTgz
	case ".gz":
		if strings.HasSuffix(strings.ToLower(name), ".tar.gz") {
			return TypeTgz
		}
	}
	return TypeExecutable
}
