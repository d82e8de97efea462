package archive

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// limits bound what an archive may unpack to. A few kilobytes can claim
// terabytes, and whoever unpacks the package trusts what it holds.
type limits struct {
	entries int
	bytes   int64 // of all contents
}

// usual is far above what a package has: AWS Lambda takes 250 MB, and an
// application server's largest archives have some GB.
var usual = limits{entries: 1_000_000, bytes: 16 << 30}

// budget is what is left of limits.
type budget struct {
	limits
	usedEntries int
	usedBytes   int64
}

// take spends one entry of a size.
func (b *budget) take(size uint64) error {
	if b.usedEntries++; b.usedEntries > b.entries {
		return fmt.Errorf("the archive has more than %d entries", b.entries)
	}
	if size > uint64(b.bytes-b.usedBytes) {
		return b.tooLarge()
	}
	b.usedBytes += int64(size)
	return nil
}

func (b *budget) tooLarge() error {
	return fmt.Errorf("the archive unpacks to more than %d bytes", b.bytes)
}

// inside refuses a name that leads out of the directory where the archive is
// unpacked, on any system.
func inside(name string) error {
	if rooted(name) || slices.Contains(strings.Split(slashes(name), "/"), "..") {
		return fmt.Errorf("its entry %q leads out of the archive", name)
	}
	return nil
}

// linkInside refuses a link out of the archive. One may go up first and then
// down; going up again later depends on what other links make of the way.
func linkInside(name, target string) error {
	way := slashes(target)
	for strings.HasPrefix(way, "../") || strings.HasPrefix(way, "./") {
		_, way, _ = strings.Cut(way, "/")
	}
	end := path.Join(path.Dir(strings.TrimSuffix(slashes(name), "/")), slashes(target))
	if rooted(target) || end == ".." || strings.HasPrefix(end, "../") || way != ".." && slices.Contains(strings.Split(way, "/"), "..") {
		return fmt.Errorf("its link %q leads to %q, out of the archive or by a way that may", name, target)
	}
	return nil
}

// behind refuses an entry of which a directory on the way is a link.
func behind(name string, links map[string]bool) error {
	if len(links) == 0 {
		return nil
	}
	for dir := path.Dir(path.Clean(name)); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if links[dir] {
			return fmt.Errorf("its entry %q lies behind the link %q", name, dir)
		}
	}
	return nil
}

// rooted tells that a path begins at a root or at a drive.
func rooted(name string) bool {
	name = slashes(name)
	drive := len(name) > 1 && name[1] == ':' && (name[0]|0x20) >= 'a' && (name[0]|0x20) <= 'z'
	return strings.HasPrefix(name, "/") || drive
}

func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// capped reads at most n bytes, and fails where there are more.
type capped struct {
	r    io.Reader
	left int64
	err  error
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, c.err
	}
	return n, err
}
