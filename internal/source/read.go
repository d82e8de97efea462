package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// listing is what the system says of a file. The zero value is one that was
// not asked for yet.
type listing struct {
	mode fs.FileMode // its type and whether it can be executed
	size int64
	stat stat        // where sure
	info fs.FileInfo //nolint:unused // where not, on other systems
	sure bool        // whoever wrote to the file has moved its stat
	read bool        // its content was read in this walk
}

// reader is what a worker reads files with.
type reader struct {
	hash   hash.Hash
	buffer []byte
}

func newReader() *reader { return &reader{hash: sha256.New(), buffer: make([]byte, 128<<10)} }

// fill completes one entry from the disk, or from what is known of it from
// before. Heed is told how long the file is before it is read.
func (w *walker) fill(e *Entry, l *listing, known *known, r *reader, heed func(size int64) error) error {
	switch {
	case e.Mode.IsDir():
		return nil
	case e.Mode&fs.ModeSymlink != 0:
		return w.fillLink(e)
	}
	if known != nil {
		if err := l.look(w.tree.Root, e.Path); err != nil {
			return err
		}
		if l.mode.IsRegular() && l.sure && l.stat == known.stat {
			e.Sum = known.sum
			e.take(l)
			return heed(l.size)
		}
	}
	r.hash.Reset()
	if err := r.file(w.tree.Root, e.Path, l, heed); err != nil {
		return err
	}
	l.read = true
	r.hash.Sum(e.Sum[:0])
	e.take(l)
	return nil
}

// take sets what a file's listing says.
func (e *Entry) take(l *listing) {
	e.Size = l.size
	e.Mode = 0o644
	if l.mode&0o111 != 0 {
		e.Mode = 0o755
	}
}

// fillLink reads a link's target and refuses one that leaves the tree.
func (w *walker) fillLink(e *Entry) error {
	target, err := os.Readlink(filepath.Join(w.tree.Root, filepath.FromSlash(e.Path)))
	if err != nil {
		return readError(e.Path, err)
	}
	e.Mode, e.Link = fs.ModeSymlink, filepath.ToSlash(target)
	if filepath.IsAbs(target) || !filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(e.Path), e.Link))) {
		return leaves(e)
	}
	// The text may stay inside while a link on the way leads out: let the
	// system follow it, fenced in.
	_, err = w.fence.Stat(filepath.FromSlash(e.Path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && strings.Contains(err.Error(), "escapes") {
		return leaves(e)
	}
	return nil
}

func leaves(e *Entry) error {
	return fmt.Errorf("%s is a link to %s, which leaves the directory: exclude it, or copy what it points at", e.Path, e.Link)
}

// tick is longer than the steps in which file systems tell the time: what is
// written twice within one step has one time.
const tick = 20 * time.Millisecond

// settle waits until whatever is written to a file from now on has another
// time than touched, in nanoseconds, which was listed: a reader that began
// before could not tell it.
func settle(touched int64) {
	if age := (clock.System{}).Now().Sub(time.Unix(0, touched)); age >= 0 && age < tick {
		_ = clock.System{}.Sleep(context.Background(), tick-age)
	}
}

func changed(name string) error {
	return fmt.Errorf("%s changed while it was read: run again when nothing writes to it", name)
}

func readError(name string, err error) error {
	if name == "" {
		name = "the directory"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s vanished while the files were read: run again when nothing writes to the directory", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be read: permission denied", name)
	}
	return fmt.Errorf("%s cannot be read: %w", name, plain(err))
}

// plain takes the absolute path out of a file system's error.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
