package pack

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/archive"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// artifact is what is to be packed: one file, or the files of some trees.
type artifact struct {
	name  string
	root  string // of the file
	file  *source.Entry
	parts []archive.Part
}

// find finds the artifact: what was laid out, what was built, or, when
// nothing builds it, what is among the sources.
func (s Spec) find(ctx context.Context, tree source.Tree, w workplace) (artifact, error) {
	switch {
	case s.Tool == Python || s.Layout == Lambda || s.Layout == LambdaLayer:
		return s.layOut(ctx, tree, w)
	case s.Layout == Tarball:
		return s.built(ctx, w.stage, "*.tgz")
	case s.made():
		return s.built(ctx, tree.Root, s.artifact())
	}
	return s.pick(tree)
}

// built finds on the disk what was made.
func (s Spec) built(ctx context.Context, root, pattern string) (artifact, error) {
	names, err := doublestar.Glob(os.DirFS(root), pattern, doublestar.WithNoFollow())
	if err != nil {
		return artifact{}, fmt.Errorf("looking for %s: %w", pattern, err)
	}
	name, err := s.only(main(names), "was made by the build")
	if err != nil {
		return artifact{}, err
	}
	real, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return artifact{}, err
	}
	if rel, err := filepath.Rel(root, real); err != nil || !filepath.IsLocal(rel) {
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
		return artifact{name: path.Base(name), parts: []archive.Part{{Tree: made}}}, nil
	}
	return artifact{name: path.Base(name), root: made.Root, file: &made.Entries[0]}, nil
}

// main leaves out what builds make beside the archive that runs, when there
// is one: Spring Boot's plain archive, the one from before shading, sources,
// documentation and tests.
func main(names []string) []string {
	beside := regexp.MustCompile(`(?i)(^|/)original-[^/]*\.(jar|war)$|-(plain|sources|javadoc|tests|test-sources|test-fixtures)\.(jar|war)$`)
	kept := slices.DeleteFunc(slices.Clone(names), beside.MatchString)
	if len(kept) == 0 {
		return names
	}
	return kept
}

// pick finds the artifact among the sources: one file, or a directory.
func (s Spec) pick(tree source.Tree) (artifact, error) {
	pattern := s.artifact()
	if pattern == "." {
		// Not the directory's own name: another clone may have another.
		return artifact{name: "package", parts: []archive.Part{{Tree: tree}}}, nil
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
		return artifact{name: path.Base(name), root: tree.Root, file: &file}, nil
	}
	return artifact{name: path.Base(name), parts: []archive.Part{{Tree: tree, Dir: name}}}, nil
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
