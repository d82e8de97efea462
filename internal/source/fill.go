package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// read fills in every entry, in one pass: what is as it was when it was read
// before is taken from there, and the rest is opened.
func (w *walker) read(ctx context.Context) error {
	begun := w.begin()
	known := begun.match(w.tree.Entries)
	listings := make([]listing, len(w.tree.Entries))
	var total atomic.Int64
	heed := func(size int64) error {
		if w.Limit > 0 && total.Add(size) > w.Limit {
			return errLimit
		}
		return nil
	}
	err := parallel(ctx, len(listings), func(i int, r *reader) error {
		return w.fill(&w.tree.Entries[i], &listings[i], known[i], r, heed)
	})
	if errors.Is(err, errLimit) {
		return w.tooLarge(ctx)
	}
	if err != nil {
		return err
	}
	w.tree.read = &reading{listings: listings, young: begun.begun - int64(racy)}
	begun.keep(w.tree.Entries, listings)
	return nil
}

// parallel calls do for 0 to n-1, several at a time, and returns the error of
// the first index that failed.
func parallel(ctx context.Context, n int, do func(i int, r *reader) error) error {
	var (
		wait   sync.WaitGroup
		next   atomic.Int64
		failed = make([]failure, min(workers, (n+batch-1)/batch))
	)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for worker := range failed {
		wait.Go(func() {
			r := newReader()
			for ctx.Err() == nil {
				from := int(next.Add(batch)) - batch
				for i := from; i < min(from+batch, n); i++ {
					if err := do(i, r); err != nil {
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

// errLimit stops a walk that has met more bytes than it may.
var errLimit = errors.New("more than the limit")

// tooLarge looks at all files, so that the error can name the largest.
func (w *walker) tooLarge(ctx context.Context) error {
	sizes := make([]int64, len(w.tree.Entries))
	err := parallel(ctx, len(sizes), func(i int, _ *reader) error {
		e := &w.tree.Entries[i]
		sizes[i] = -1
		info, err := os.Lstat(filepath.Join(w.tree.Root, filepath.FromSlash(e.Path)))
		if err != nil {
			return readError(e.Path, err)
		}
		if info.Mode().IsRegular() {
			sizes[i] = info.Size()
		}
		return nil
	})
	if err != nil {
		return err
	}
	e := &TooLargeError{Root: w.root, Limit: w.Limit}
	for i, size := range sizes {
		if size >= 0 {
			e.Files++
			e.Size += size
			e.Largest = append(e.Largest, Entry{Path: w.tree.Entries[i].Path, Size: size})
		}
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
