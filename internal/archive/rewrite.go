package archive

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// manifest is the entry that tools read first.
const manifest = "META-INF/MANIFEST.MF"

// IsZip tells by its beginning or its end that r is a ZIP file, which JAR and
// WAR files are too.
func IsZip(r io.ReaderAt, size int64) bool {
	_, err := zip.NewReader(r, size)
	return err == nil || errors.Is(err, zip.ErrInsecurePath)
}

// Rewrite writes the ZIP file r again: the same names and contents, stored or
// deflated as before, in the order of their names with the manifest first. A
// script in front of the archive stays in front. Archives inside stay as they
// are, byte for byte. Names and links that lead out of the archive are refused,
// and so is one that unpacks to more than any package has.
func Rewrite(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) error {
	return usual.rewrite(ctx, w, r, size)
}

func (l limits) rewrite(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) error {
	in, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("reading the archive: %w", err)
	}
	entries, err := l.fileEntries(in.File)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		if d := rank(a.name) - rank(b.name); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
	front, err := scriptLength(r, in.File)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, io.NewSectionReader(r, 0, front)); err != nil {
		return err
	}
	return writeAt(ctx, w, front, entries)
}

// rank puts the manifest and its directory first, and then the signatures, as
// JarInputStream wants them.
func rank(name string) int {
	switch {
	case name == "META-INF/":
		return 0
	case name == manifest:
		return 1
	case path.Dir(name) == "META-INF" && slices.Contains([]string{".SF", ".RSA", ".DSA", ".EC"}, path.Ext(name)):
		return 2
	}
	return 3
}

// fileEntries are the archive's members, none of which is to be feared.
func (l limits) fileEntries(files []*zip.File) ([]entry, error) {
	left := budget{limits: l}
	links := map[string]bool{}
	entries := make([]entry, 0, min(len(files), l.entries))
	for _, f := range files {
		if err := left.take(f.UncompressedSize64); err != nil {
			return nil, err
		}
		e, err := fileEntry(f)
		if err != nil {
			return nil, err
		}
		if e.mode&fs.ModeSymlink != 0 {
			links[path.Clean(e.name)] = true
		}
		entries = append(entries, e)
	}
	for _, e := range entries {
		if err := behind(e.name, links); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func fileEntry(f *zip.File) (entry, error) {
	if err := inside(f.Name); err != nil {
		return entry{}, err
	}
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return entry{}, fmt.Errorf("%s is compressed by a method (%d) that Java and AWS Lambda do not read", f.Name, f.Method)
	}
	if f.Flags&0x1 != 0 {
		return entry{}, fmt.Errorf("%s is encrypted", f.Name)
	}
	e := entry{name: f.Name, method: f.Method, size: int64(f.UncompressedSize64), raw: f.NonUTF8, open: f.Open}
	unix := f.CreatorVersion>>8 == 3 || f.CreatorVersion>>8 == 19
	switch mode := f.Mode(); {
	case strings.HasSuffix(f.Name, "/"):
		if f.UncompressedSize64 > 0 {
			return entry{}, fmt.Errorf("%s is a directory that has content", f.Name)
		}
		e.mode, e.method = fs.ModeDir|0o755, zip.Store
	case unix && mode&fs.ModeSymlink != 0:
		e.mode = fs.ModeSymlink | 0o777
		target, err := linkTarget(f)
		if err != nil {
			return entry{}, fmt.Errorf("reading %s: %w", f.Name, err)
		}
		if err := linkInside(f.Name, target); err != nil {
			return entry{}, err
		}
	case unix && mode&(fs.ModeType&^fs.ModeDir) != 0:
		return entry{}, fmt.Errorf("%s is neither file, directory nor link: leave it out of the archive", f.Name)
	case unix && mode&0o111 != 0:
		e.mode = 0o755
	default:
		e.mode = 0o644
	}
	return e, nil
}

// longestPath is more than a system takes.
const longestPath = 4096

// linkTarget reads where a link leads.
func linkTarget(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	target, err := io.ReadAll(io.LimitReader(r, longestPath+1))
	if err == nil && len(target) > longestPath {
		err = fmt.Errorf("it is a link of more than %d bytes", longestPath)
	}
	return string(target), err
}

// scriptLength is the number of bytes in front of the first entry.
func scriptLength(r io.ReaderAt, files []*zip.File) (int64, error) {
	var first int64 = -1
	for _, f := range files {
		at, err := f.DataOffset()
		if err != nil {
			return 0, fmt.Errorf("reading the archive: %w", err)
		}
		if first < 0 || at < first {
			first = at
		}
	}
	// The entry's header ends where its content begins: 30 bytes, the name
	// and an extra field, whose lengths the header holds.
	header := make([]byte, 30)
	for at := first - 30; at >= 0 && at >= first-30-2*0xffff; at-- {
		if _, err := r.ReadAt(header, at); err != nil {
			return 0, fmt.Errorf("reading the archive: %w", err)
		}
		if string(header[:4]) != "PK\x03\x04" {
			continue
		}
		name, extra := binary.LittleEndian.Uint16(header[26:]), binary.LittleEndian.Uint16(header[28:])
		if at+30+int64(name)+int64(extra) == first {
			return at, nil
		}
	}
	return 0, nil
}
