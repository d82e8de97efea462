package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

const (
	statsHeader = "awsdeploy stats 1\n"
	// racy is how old a file must be before its times are trusted: some file
	// systems count in steps of two seconds, and within one a file can change
	// and look the same.
	racy = 2 * time.Second
	// worthFiles and worthBytes are how much must have been read anew before
	// it is kept: reading less takes less than keeping it.
	worthFiles = 64
	worthBytes = 1 << 20
)

// stat is what the system says of a file without opening it. Whoever writes
// to a file moves changed, which no program can set.
type stat struct {
	size, written, changed int64 // times in nanoseconds
	inode, device          uint64
}

// walkStats are the contents that walks of one directory read before.
type walkStats struct {
	file  string  // "" when nothing is kept
	begun int64   // when this walk began, in nanoseconds
	old   []known // sorted by path
}

type known struct {
	path string
	stat stat
	sum  [sha256.Size]byte
}

// begin loads what is known of the directory's files. Whatever goes wrong, the
// files are read.
func (w *walker) begin() *walkStats {
	s := &walkStats{begun: clock.System{}.Now().UnixNano()}
	if w.Fresh || w.cache == "" {
		return s
	}
	parts := append([]string{w.root}, w.Include...)
	parts = append(append(parts, "\x00exclude"), w.Exclude...)
	s.file = filepath.Join(w.cache, "stats", Key(append(append(parts, "\x00ignore"), w.Ignore...)...))
	if data, err := os.ReadFile(s.file); err == nil {
		s.old, _ = decodeStats(data) // a damaged one is written again
	}
	return s
}

// match finds what is known of each entry; both are sorted by path.
func (s *walkStats) match(entries []Entry) []*known {
	all := make([]*known, len(entries))
	next := 0
	for i := range entries {
		for next < len(s.old) && s.old[next].path < entries[i].Path {
			next++
		}
		if next < len(s.old) && s.old[next].path == entries[i].Path {
			all[i] = &s.old[next]
		}
	}
	return all
}

// keep writes down what was read, if that saves the next walk enough. Files
// that were touched just before are left out.
func (s *walkStats) keep(entries []Entry, listings []listing) {
	if s.file == "" {
		return
	}
	var files, size int64
	for _, l := range listings {
		if l.read {
			files, size = files+1, size+l.size
		}
	}
	if files < worthFiles && size < worthBytes {
		return
	}
	young := s.begun - int64(racy)
	_ = cache.Write(s.file, func(out io.Writer) error { // without it, the next walk reads the files again
		_, err := out.Write(encodeStats(entries, listings, young))
		return err
	})
}

// settled tells that a file which looks as it did holds what it held: it was
// last touched before young.
func (l *listing) settled(young int64) bool {
	return l.sure && max(l.stat.written, l.stat.changed) < young
}

// encodeStats writes what is known of the files that did not change since
// young, and the hash of it all.
func encodeStats(entries []Entry, listings []listing, young int64) []byte {
	b := append(make([]byte, 0, len(entries)*128), statsHeader...)
	for i := range entries {
		e, s := &entries[i], &listings[i].stat
		if !listings[i].settled(young) {
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(e.Path)))
		b = append(b, e.Path...)
		for _, n := range []uint64{uint64(s.size), uint64(s.written), uint64(s.changed), s.inode, s.device} {
			b = binary.LittleEndian.AppendUint64(b, n)
		}
		b = append(b, e.Sum[:]...)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func decodeStats(data []byte) ([]known, error) {
	damaged := errors.New("not what was kept of files")
	end := len(data) - sha256.Size
	if end < 0 || sha256.Sum256(data[:end]) != [sha256.Size]byte(data[end:]) {
		return nil, damaged
	}
	rest, ok := bytes.CutPrefix(data[:end], []byte(statsHeader))
	if !ok {
		return nil, damaged
	}
	const fixed = 5*8 + sha256.Size
	all := make([]known, 0, len(rest)/(fixed+2))
	for text := string(rest); len(rest) > 0; {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)) || uint64(n)+length+fixed > uint64(len(rest)) {
			return nil, damaged
		}
		at := len(text) - len(rest) + n
		rest = rest[n+int(length):]
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(rest[8*i:]) }
		all = append(all, known{
			path: text[at : at+int(length)],
			stat: stat{size: int64(word(0)), written: int64(word(1)), changed: int64(word(2)), inode: word(3), device: word(4)},
			sum:  [sha256.Size]byte(rest[fixed-sha256.Size:]),
		})
		rest = rest[fixed:]
	}
	return all, nil
}
