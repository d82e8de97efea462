package source

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// workers is how many files are looked at once: reading many small files
	// waits for the disk more than for the processor.
	workers = 4
	// batch is how many entries a worker takes at a time.
	batch = 32
)

// read fills in every entry: what the disk says of all of them first, then
// the contents of those that are not known from before.
func (w *walker) read(ctx context.Context) error {
	begun := w.begin()
	infos := make([]fs.FileInfo, len(w.tree.Entries))
	err := parallel(ctx, len(infos), func(i int, _ []byte) error {
		e := &w.tree.Entries[i]
		if e.Mode.IsDir() {
			return nil
		}
		var err error
		if infos[i], err = os.Lstat(filepath.Join(w.tree.Root, filepath.FromSlash(e.Path))); err != nil {
			return readError(e.Path, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.heedLimit(infos); err != nil {
		return err
	}
	known := begun.known(w.tree.Entries, infos)
	err = parallel(ctx, len(infos), func(i int, buffer []byte) error {
		if known[i] {
			return nil
		}
		return w.fill(&w.tree.Entries[i], infos[i], buffer)
	})
	if err != nil {
		return err
	}
	begun.keep(w.tree.Entries, infos, known)
	return nil
}

// parallel calls do for 0 to n-1, several at a time, and returns the error of
// the first index that failed. Each worker has a buffer.
func parallel(ctx context.Context, n int, do func(i int, buffer []byte) error) error {
	var (
		wait   sync.WaitGroup
		next   atomic.Int64
		failed = make([]failure, min(workers, (n+batch-1)/batch))
	)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for worker := range failed {
		wait.Go(func() {
			buffer := make([]byte, 128<<10)
			for ctx.Err() == nil {
				from := int(next.Add(batch)) - batch
				for i := from; i < min(from+batch, n); i++ {
					if err := do(i, buffer); err != nil {
						failed[worker] = failure{i, err}
						stop()
						return
					}
				}
				if from+batch >= n {
					return
				}
			}
		})
	}
	wait.Wait()
	failed = slices.DeleteFunc(failed, func(f failure) bool { return f.err == nil })
	if len(failed) > 0 {
		return slices.MinFunc(failed, func(a, b failure) int { return a.at - b.at }).err
	}
	return context.Cause(ctx)
}

type failure struct {
	at  int
	err error
}

// TooLargeError is a directory that holds more than its limit.
type TooLargeError struct {
	Root    string
	Files   int
	Size    int64
	Limit   int64
	Largest []Entry // at most ten, the largest first; only path and size are set
}

func (e *TooLargeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s holds %s in %d files, more than the limit of %s. The largest are:", e.Root, Bytes(e.Size), e.Files, Bytes(e.Limit))
	for _, f := range e.Largest {
		fmt.Fprintf(&b, "\n  %s %s", f.Path, Bytes(f.Size))
	}
	return b.String()
}

func (w *walker) heedLimit(infos []fs.FileInfo) error {
	if w.Limit <= 0 {
		return nil
	}
	e := &TooLargeError{Root: w.root, Limit: w.Limit}
	for i, info := range infos {
		if info != nil && info.Mode().IsRegular() {
			e.Files++
			e.Size += info.Size()
			e.Largest = append(e.Largest, Entry{Path: w.tree.Entries[i].Path, Size: info.Size()})
		}
	}
	if e.Size <= e.Limit {
		return nil
	}
	slices.SortStableFunc(e.Largest, func(a, b Entry) int { return cmp.Compare(b.Size, a.Size) })
	e.Largest = e.Largest[:min(10, len(e.Largest))]
	return e
}

// Bytes writes a size for people: 3.1 MB.
func Bytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}
