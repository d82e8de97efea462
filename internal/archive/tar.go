package archive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// IsTar tells that r is a TAR file, one that gzip compressed when gzipped.
func IsTar(r io.ReaderAt, size int64, gzipped bool) bool {
	var in io.Reader = io.NewSectionReader(r, 0, size)
	if gzipped {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return false
		}
		in = unzipped
	}
	_, err := tar.NewReader(in).Next()
	return err == nil
}

// RewriteTgz writes a TAR file that gzip compressed again, as RewriteTar does.
// What gzip notes of a name and a time is left out.
func RewriteTgz(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) error {
	return usual.rewriteTgz(ctx, w, r, size)
}

func (l limits) rewriteTgz(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) error {
	in, err := gzip.NewReader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return fmt.Errorf("reading the archive: %w", err)
	}
	// Its order is known only at its end: it is spooled where temporary files go.
	spool, err := os.CreateTemp("", "awsdeploy-*.tar")
	if err != nil {
		return err
	}
	defer func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
	}()
	left := budget{limits: l}
	// Beside contents a TAR file has headers, some KB for each of its entries.
	n, err := io.Copy(spool, &capped{r: heeding{ctx, in}, left: l.bytes + l.bytes/4 + 1<<20, err: left.tooLarge()})
	if err != nil {
		return fmt.Errorf("unpacking the archive: %w", err)
	}
	out, err := gzip.NewWriterLevel(w, level)
	if err != nil {
		return err
	}
	if err := l.rewriteTar(ctx, out, spool, n); err != nil {
		return err
	}
	return out.Close()
}

// tarMember is one member of a TAR file and where its content lies.
type tarMember struct {
	header *tar.Header
	at     int64
}

// RewriteTar writes the TAR file r again: the same names, contents and links,
// in the order of their names, with one time, plain modes, and no owners and
// extra records. Archives inside stay as they are, byte for byte. What Rewrite
// refuses is refused here too.
func RewriteTar(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) error {
	return usual.rewriteTar(ctx, w, r, size)
}

func (l limits) rewriteTar(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) error {
	members, err := l.readTar(ctx, r, size)
	if err != nil {
		return err
	}
	// A hard link comes after what it points at.
	slices.SortStableFunc(members, func(a, b tarMember) int {
		if hard := number(a.header.Typeflag == tar.TypeLink) - number(b.header.Typeflag == tar.TypeLink); hard != 0 {
			return hard
		}
		return strings.Compare(a.header.Name, b.header.Name)
	})
	out := tar.NewWriter(w)
	for _, m := range members {
		if err := out.WriteHeader(m.header); err != nil {
			return fmt.Errorf("packing %s: %w", m.header.Name, err)
		}
		content := io.NewSectionReader(r, m.at, m.header.Size)
		if _, err := io.Copy(out, heeding{ctx, content}); err != nil {
			return fmt.Errorf("packing %s: %w", m.header.Name, err)
		}
	}
	return out.Close()
}

func (l limits) readTar(ctx context.Context, r io.ReaderAt, size int64) (members []tarMember, err error) {
	file := io.NewSectionReader(r, 0, size)
	left, links := budget{limits: l}, map[string]bool{}
	for in := tar.NewReader(file); ; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return members, noneBehind(members, links)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the archive: %w", err)
		}
		if err := left.take(uint64(max(h.Size, 0))); err != nil {
			return nil, err
		}
		// The reader takes whole headers, so the content begins here.
		at, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		plain, err := plainHeader(h)
		if err != nil {
			return nil, err
		}
		if plain.Typeflag == tar.TypeSymlink {
			links[path.Clean(plain.Name)] = true
		}
		members = append(members, tarMember{header: plain, at: at})
	}
}

func noneBehind(members []tarMember, links map[string]bool) error {
	for _, m := range members {
		if err := behind(m.header.Name, links); err != nil {
			return err
		}
	}
	return nil
}

// plainHeader is a member without all that differs between two machines.
func plainHeader(h *tar.Header) (*tar.Header, error) {
	if err := inside(h.Name); err != nil {
		return nil, err
	}
	plain := &tar.Header{Name: h.Name, Typeflag: h.Typeflag, Linkname: h.Linkname, Mode: 0o644, ModTime: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	switch h.Typeflag {
	case tar.TypeReg:
		plain.Size = h.Size
		if h.Mode&0o111 != 0 {
			plain.Mode = 0o755
		}
	case tar.TypeDir:
		plain.Mode = 0o755
	case tar.TypeSymlink:
		plain.Mode = 0o777
		if err := linkInside(h.Name, h.Linkname); err != nil {
			return nil, err
		}
	case tar.TypeLink: // of a name in the archive
		plain.Mode = 0o777
		if err := inside(h.Linkname); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%s is neither file, directory nor link (type %q): leave it out of the archive", h.Name, h.Typeflag)
	}
	for name := range h.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return nil, fmt.Errorf("%s is stored with holes: write the archive without sparse files", h.Name)
		}
	}
	return plain, nil
}

// heeding makes a reader end when its context does.
type heeding struct {
	ctx context.Context
	r   io.Reader
}

func (h heeding) Read(p []byte) (int, error) {
	if err := context.Cause(h.ctx); err != nil {
		return 0, err
	}
	return h.r.Read(p)
}
