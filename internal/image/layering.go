package image

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Named is a layer that the user wants for itself: what lies at its paths.
type Named struct {
	Name  string   `json:"name"`
	Paths []string `json:"paths"` // in the image; * and ** as in globs
}

// CheckPath says what is wrong with one of a layer's paths.
func CheckPath(pattern string) error {
	switch {
	case !path.IsAbs(pattern) || slices.Contains(strings.Split(pattern, "/"), ".."):
		return fmt.Errorf("%q is not an absolute path in the image, without \"..\"", pattern)
	case !doublestar.ValidatePattern(pattern):
		return fmt.Errorf("%q is not a glob pattern: a bracket or brace is not closed", pattern)
	}
	return nil
}

// holds tells that the layer wants the file at a path.
func (n Named) holds(file string) bool {
	return slices.ContainsFunc(n.Paths, func(p string) bool {
		p = strings.TrimSuffix(p, "/")
		return p == "" || doublestar.MatchUnvalidated(p, file) || strings.HasPrefix(file, p+"/")
	})
}

// CheckLayerName says what is wrong with a layer's name. One with a slash is
// taken for a place in the image.
func CheckLayerName(name string) error {
	if name == "" || name == baseLayer || strings.ContainsAny(name, "/ \t\n,;") {
		return fmt.Errorf("%q is not a layer's name: it is a word without slashes, and %q is taken", name, baseLayer)
	}
	return nil
}

// baseLayer is where layers come from that are not ours.
const baseLayer = "base"

// Layer is one layer of ours.
type Layer struct {
	From  string // what it is to people: its place in the image, or its name
	nodes []node
	key   string // equal keys, equal bytes; empty while only the bytes tell
}

// laid is a content that is open, with every file assigned to a layer.
type laid struct {
	root  string // of the content in the image; relative
	files []node
	order []string // the content's layers from the lowest to the topmost
	whole bool     // a single file, that needs no directory of its own
	runs  []string // what starts it; nil when it does not say
	done  func() error
}

// lay opens all contents. Close must be called when it went well.
func (r Recipe) lay(b base) (all []laid, err error) {
	for _, c := range r.Contents {
		one, err := r.spread(c, b)
		if err == nil {
			err = one.conflict(c.Local)
		}
		if err != nil {
			return nil, errors.Join(err, finish(all))
		}
		all = append(all, one)
	}
	return all, nil
}

// finish closes contents. It fails when one changed while it was open.
func finish(all []laid) error {
	var errs []error
	for _, one := range all {
		errs = append(errs, one.done())
	}
	return errors.Join(errs...)
}

// conflict finds two things at one place in the image.
func (l laid) conflict(local string) error {
	if l.whole {
		return nil
	}
	files := make(map[string]bool, len(l.files))
	twice := func(at string) error { return fmt.Errorf("%s would put two things at /%s in the image", local, at) }
	for _, n := range l.files {
		if files[n.path] {
			return twice(n.path)
		}
		files[n.path] = true
	}
	for _, n := range withDirectories(l.files, l.root) {
		if n.kind == fs.ModeDir && files[n.path] {
			return twice(n.path)
		}
	}
	return nil
}

// layers gathers the files of open contents: first the layers that the user
// named, then each content's own.
func (r Recipe) layers(b base, all []laid) ([]Layer, error) {
	dirs := b.directories()
	present := func(dir string) bool { _, found := slices.BinarySearch(dirs, dir); return found }
	var order []string
	for _, n := range r.Layering {
		order = append(order, n.Name)
	}
	nodes := map[string][]node{}
	for _, one := range all {
		groups := map[string][]node{}
		for _, n := range one.files {
			name := r.layerOf(n)
			groups[name] = append(groups[name], n)
		}
		for _, name := range one.order {
			if !slices.Contains(order, name) {
				order = append(order, name)
			}
		}
		if len(one.files) == 0 {
			groups[one.order[0]] = nil // an empty directory is one all the same
		}
		for name, list := range groups {
			if !one.whole {
				list = withDirectories(list, one.root)
			}
			nodes[name] = append(nodes[name], list...)
		}
	}
	var layers []Layer
	for _, name := range order {
		list, found := nodes[name]
		if !found {
			continue
		}
		list, err := sorted(withParents(list, present))
		if err != nil {
			return nil, fmt.Errorf("the layer %q: %w", name, err)
		}
		layers = append(layers, Layer{From: name, nodes: list, key: layerKey(list)})
	}
	return layers, nil
}

func (r Recipe) layerOf(n node) string {
	for _, l := range r.Layering {
		if l.holds("/" + n.path) {
			return l.Name
		}
	}
	return n.layer
}

// sorted orders a layer's entries. Several contents may need one directory.
func sorted(list []node) ([]node, error) {
	sort.SliceStable(list, func(i, j int) bool { return list[i].path < list[j].path })
	kept := list[:0]
	for _, n := range list {
		if len(kept) == 0 || kept[len(kept)-1].path != n.path {
			kept = append(kept, n)
			continue
		}
		if last := kept[len(kept)-1]; n.kind != fs.ModeDir || last.kind != fs.ModeDir {
			return nil, fmt.Errorf("two contents would put something at /%s", n.path)
		}
	}
	return kept, nil
}

// layerKey identifies a layer by its entries, where their hashes are known.
func layerKey(list []node) string {
	parts := []any{"layer 2"}
	for _, n := range list {
		if n.kind == 0 && n.sum == nil {
			return ""
		}
		sum := ""
		if n.sum != nil {
			sum = fmt.Sprintf("%x", *n.sum)
		}
		parts = append(parts, n.path, n.kind, n.executable, n.link, n.size, sum)
		if n.owner != (owner{}) {
			parts = append(parts, n.owner)
		}
	}
	return keyOf(parts)
}
