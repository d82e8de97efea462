//go:build unix

package pack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// lock keeps other builds out of a directory, in this process and in others.
// The system lets go of it when the process ends.
func (s Store) lock(ctx context.Context, dir string) (unlock func(), err error) {
	file := filepath.Join(s.Dir, "locks", source.Key(dir))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		// Builds are work of this machine: they take real time.
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
			err = (clock.System{}).Sleep(ctx, 100*time.Millisecond)
		}
		if err != nil {
			_ = f.Close()
			return nil, err
		}
	}
}
