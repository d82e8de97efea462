package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// xattr begins the names of extended attributes in a tar, such as what a
// program may do without being root.
const xattr = "SCHILY.xattr."

// settleTar copies a layer with all that a program can tell, but no times and
// no names of owners: those are the building machine's.
func settleTar(ctx context.Context, w io.Writer, r io.Reader) error {
	in, out := tar.NewReader(heed(ctx, r)), tar.NewWriter(w)
	buffer := make([]byte, copyBuffer)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := out.WriteHeader(settled(h)); err != nil {
			return fmt.Errorf("writing %s: %w", h.Name, err)
		}
		// The struct hides ReadFrom, which would not use the buffer.
		if _, err := io.CopyBuffer(struct{ io.Writer }{out}, in, buffer); err != nil {
			return fmt.Errorf("copying %s: %w", h.Name, err)
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, r) // what pads the tar belongs to its digest
	return err
}

func settled(h *tar.Header) *tar.Header {
	n := &tar.Header{
		Typeflag: h.Typeflag, Name: strings.TrimPrefix(strings.TrimPrefix(h.Name, "./"), "/"), Linkname: h.Linkname,
		Mode: h.Mode, Uid: h.Uid, Gid: h.Gid, Devmajor: h.Devmajor, Devminor: h.Devminor, ModTime: time.Unix(0, 0),
	}
	switch n.Typeflag {
	case tar.TypeGNUSparse: // its holes are read as zeros
		n.Typeflag, n.Size = tar.TypeReg, h.Size
	case tar.TypeReg:
		n.Size = h.Size
	}
	if n.Name == "" {
		n.Name = "./"
	}
	for name, value := range h.PAXRecords {
		if strings.HasPrefix(name, xattr) {
			if n.PAXRecords == nil {
				n.PAXRecords = map[string]string{}
			}
			n.PAXRecords[name] = value
		}
	}
	return n
}
