package builder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// Epoch is SOURCE_DATE_EPOCH: the time that programs write into what they
// make. It is the first that a ZIP archive can hold, in every time zone.
const Epoch = "315532802"

// Stage copies a context's files into an empty directory. Each is what it was
// when the tree was read, or that is an error.
func Stage(ctx context.Context, tree source.Tree, dir string) error {
	seconds, err := strconv.ParseInt(Epoch, 10, 64)
	if err != nil {
		return err
	}
	epoch := time.Unix(seconds, 0)
	made := map[string]bool{dir: true}
	for _, e := range tree.Entries {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if e.Mode.IsDir() {
			continue // it is empty, and in no clone
		}
		to := filepath.Join(dir, filepath.FromSlash(e.Path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		for at := filepath.Dir(to); !made[at]; at = filepath.Dir(at) {
			made[at] = true
		}
		if e.Mode&os.ModeSymlink != 0 {
			err = os.Symlink(e.Link, to)
		} else {
			err = copyFile(tree.Root, e, to, epoch)
		}
		if err != nil {
			return fmt.Errorf("copying %s for the build: %w", e.Path, err)
		}
	}
	for d := range made {
		if err := errors.Join(os.Chmod(d, 0o755), os.Chtimes(d, epoch, epoch)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(root string, e source.Entry, to string, epoch time.Time) error {
	in, err := source.Open(root, e.Path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), in)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), e.Sum[:]) {
		return errors.New("it changed after it was read; run plan again when nothing writes to it")
	}
	mode := os.FileMode(0o644)
	if e.Mode&0o111 != 0 {
		mode = 0o755
	}
	return errors.Join(os.Chmod(to, mode), os.Chtimes(to, epoch, epoch))
}
