package image

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/sbom"
)

// Bill says how an image's bill of materials is written.
type Bill struct {
	Name       string // what the image is called
	Base       string // a reference, or Scratch
	BaseDigest string
	ReadBase   bool // the base's layers are read for what is in them
}

// Bills writes a bill of materials for each of the image's manifests, as a
// referrer of it. They are read from the layers as they are pushed, so they
// hold what the image holds, whatever became of the sources.
func (m Maker) Bills(ctx context.Context, image *Image, b Bill) ([]Referrer, error) {
	var list []Referrer
	for _, one := range image.Manifests {
		document, err := m.bill(ctx, one, b)
		if err == nil {
			var r Referrer
			r, err = Refer(one, sbom.MediaType, "sbom.cdx.json", document)
			list = append(list, r)
		}
		if err != nil {
			return nil, fmt.Errorf("listing what is in the image for %s: %w", one.Platform, err)
		}
	}
	return list, nil
}

func (m Maker) bill(ctx context.Context, one Manifest, b Bill) ([]byte, error) {
	s := sbom.Subject{Kind: "container", Name: b.Name, Version: one.Digest.String(), SHA256: one.Digest.Hex, Arch: one.Platform.Architecture}
	all := sbom.New()
	if b.Base != Scratch {
		s.Base = &sbom.Base{Name: b.Base, Version: b.BaseDigest, Read: b.ReadBase}
		if !b.ReadBase {
			s.Uncovered = append(s.Uncovered, fmt.Sprintf("the base %s: its packages and files were not read", b.Base))
		}
	}
	if all.Dir = filepath.Join(m.Store.Dir, "reading"); s.Base != nil && b.ReadBase {
		if err := m.readBase(ctx, one, all); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(all.Dir, 0o755); err != nil {
		return nil, err
	}
	for _, p := range one.Parts {
		if p.own {
			if err := read(ctx, p, all); err != nil {
				return nil, err
			}
		}
	}
	return all.Document(s)
}

// readBase reads the base's layers, once on each machine.
func (m Maker) readBase(ctx context.Context, one Manifest, all *sbom.Inventory) error {
	parts := []any{"base bill 1"}
	for _, p := range one.Parts {
		if !p.own {
			parts = append(parts, p.DiffID.String())
		}
	}
	file := filepath.Join(m.Store.Dir, "bills", strings.TrimPrefix(keyOf(parts), "sha256:")+".json")
	if kept := sbom.New(); m.Store.load(file, kept) {
		all.Found, all.Gaps = kept.Found, kept.Gaps
		return nil
	}
	if err := os.MkdirAll(all.Dir, 0o755); err != nil {
		return err
	}
	all.System = true
	for _, p := range one.Parts {
		if !p.own {
			if err := read(ctx, p, all); err != nil {
				return err
			}
		}
	}
	all.System = false
	return m.Store.save(file, all)
}

// read adds a layer's files to those of the layers below it.
func read(ctx context.Context, p Part, all *sbom.Inventory) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("reading the layer %s (%s): %w", p.From, p.Digest, err)
		}
	}()
	packed, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = packed.Close() }()
	plain, err := unpack(heed(ctx, packed))
	if err != nil {
		return err
	}
	defer func() { _ = plain.Close() }()
	for archive := tar.NewReader(plain); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			// The rest is read too: only then is the blob's digest checked.
			_, err = io.Copy(io.Discard, packed)
			return err
		}
		if err != nil {
			return err
		}
		if err := take(all, h, archive); err != nil {
			return err
		}
	}
}

// The names by which a layer takes away what is below it.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#whiteouts
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

func take(all *sbom.Inventory, h *tar.Header, content io.Reader) error {
	at := strings.TrimPrefix(path.Join("/", h.Name), "/")
	dir, name := path.Split(at)
	dir = strings.TrimSuffix(dir, "/")
	switch gone, taken := strings.CutPrefix(name, whiteout); {
	case name == opaque:
		all.RemoveBelow(dir)
	case taken:
		all.Remove(path.Join(dir, gone))
		all.RemoveBelow(path.Join(dir, gone))
	case h.Typeflag == tar.TypeReg:
		return all.Add(sbom.File{Path: at, Size: h.Size, Executable: h.Mode&0o111 != 0, Content: content})
	case h.Typeflag != tar.TypeDir:
		all.Remove(at)
		all.RemoveBelow(at)
	}
	return nil
}

// unpack reads a layer however it is compressed.
func unpack(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, _ := b.Peek(4) // a short layer has a short head
	switch {
	case strings.HasPrefix(string(head), "\x1f\x8b"):
		return gzip.NewReader(b)
	case string(head) == "\x28\xb5\x2f\xfd":
		z, err := zstd.NewReader(b)
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(b), nil
}
