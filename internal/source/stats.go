package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
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
	file  string // "" when nothing is kept
	begun int64  // when this walk began, in nanoseconds
	old   map[string]known
}

type known struct {
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

// known completes the entries that are as they were when they were read, and
// tells which.
func (s *walkStats) known(entries []Entry, infos []fs.FileInfo) []bool {
	done := make([]bool, len(entries))
	for i := range entries {
		e := &entries[i]
		if infos[i] == nil || !infos[i].Mode().IsRegular() || e.Mode != 0 {
			continue
		}
		was, there := s.old[e.Path]
		is, ok := statOf(infos[i])
		if there && ok && is == was.stat {
			e.Sum = was.sum
			e.take(infos[i])
			done[i] = true
		}
	}
	return done
}

// keep writes down what was read, if that saves the next walk enough. Files
// that were touched just before are left out.
func (s *walkStats) keep(entries []Entry, infos []fs.FileInfo, done []bool) {
	if s.file == "" {
		return
	}
	var files, size int64
	for i, info := range infos {
		if info != nil && info.Mode().IsRegular() && !done[i] {
			files, size = files+1, size+info.Size()
		}
	}
	if files < worthFiles && size < worthBytes {
		return
	}
	young := s.begun - int64(racy)
	_ = cache.Write(s.file, func(out io.Writer) error { // without it, the next walk reads the files again
		_, err := out.Write(encodeStats(entries, infos, young))
		return err
	})
}

// encodeStats writes what is known of the files that did not change since
// young, and the hash of it all.
func encodeStats(entries []Entry, infos []fs.FileInfo, young int64) []byte {
	b := []byte(statsHeader)
	for i, e := range entries {
		if infos[i] == nil || e.Mode&fs.ModeSymlink != 0 {
			continue
		}
		s, ok := statOf(infos[i])
		if !ok || max(s.written, s.changed) >= young {
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

func decodeStats(data []byte) (map[string]known, error) {
	damaged := errors.New("not what was kept of files")
	end := len(data) - sha256.Size
	if end < 0 || sha256.Sum256(data[:end]) != [sha256.Size]byte(data[end:]) {
		return nil, damaged
	}
	rest, ok := bytes.CutPrefix(data[:end], []byte(statsHeader))
	if !ok {
		return nil, damaged
	}
	all := make(map[string]known, len(rest)/120)
	const fixed = 5*8 + sha256.Size
	for text := string(rest); len(rest) > 0; {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)) || uint64(n)+length+fixed > uint64(len(rest)) {
			return nil, damaged
		}
		at := len(text) - len(rest) + n
		rest = rest[n+int(length):]
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(rest[8*i:]) }
		all[text[at:at+int(length)]] = known{
			stat: stat{size: int64(word(0)), written: int64(word(1)), changed: int64(word(2)), inode: word(3), device: word(4)},
			sum:  [sha256.Size]byte(rest[fixed-sha256.Size:]),
		}
		rest = rest[fixed:]
	}
	return all, nil
}
