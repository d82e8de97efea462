package sbom

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// The archives that packages are: what is in them counts, and not they.
const (
	zipped  = "zip"
	tarred  = "tar"
	gzipped = "tgz"
)

// AddPackage reads a package: of a ZIP or TAR what it holds, of anything else
// the file itself.
func (i *Inventory) AddPackage(file, name, kind string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch kind {
	case zipped:
		return i.addZIP(f, info.Size())
	case tarred:
		return i.addTAR(f)
	case gzipped:
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		return i.addTAR(z)
	}
	return i.Add(File{Path: name, Size: info.Size(), Executable: true, Content: f})
}

func (i *Inventory) addZIP(f io.ReaderAt, size int64) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return err
	}
	for _, entry := range z.File {
		if !entry.Mode().IsRegular() {
			continue
		}
		content, err := entry.Open()
		if err != nil {
			return fmt.Errorf("reading %s: %w", entry.Name, err)
		}
		err = i.Add(File{Path: entry.Name, Size: int64(entry.UncompressedSize64), Executable: entry.Mode()&0o111 != 0, Content: content})
		_ = content.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (i *Inventory) addTAR(r io.Reader) error {
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		at := strings.TrimPrefix(path.Join("/", h.Name), "/")
		if err := i.Add(File{Path: at, Size: h.Size, Executable: h.Mode&0o111 != 0, Content: archive}); err != nil {
			return err
		}
	}
}
