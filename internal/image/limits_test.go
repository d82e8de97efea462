package image

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnpack_refuses checks that no package brings into an image what a
// container should not meet.
func TestUnpack_refuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.zip")
	one := func(name, content string, mode fs.FileMode) error {
		t.Helper()
		f, err := os.Create(file)
		must(t, err)
		z := zip.NewWriter(f)
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(mode)
		w, err := z.CreateHeader(h)
		must(t, err)
		_, err = w.Write([]byte(content))
		must(t, err)
		must(t, z.Close())
		must(t, f.Close())
		_, err = laidOut(t, Recipe{Base: "registry.invalid/x", Contents: []Content{pkg(t, file)}})
		return err
	}
	for _, tc := range []struct {
		name, content string
		mode          fs.FileMode
		want          string
	}{
		{"../up", "x", 0o644, "leaves the archive"},
		{"/etc/passwd", "x", 0o644, "leaves the archive"},
		{`a\..\b`, "x", 0o644, "leaves the archive"},
		{"a/../../b", "x", 0o644, "leaves the archive"},
		{"link", "/etc/passwd", fs.ModeSymlink | 0o777, "out of the archive"},
		{"d/link", "../../x", fs.ModeSymlink | 0o777, "out of the archive"},
		{"tty", "", fs.ModeDevice | fs.ModeCharDevice | 0o666, "neither a file, a directory nor a link"},
		{"disk", "", fs.ModeDevice | 0o666, "neither a file, a directory nor a link"},
		{"pipe", "", fs.ModeNamedPipe | 0o666, "neither a file, a directory nor a link"},
		{"su", "x", fs.ModeSetuid | 0o755, "setuid or setgid"},
		{"sg", "x", fs.ModeSetgid | 0o755, "setuid or setgid"},
	} {
		if err := one(tc.name, tc.content, tc.mode); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %v: got %v, want %q", tc.name, tc.mode, err, tc.want)
		}
	}
	if err := one("bin/run", "#!", 0o755); err != nil {
		t.Errorf("a plain program: %v", err)
	}
}

// TestLimits checks what a package may claim to unpack to.
func TestLimits(t *testing.T) {
	few := limits{entries: 2, bytes: 100}
	sized := func(sizes ...uint64) (list []*zip.File) {
		for _, n := range sizes {
			list = append(list, &zip.File{FileHeader: zip.FileHeader{Name: "x", UncompressedSize64: n}})
		}
		return list
	}
	for _, good := range [][]*zip.File{nil, sized(100), sized(50, 50)} {
		if err := few.check(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range [][]*zip.File{sized(0, 0, 0), sized(101), sized(50, 51), sized(1<<63, 1<<63), sized(1, 1<<64-1)} {
		if few.check(bad) == nil {
			t.Errorf("%d entries passed", len(bad))
		}
	}
}
