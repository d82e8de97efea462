package image

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// node is one entry of a layer. Its path is relative to the image's root.
type node struct {
	path       string
	kind       fs.FileMode // fs.ModeDir, fs.ModeSymlink or 0 for a file
	executable bool
	link       string
	size       int64
	sum        *[32]byte // what open must deliver; nil when it checks itself
	open       func() (io.ReadCloser, error)
}

// nodes opens the content and lists what it puts into the image, sorted, with
// the directories above it that the base may lack. done must be called last.
func (c Content) nodes(present func(dir string) bool) (list []node, done func() error, err error) {
	switch c.Kind {
	case WAR, ZIP:
		list, done, err = c.unpacked()
	default:
		list, done, err = c.asItIs()
	}
	if err != nil {
		return nil, nil, err
	}
	list = withParents(list, present)
	sort.Slice(list, func(i, j int) bool { return list[i].path < list[j].path })
	for i := 1; i < len(list); i++ {
		if list[i].path == list[i-1].path {
			_ = done()
			return nil, nil, fmt.Errorf("%s would put two things at /%s in the image", c.Local, list[i].path)
		}
	}
	return list, done, nil
}

// asItIs lists local files. Directories are made from the files in them, since
// an empty one does not count: a clone has none.
func (c Content) asItIs() ([]node, func() error, error) {
	list := make([]node, 0, len(c.Tree.Entries)+1)
	for i := range c.Tree.Entries {
		e := &c.Tree.Entries[i]
		if e.Mode.IsDir() {
			continue
		}
		n := node{
			path: path.Join(c.Target, e.Path)[1:], kind: e.Mode & fs.ModeSymlink,
			executable: c.Kind != JAR && e.Mode&0o111 != 0, link: e.Link, size: e.Size, sum: &e.Sum,
			open: func() (io.ReadCloser, error) { return source.Open(c.Tree.Root, e.Path) },
		}
		if c.single {
			n.path = c.Target[1:]
			n.executable = n.executable || c.Kind == Executable
		}
		list = append(list, n)
	}
	if !c.single {
		list = withDirectories(list, c.Target[1:])
	}
	return list, func() error { return nil }, nil
}

// unpacked lists what an archive holds. Archives come from build tools, and
// their names are not to be trusted.
func (c Content) unpacked() ([]node, func() error, error) {
	f, err := os.Open(c.Local)
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", c.Local, err)
	}
	list, err := c.entries(f)
	if err != nil {
		_ = f.Close()
		return nil, nil, fmt.Errorf("reading %s: %w", c.Local, err)
	}
	done := func() error {
		defer func() { _ = f.Close() }()
		// The digest was taken of the file before its entries were read.
		now, err := f.Stat()
		if err == nil && (!os.SameFile(now, c.info) || now.Size() != c.info.Size() || !now.ModTime().Equal(c.info.ModTime())) {
			err = fmt.Errorf("%s changed while it was read: run again when nothing writes to it", c.Local)
		}
		return err
	}
	return list, done, nil
}

func (c Content) entries(f *os.File) ([]node, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, err
	}
	var list []node
	seen := map[string]bool{}
	for _, file := range archive.File {
		n, err := c.entry(file)
		if err != nil {
			return nil, err
		}
		if n.kind == fs.ModeDir {
			continue
		}
		if seen[n.path] {
			return nil, fmt.Errorf("it holds %q twice", file.Name)
		}
		seen[n.path] = true
		list = append(list, n)
	}
	return withDirectories(list, c.Target[1:]), nil
}

// withDirectories adds the root of a content and every directory between it
// and the files.
func withDirectories(list []node, root string) []node {
	have := map[string]bool{root: true}
	for _, n := range list {
		for dir := path.Dir(n.path); !have[dir] && dir != "."; dir = path.Dir(dir) {
			have[dir] = true
			list = append(list, node{path: dir, kind: fs.ModeDir})
		}
	}
	if root == "" {
		return list
	}
	return append(list, node{path: root, kind: fs.ModeDir})
}

func (c Content) entry(file *zip.File) (node, error) {
	name := strings.TrimSuffix(file.Name, "/")
	if !fs.ValidPath(name) || strings.Contains(name, `\`) {
		return node{}, fmt.Errorf("its entry %q leaves the archive", file.Name)
	}
	mode := file.Mode()
	n := node{path: path.Join(c.Target, name)[1:], size: int64(file.UncompressedSize64), open: file.Open}
	switch {
	case strings.HasSuffix(file.Name, "/") || mode.IsDir():
		n.kind = fs.ModeDir
	case mode&fs.ModeSymlink != 0:
		link, err := readAll(file)
		if err != nil {
			return node{}, fmt.Errorf("its entry %q: %w", file.Name, err)
		}
		inside := path.Join(path.Dir(name), link)
		if path.IsAbs(link) || inside == ".." || strings.HasPrefix(inside, "../") {
			return node{}, fmt.Errorf("its link %q leads to %q, out of the archive", file.Name, link)
		}
		n.kind, n.link = fs.ModeSymlink, link
	case !mode.IsRegular():
		return node{}, fmt.Errorf("its entry %q is neither a file, a directory nor a link", file.Name)
	default:
		n.executable = mode&0o111 != 0
	}
	return n, nil
}

func readAll(file *zip.File) (string, error) {
	r, err := file.Open()
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	const longestPath = 4096
	b, err := io.ReadAll(io.LimitReader(r, longestPath))
	return string(b), err
}

// withParents adds the directories above the list's own that the base may
// lack: an engine that has to invent them makes them unreadable for others
// than root. Those that the base has are left out, since an entry here would
// take the place of the base's link, owner or mode.
func withParents(list []node, present func(dir string) bool) []node {
	have := map[string]bool{".": true}
	kept := list[:0]
	for _, n := range list {
		if n.kind == fs.ModeDir && present("/"+n.path) {
			continue
		}
		have[n.path] = true
		kept = append(kept, n)
	}
	for _, n := range kept {
		for dir := path.Dir(n.path); !have[dir] && !present("/"+dir); dir = path.Dir(dir) {
			have[dir] = true
			kept = append(kept, node{path: dir, kind: fs.ModeDir})
		}
	}
	return kept
}
