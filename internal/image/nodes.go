package image

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"
)

// node is one entry of a layer. Its path is relative to the image's root.
type node struct {
	path       string
	layer      string      // the layer that it belongs to by itself
	kind       fs.FileMode // fs.ModeDir, fs.ModeSymlink or 0 for a file
	executable bool
	link       string
	size       int64
	sum        *[32]byte // what open must deliver; nil when it checks itself
	open       func() (io.ReadCloser, error)
	owner      owner
}

// asItIs lists local files. Directories are made from the files in them, since
// an empty one does not count: a clone has none.
func (c Content) asItIs() laid {
	l := laid{root: c.Target[1:], order: []string{c.Target}, whole: c.single, runs: c.runs(), done: func() error { return nil }}
	for i := range c.Tree.Entries {
		e := &c.Tree.Entries[i]
		if e.Mode.IsDir() {
			continue
		}
		n := node{
			path: path.Join(c.Target, e.Path)[1:], layer: c.Target, kind: e.Mode & fs.ModeSymlink,
			executable: c.Kind != JAR && c.Kind != WAR && e.Mode&0o111 != 0, link: e.Link, size: e.Size, sum: &e.Sum,
			open: func() (io.ReadCloser, error) { return c.Tree.Open(i) },
		}
		if c.single {
			n.path = c.Target[1:]
			n.executable = n.executable || c.Kind == Executable
		}
		l.files = append(l.files, n)
	}
	return l
}

// archive is a package that is open.
type archive struct {
	file   *os.File
	reader *zip.Reader
	info   fs.FileInfo // as it was when the package was read
}

// openArchive opens the package. One that is not there is ErrGone.
func (c Content) openArchive() (*archive, error) {
	f, err := os.Open(c.Local)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s %w", c.Local, ErrGone)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", c.Local, err)
	}
	a := &archive{file: f, info: c.info}
	info, err := f.Stat()
	if err == nil {
		a.reader, err = zip.NewReader(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("reading %s: %w", c.Local, err)
	}
	a.reader.RegisterDecompressor(zip.Deflate, inflate)
	return a, nil
}

// done closes the archive and makes sure that it is still what was hashed.
func (a *archive) done() error {
	defer func() { _ = a.file.Close() }()
	now, err := a.file.Stat()
	if err == nil && (!os.SameFile(now, a.info) || now.Size() != a.info.Size() || !now.ModTime().Equal(a.info.ModTime())) {
		err = fmt.Errorf("%s changed while it was read: run again when nothing writes to it", a.file.Name())
	}
	return err
}

// limits bound what a package may unpack to: a few kilobytes can claim
// terabytes. What an entry claims is all that is read of it.
type limits struct {
	entries int
	bytes   uint64
}

// usual is more than registries take in a layer.
var usual = limits{entries: 1_000_000, bytes: 64 << 30}

func (l limits) check(files []*zip.File) error {
	if len(files) > l.entries {
		return fmt.Errorf("it has %d entries, more than the %d that a package may have", len(files), l.entries)
	}
	left := l.bytes
	for _, f := range files {
		if f.UncompressedSize64 > left {
			return fmt.Errorf("it unpacks to more than the %d bytes that a package may have", l.bytes)
		}
		left -= f.UncompressedSize64
	}
	return nil
}

// inflate is a faster reader of what archives hold than the standard one.
func inflate(r io.Reader) io.ReadCloser { return flate.NewReader(r) }

// unpacked lists what an archive holds, below the content's target. Archives
// come from build tools, and their names are not to be trusted.
func (c Content) unpacked(a *archive) (laid, error) {
	if err := usual.check(a.reader.File); err != nil {
		return laid{}, fmt.Errorf("reading %s: %w", c.Local, err)
	}
	l := laid{root: c.Target[1:], order: []string{c.Target}, done: a.done}
	seen := make(map[string]bool, len(a.reader.File))
	for _, file := range a.reader.File {
		n, err := c.entry(file)
		if err == nil && n.kind != fs.ModeDir && seen[n.path] {
			err = fmt.Errorf("it holds %q twice", file.Name)
		}
		if err != nil {
			return laid{}, fmt.Errorf("reading %s: %w", c.Local, err)
		}
		if n.kind != fs.ModeDir {
			seen[n.path] = true
			l.files = append(l.files, n)
		}
	}
	return l, nil
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
	n := node{path: path.Join(c.Target, name)[1:], layer: c.Target, size: int64(file.UncompressedSize64), open: file.Open}
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
	case mode&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return node{}, fmt.Errorf("its entry %q would run as whoever owns it (setuid or setgid), which no package needs in an image: take that mode off", file.Name)
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
