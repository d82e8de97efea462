package archive

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

func write1(t *testing.T, file string, content []byte, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, mode); err != nil {
		t.Fatal(err)
	}
}

// noise does not compress, and is the same in every run.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// application lays out an application that has every kind of content.
func application(t *testing.T) string {
	dir := t.TempDir()
	write1(t, filepath.Join(dir, "bootstrap"), []byte("#!/bin/sh\nexit 0\n"), 0o755)
	write1(t, filepath.Join(dir, "conf", "a.txt"), bytes.Repeat([]byte("text "), 1000), 0o644)
	write1(t, filepath.Join(dir, "conf", "empty"), nil, 0o644)
	write1(t, filepath.Join(dir, "größe.txt"), []byte("ü"), 0o644)
	write1(t, filepath.Join(dir, "lib", "large.jar"), noise(small+1), 0o644)
	write1(t, filepath.Join(dir, "large.txt"), bytes.Repeat([]byte("0123456789abcdef"), small/16+1), 0o644)
	if err := os.Symlink("conf/a.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func pack(t *testing.T, dir, below string) []byte {
	t.Helper()
	tree, err := source.Walk(t.Context(), dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Zip(t.Context(), &b, Part{Tree: tree, Dir: below}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t *testing.T, data []byte) *zip.Reader {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func content(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r) // fails when the sum or a size is wrong
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return b
}

func names(r *zip.Reader) string {
	var n []string
	for _, f := range r.File {
		n = append(n, f.Name)
	}
	return strings.Join(n, " ")
}

func TestZip(t *testing.T) {
	dir := application(t)
	data := pack(t, dir, ".")
	r := open(t, data)
	if got, want := names(r), "bootstrap conf/a.txt conf/empty größe.txt large.txt lib/large.jar link"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	for _, f := range r.File {
		if !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) || len(f.Extra) > 0 || f.NonUTF8 {
			t.Errorf("%s: modified %v, extra %x, not UTF-8 %v", f.Name, f.Modified, f.Extra, f.NonUTF8)
		}
		switch f.Name {
		case "link":
			if f.Mode() != fs.ModeSymlink|0o777 || string(content(t, f)) != "conf/a.txt" {
				t.Errorf("link: mode %v", f.Mode())
			}
			continue
		case "bootstrap":
			if f.Mode() != 0o755 {
				t.Errorf("bootstrap: mode %v", f.Mode())
			}
		case "lib/large.jar":
			// java.util.jar.JarInputStream refuses stored entries of unknown size.
			if f.Method != zip.Store || f.Flags&sizesFollow != 0 {
				t.Errorf("lib/large.jar: method %d, flags %x", f.Method, f.Flags)
			}
		case "conf/a.txt", "large.txt":
			if f.Method != zip.Deflate || f.CompressedSize64*10 > f.UncompressedSize64 {
				t.Errorf("%s: method %d, %d of %d bytes", f.Name, f.Method, f.CompressedSize64, f.UncompressedSize64)
			}
		}
		want, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil || !bytes.Equal(content(t, f), want) {
			t.Errorf("%s holds other content (%v)", f.Name, err)
		}
	}
}

func TestZip_sameBytes(t *testing.T) {
	one := pack(t, application(t), ".")
	dir := application(t)
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := os.Chmod(p, info.Mode()&^0o077); err != nil {
			return err
		}
		return os.Chtimes(p, time.Unix(99, 0), time.Unix(99, 0))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !bytes.Equal(one, pack(t, dir, ".")) {
		t.Error("the same files gave other bytes")
	}
	sum := sha256.Sum256(one)
	const golden = "234fff0938168b37ba211d4f3fb5ec53e7b612ba3085ecede4796c3d980a8ed7"
	if got := hex.EncodeToString(sum[:]); got != golden {
		t.Errorf("the bytes of the same files moved: got %s, want %s", got, golden)
	}
}

func TestZip_part(t *testing.T) {
	if got := names(open(t, pack(t, application(t), "conf"))); got != "a.txt empty" {
		t.Errorf("got %s", got)
	}
}

func TestZip_refuses(t *testing.T) {
	dir := t.TempDir()
	write1(t, filepath.Join(dir, "a"), []byte("a"), 0o644)
	if err := os.Symlink("b", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	tree, err := source.Walk(t.Context(), dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Zip(t.Context(), io.Discard, Part{Tree: tree}); err == nil || !strings.Contains(err.Error(), "dangling is a link to b, which the archive does not hold") {
		t.Errorf("a dangling link: got %v", err)
	}
	tree, err = source.Walk(t.Context(), dir, []string{"a"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	write1(t, filepath.Join(dir, "a"), []byte("b"), 0o644)
	if err := Zip(t.Context(), io.Discard, Part{Tree: tree}); err == nil || !strings.Contains(err.Error(), "a changed while it was packed") {
		t.Errorf("a file that changed: got %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if err := Zip(t.Context(), io.Discard, Part{Tree: tree}); err == nil || !strings.Contains(err.Error(), "a vanished") {
		t.Errorf("a file that vanished: got %v", err)
	}
}
