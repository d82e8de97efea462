package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// FuzzRewrite holds, for any bytes: what is refused is no archive that can be
// read whole; what is written can be read, holds the same files and no name
// that leaves the archive, and is the same when it is written again.
func FuzzRewrite(f *testing.F) {
	nested := jar(f, "", time.Unix(5e8, 0), []member{{"x", "nested", zip.Deflate}})
	for _, seed := range [][]byte{
		nested,
		jar(f, "#!/bin/sh\n", time.Unix(1e9, 0), []member{{"b", "2", zip.Deflate}, {"META-INF/MANIFEST.MF", "Main-Class: A\n", zip.Store}, {"com/", "", zip.Store}, {"run.sh", "#!", zip.Deflate}}),
		jar(f, "", time.Unix(1e9, 0), []member{{"../out", "x", zip.Store}, {"/abs", "x", zip.Store}, {`a\b`, "x", zip.Store}}),
		jar(f, "", time.Unix(1e9, 0), []member{{"é", strings.Repeat("text ", 99), zip.Deflate}, {"inner.jar", string(nested), zip.Store}}),
		{}, []byte("PK\x05\x06"), []byte("no archive"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, size := bytes.NewReader(data), int64(len(data))
		var first bytes.Buffer
		err := Rewrite(t.Context(), &first, in, size)
		if err != nil {
			return
		}
		if !IsZip(in, size) {
			t.Fatal("written, though it is taken for no archive")
		}
		before, after := zipContents(t, data), zipContents(t, first.Bytes())
		if !slices.Equal(before, after) {
			t.Fatalf("another content:\n got %q\nwant %q", after, before)
		}
		for _, f := range open(t, first.Bytes()).File {
			if f.Mode()&^0o777 != 0 && !f.Mode().IsDir() && f.Mode().Type() != fs.ModeSymlink {
				t.Fatalf("%q has the mode %v", f.Name, f.Mode())
			}
		}
		var second bytes.Buffer
		if err := Rewrite(t.Context(), &second, bytes.NewReader(first.Bytes()), int64(first.Len())); err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatal("writing it again moved bytes")
		}
	})
}

// zipContents are names and contents in the order of names.
func zipContents(t *testing.T, data []byte) (list []string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if leaves(f.Name) {
			t.Fatalf("%q leaves the archive", f.Name)
		}
		text := ""
		if !strings.HasSuffix(f.Name, "/") {
			in, err := f.Open()
			if err != nil {
				t.Fatalf("%q: %v", f.Name, err)
			}
			all, err := io.ReadAll(in)
			if err != nil {
				t.Fatalf("%q: %v", f.Name, err)
			}
			text = string(all)
		}
		list = append(list, f.Name+"\x00"+text)
	}
	slices.SortStableFunc(list, strings.Compare)
	return list
}

// leaves tells that a name is absolute or has a parent in it.
func leaves(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..")
}

// FuzzRewriteTar holds the same of TAR files, plain and compressed.
func FuzzRewriteTar(f *testing.F) {
	plain := aTar(f, []tar.Header{
		{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o700},
		{Name: "bin/run", Typeflag: tar.TypeReg, Mode: 0o4755, Uid: 1, Uname: "me", ModTime: time.Unix(2, 5)},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "bin/run"},
		{Name: "again", Typeflag: tar.TypeLink, Linkname: "bin/run"},
		{Name: strings.Repeat("long/", 60) + "name", Typeflag: tar.TypeReg},
	}, map[string]string{"bin/run": "#!/bin/sh\n"}, false)
	f.Add(plain, false)
	f.Add(aTar(f, []tar.Header{{Name: "../up", Typeflag: tar.TypeReg}, {Name: "out", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}, nil, false), false)
	f.Add(aTar(f, []tar.Header{{Name: "dev", Typeflag: tar.TypeBlock}, {Name: "pipe", Typeflag: tar.TypeFifo}}, nil, false), false)
	f.Add(aTar(f, []tar.Header{{Name: "a", Typeflag: tar.TypeReg}}, map[string]string{"a": strings.Repeat("a", 4000)}, true), true)
	f.Add([]byte{}, false)
	f.Add([]byte("\x1f\x8b"), true)
	f.Fuzz(func(t *testing.T, data []byte, gzipped bool) {
		do := RewriteTar
		if gzipped {
			do = RewriteTgz
		}
		var first, second bytes.Buffer
		if err := do(t.Context(), &first, bytes.NewReader(data), int64(len(data))); err != nil {
			return
		}
		before, after := tarContents(t, data, gzipped, false), tarContents(t, first.Bytes(), gzipped, true)
		if !slices.Equal(before, after) {
			t.Fatalf("another content:\n got %q\nwant %q", after, before)
		}
		if err := do(t.Context(), &second, bytes.NewReader(first.Bytes()), int64(first.Len())); err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatal("writing it again moved bytes")
		}
	})
}

// tarContents are names, links and contents in the order of names. Of what we
// wrote, nothing else may be there.
func tarContents(t *testing.T, data []byte, gzipped, ours bool) (list []string) {
	t.Helper()
	var in io.Reader = bytes.NewReader(data)
	if gzipped {
		z, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		in = z
	}
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			slices.Sort(list)
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if leaves(h.Name) {
			t.Fatalf("%q leaves the archive", h.Name)
		}
		if ours && (h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Mode&^0o777 != 0 || !strings.ContainsRune("0125", rune(h.Typeflag))) {
			t.Fatalf("%q is %+v", h.Name, h)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.Join([]string{h.Name, string(h.Typeflag), h.Linkname, string(content)}, "\x00"))
	}
}
