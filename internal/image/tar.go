package image

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// copyBuffer is how much of a file is held at a time.
const copyBuffer = 128 << 10

// writeTar writes the nodes as they are listed. Owner, times and modes are
// fixed, so that the bytes depend on names and content alone.
func writeTar(ctx context.Context, w io.Writer, list []node) error {
	t := tar.NewWriter(w)
	buffer := make([]byte, copyBuffer)
	for i := range list {
		if err := writeNode(ctx, t, &list[i], buffer); err != nil {
			return err
		}
	}
	return t.Close()
}

func writeNode(ctx context.Context, t *tar.Writer, n *node, buffer []byte) error {
	h := &tar.Header{Name: n.path, Mode: 0o644, ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
	switch {
	case n.kind == fs.ModeDir:
		h.Typeflag, h.Mode, h.Name = tar.TypeDir, 0o755, n.path+"/"
	case n.kind == fs.ModeSymlink:
		h.Typeflag, h.Mode, h.Linkname = tar.TypeSymlink, 0o777, n.link
	case n.executable:
		h.Mode, h.Size = 0o755, n.size
	default:
		h.Size = n.size
	}
	h.Uid, h.Gid = n.owner.UID, n.owner.GID
	if n.owner.Mode != 0 {
		h.Mode = int64(n.owner.Mode)
	}
	if err := t.WriteHeader(h); err != nil {
		return fmt.Errorf("writing the layer's entry %s: %w", n.path, err)
	}
	if n.kind != 0 {
		return nil
	}
	if err := copyFile(ctx, t, n, buffer); err != nil {
		return fmt.Errorf("reading what goes to /%s: %w", n.path, err)
	}
	return nil
}

// copyFile copies exactly what was promised: the file that was hashed before.
func copyFile(ctx context.Context, w io.Writer, n *node, buffer []byte) error {
	r, err := n.open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	want := n.sum
	if f, ok := r.(interface{ Hashed() bool }); ok && f.Hashed() {
		want = nil
	}
	sum := sha256.New()
	if want != nil {
		w = io.MultiWriter(w, sum)
	}
	limited := heed(ctx, io.LimitReader(r, n.size))
	// The struct hides ReadFrom and WriteTo, which would not use the buffer.
	written, err := io.CopyBuffer(struct{ io.Writer }{w}, limited, buffer)
	if err != nil {
		return err
	}
	// Reading on to the end also makes a ZIP entry check its own sum.
	more, err := io.ReadFull(r, buffer[:1])
	if err != nil && err != io.EOF {
		return err
	}
	if written != n.size || more > 0 || want != nil && !bytes.Equal(sum.Sum(nil), want[:]) {
		return fmt.Errorf("the file changed while it was read; run plan again when nothing writes to it")
	}
	return nil
}
