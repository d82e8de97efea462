package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// Part is some files of an archive.
type Part struct {
	Tree  source.Tree
	Dir   string // only the files below it, with paths relative to it; "" and "." mean all
	Under string // where they go in the archive; "" is its root
	// Optional files give way to another part's of the same name.
	Optional bool
}

// Zip writes the files of parts, in the order of their names. A file that is
// not what its tree says fails, and so does a link to a file that the archive
// does not hold, and a name that two parts have. Empty directories are left
// out.
func Zip(ctx context.Context, w io.Writer, parts ...Part) error {
	var entries []entry
	held := map[string]bool{}
	names := map[string]bool{}
	slices.SortStableFunc(parts, func(a, b Part) int { return number(a.Optional) - number(b.Optional) })
	for _, part := range parts {
		for _, e := range part.entries() {
			if names[e.name] && part.Optional {
				continue
			}
			if names[e.name] {
				return fmt.Errorf("%s is there twice: among the files of the application and among what was installed for it", e.name)
			}
			names[e.name] = true
			hold(held, e.name)
			entries = append(entries, e)
		}
	}
	for _, e := range entries {
		if e.link != "" && !held[path.Join(path.Dir(e.name), e.link)] {
			return fmt.Errorf("%s is a link to %s, which the archive does not hold: select that too, or exclude the link", e.name, e.link)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return write(ctx, w, entries)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p Part) entries() (entries []entry) {
	prefix := p.Dir + "/"
	if p.Dir == "." || p.Dir == "" {
		prefix = ""
	}
	for i, e := range p.Tree.Entries {
		if name, ok := strings.CutPrefix(e.Path, prefix); ok && !e.Mode.IsDir() {
			entries = append(entries, treeEntry(p.Tree, i, path.Join(p.Under, name)))
		}
	}
	return entries
}

// hold notes a file and the directories above it.
func hold(held map[string]bool, name string) {
	for ; !held[name]; name = path.Dir(name) {
		held[name] = true
	}
}

// treeEntry is the tree's entry of an index under its name in the archive.
func treeEntry(tree source.Tree, i int, name string) entry {
	e := &tree.Entries[i]
	out := entry{name: name, size: e.Size, method: zip.Deflate, mode: 0o644}
	if e.Mode&fs.ModeSymlink != 0 {
		out.mode, out.method, out.link, out.size = fs.ModeSymlink|0o777, zip.Store, e.Link, int64(len(e.Link))
		out.open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(e.Link)), nil }
		return out
	}
	if e.Mode&0o111 != 0 {
		out.mode = 0o755
	}
	if compressed(name) {
		out.method = zip.Store
	}
	out.open = func() (io.ReadCloser, error) {
		f, err := tree.Open(i)
		if err != nil || f.Hashed() {
			return f, err
		}
		return &checked{f: f, name: e.Path, want: e.Sum, hash: sha256.New()}, nil
	}
	return out
}

// compressed tells by its name that a file's content does not deflate.
func compressed(name string) bool {
	return slices.Contains([]string{
		".jar", ".war", ".ear", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".br", ".7z",
		".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".mp3", ".mp4", ".webm", ".woff", ".woff2",
	}, strings.ToLower(path.Ext(name)))
}

// checked reads a file and fails at its end when its content is not what the
// tree was made of.
type checked struct {
	f    *source.File
	name string
	want [sha256.Size]byte
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.f.Read(p)
	_, _ = c.hash.Write(p[:n])
	if err == io.EOF && !bytes.Equal(c.hash.Sum(nil), c.want[:]) {
		return n, fmt.Errorf("%s changed while it was packed: run again when nothing writes to it", c.name)
	}
	return n, err
}

func (c *checked) Close() error { return c.f.Close() }
