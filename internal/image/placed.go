package image

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// Copied is content that was put together file by file.
const Copied Kind = "copied"

// Placed is one file of a tree at its place in the image.
type Placed struct {
	Path     string       // absolute
	Root     string       // the tree's; empty for a directory that is made
	Entry    source.Entry // a directory has fs.ModeDir
	UID, GID int
	Mode     fs.FileMode // permissions; zero is what the entry's kind has
}

// Place is a content of files at their places; the name is its layer's.
func Place(name, local string, list []Placed) Content {
	c := Content{Kind: Copied, Target: name, Local: local, placed: list}
	h := sha256.New()
	for _, p := range list {
		fmt.Fprintf(h, "%q %o %x %q %d:%d %o\n", p.Path, p.Entry.Mode, p.Entry.Sum, p.Entry.Link, p.UID, p.GID, p.Mode)
		if p.Root != "" {
			c.Tree.Entries = append(c.Tree.Entries, p.Entry)
		}
	}
	c.Digest = fmt.Sprintf("sha256:%x", h.Sum(nil))
	return c
}

// spreadPlaced lays files at their places.
func (c Content) spreadPlaced() laid {
	l := laid{order: []string{c.Target}, whole: true, done: func() error { return nil }}
	for _, p := range c.placed {
		n := node{
			path: path.Clean(p.Path)[1:], layer: c.Target, kind: p.Entry.Mode & (fs.ModeSymlink | fs.ModeDir), size: p.Entry.Size, link: p.Entry.Link,
			executable: p.Entry.Mode&0o111 != 0, owner: owner{p.UID, p.GID, p.Mode},
		}
		if n.kind == 0 {
			n.sum = &p.Entry.Sum
			n.open = func() (io.ReadCloser, error) { return source.Open(p.Root, p.Entry.Path) }
		}
		if n.path != "" {
			l.files = append(l.files, n)
		}
	}
	return l
}

// owner is whose an entry is, and what may be done with it; zero is root's,
// and what its kind has.
type owner struct {
	UID, GID int
	Mode     fs.FileMode
}

// StandardDir tells that every Linux system has the directory.
func StandardDir(dir string) bool {
	for _, d := range standardDirs {
		if d == dir {
			return true
		}
	}
	return false
}
