package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// odd writes a ZIP file with one member of any mode.
func odd(t *testing.T, name, content string, mode fs.FileMode) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(mode)
	f, err := w.CreateHeader(h)
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRewrite_refusesWhatLeadsOut checks names, links and kinds of members
// that whoever unpacks the package must not meet.
func TestRewrite_refusesWhatLeadsOut(t *testing.T) {
	refused := func(data []byte, tgz bool, want string) {
		t.Helper()
		do := Rewrite
		if !bytes.HasPrefix(data, []byte("PK")) {
			do = RewriteTar
		}
		if tgz {
			do = RewriteTgz
		}
		if err := do(t.Context(), io.Discard, bytes.NewReader(data), int64(len(data))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	link := fs.ModeSymlink | 0o777
	for _, name := range []string{"../up", "a/../../up", "/etc/passwd", `..\up`, `\\server\share`, "C:/Windows"} {
		refused(odd(t, name, "x", 0o644), false, "leads out of the archive")
		refused(aTar(t, []tar.Header{{Name: name, Typeflag: tar.TypeReg}}, nil, false), false, "leads out of the archive")
		refused(aTar(t, []tar.Header{{Name: name, Typeflag: tar.TypeReg}}, nil, true), true, "leads out of the archive")
		refused(aTar(t, []tar.Header{{Name: "hard", Typeflag: tar.TypeLink, Linkname: name}}, nil, false), false, "leads out of the archive")
	}
	for _, target := range []string{"/etc/passwd", "../up", "x/../../up", "d/../../d", "C:/Windows"} {
		refused(odd(t, "link", target, link), false, "out of the archive")
		refused(aTar(t, []tar.Header{{Name: "link", Typeflag: tar.TypeSymlink, Linkname: target}}, nil, false), false, "out of the archive")
	}
	refused(aTar(t, []tar.Header{{Name: "d", Typeflag: tar.TypeSymlink, Linkname: "e"}, {Name: "d/f", Typeflag: tar.TypeReg}}, nil, false), false, `"d/f" lies behind the link "d"`)
	for _, kind := range []fs.FileMode{fs.ModeDevice, fs.ModeDevice | fs.ModeCharDevice, fs.ModeNamedPipe, fs.ModeSocket} {
		refused(odd(t, "dev", "", kind|0o666), false, "dev is neither file, directory nor link")
	}
	for _, kind := range []byte{tar.TypeChar, tar.TypeBlock, tar.TypeFifo} {
		refused(aTar(t, []tar.Header{{Name: "dev", Typeflag: kind}}, nil, false), false, "dev is neither file, directory nor link")
	}
	good := aTar(t, []tar.Header{{Name: "lib/x.so", Typeflag: tar.TypeSymlink, Linkname: "../lib64/x.so.1"}, {Name: "here", Typeflag: tar.TypeSymlink, Linkname: "./a"}}, nil, false)
	if err := RewriteTar(t.Context(), io.Discard, bytes.NewReader(good), int64(len(good))); err != nil {
		t.Errorf("links inside: %v", err)
	}
}

// TestRewrite_dropsModes checks that nothing runs as another user.
func TestRewrite_dropsModes(t *testing.T) {
	r := open(t, rewrite(t, odd(t, "su", "#!", fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky|0o777)))
	if got := r.File[0].Mode(); got != 0o755 {
		t.Errorf("the mode is %v", got)
	}
	var out bytes.Buffer
	in := aTar(t, []tar.Header{{Name: "su", Typeflag: tar.TypeReg, Mode: 0o7777}}, nil, false)
	if err := RewriteTar(t.Context(), &out, bytes.NewReader(in), int64(len(in))); err != nil {
		t.Fatal(err)
	}
	if h, err := tar.NewReader(&out).Next(); err != nil || h.Mode != 0o755 {
		t.Errorf("the mode is %o, %v", h.Mode, err)
	}
}

// TestRewrite_bounds checks that no archive unpacks to more than its limits,
// by what it says of itself or by what it holds.
func TestRewrite_bounds(t *testing.T) {
	few := limits{entries: 3, bytes: 1 << 20}
	zeros := strings.Repeat("\x00", 400<<10)
	var many, bomb []member
	var tarMany, tarBomb []tar.Header
	contents := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		many, tarMany = append(many, member{name, "", zip.Store}), append(tarMany, tar.Header{Name: name, Typeflag: tar.TypeReg})
		if name != "d" {
			bomb, tarBomb = append(bomb, member{name, zeros, zip.Deflate}), append(tarBomb, tar.Header{Name: name + "0", Typeflag: tar.TypeReg})
			contents[name+"0"] = zeros
		}
	}
	refused := func(what string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", what, err, want)
		}
	}
	at := time.Unix(1e9, 0)
	run := func(do func(data []byte) error, data []byte) error { return do(data) }
	asZip := func(data []byte) error {
		return few.rewrite(t.Context(), io.Discard, bytes.NewReader(data), int64(len(data)))
	}
	asTar := func(data []byte) error {
		return few.rewriteTar(t.Context(), io.Discard, bytes.NewReader(data), int64(len(data)))
	}
	asTgz := func(data []byte) error {
		return few.rewriteTgz(t.Context(), io.Discard, bytes.NewReader(data), int64(len(data)))
	}
	refused("four entries", run(asZip, jar(t, "", at, many)), "more than 3 entries")
	refused("four entries", run(asTar, aTar(t, tarMany, nil, false)), "more than 3 entries")
	refused("1.2 MB in three", run(asZip, jar(t, "", at, bomb)), "unpacks to more than 1048576 bytes")
	refused("1.2 MB in three", run(asTar, aTar(t, tarBomb, contents, false)), "unpacks to more than 1048576 bytes")
	refused("1.2 MB in three", run(asTgz, aTar(t, tarBomb, contents, true)), "unpacks to more than 1048576 bytes")
	// An empty TAR file, with zeros behind its end.
	var endless bytes.Buffer
	z := gzip.NewWriter(&endless)
	if _, err := io.WriteString(z, strings.Repeat(zeros, 20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	refused("a stream of zeros", run(asTgz, endless.Bytes()), "unpacks to more than 1048576 bytes")

	// One that says less than it holds, and one that says more than there is.
	lies := jar(t, "", at, []member{{"a", zeros, zip.Deflate}})
	lies = bytes.ReplaceAll(lies, []byte{0x00, 0x40, 0x06, 0x00}, []byte{0x10, 0x00, 0x00, 0x00})
	if err := run(asZip, lies); err == nil {
		t.Error("an entry that holds more than it says passed")
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"a", "b"} {
		f, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, UncompressedSize64: 1 << 63, CompressedSize64: 1})
		if err == nil {
			_, err = f.Write([]byte("x"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	refused("exabytes", usual.rewrite(t.Context(), io.Discard, bytes.NewReader(b.Bytes()), int64(b.Len())), "unpacks to more than")

	// An archive in an archive is content, never unpacked.
	nested := jar(t, "", at, []member{{"bomb.zip", string(jar(t, "", at, bomb)), zip.Store}})
	if err := run(asZip, nested); err != nil {
		t.Errorf("an archive in an archive: %v", err)
	}
}
