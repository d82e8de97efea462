package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// aTar writes a TAR file as one machine or another does.
func aTar(t testing.TB, headers []tar.Header, contents map[string]string, gzipped bool) []byte {
	t.Helper()
	var b bytes.Buffer
	var out io.Writer = &b
	var z *gzip.Writer
	if gzipped {
		z = gzip.NewWriter(&b)
		z.Name, z.ModTime = "app.tar", headers[0].ModTime
		out = z
	}
	w := tar.NewWriter(out)
	for _, h := range headers {
		h.Size = int64(len(contents[h.Name]))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, contents[h.Name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if z != nil {
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestRewriteTar(t *testing.T) {
	inner := aTar(t, []tar.Header{{Name: "x", Typeflag: tar.TypeReg, Mode: 0o600, ModTime: time.Unix(7, 0)}}, nil, false)
	long := strings.Repeat("long/", 60) + "name"
	contents := map[string]string{"bin/run": "#!/bin/sh\n", "a.txt": "a", "inner.tar": string(inner), long: "l"}
	one := []tar.Header{
		{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o700, ModTime: time.Unix(1, 0)},
		{Name: "bin/run", Typeflag: tar.TypeReg, Mode: 0o700, Uid: 1, Uname: "me", ModTime: time.Unix(2, 5)},
		{Name: "a.txt", Typeflag: tar.TypeReg, Mode: 0o600, ModTime: time.Unix(3, 0), PAXRecords: map[string]string{"SCHILY.xattr.user.x": "y"}},
		{Name: "inner.tar", Typeflag: tar.TypeReg, Mode: 0o644, ModTime: time.Unix(4, 0)},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "a.txt", Mode: 0o777, ModTime: time.Unix(4, 0)},
		{Name: "again", Typeflag: tar.TypeLink, Linkname: "bin/run", Mode: 0o700, ModTime: time.Unix(4, 0)},
		{Name: long, Typeflag: tar.TypeReg, Mode: 0o644, ModTime: time.Unix(4, 0)},
	}
	two := slices.Clone(one)
	slices.Reverse(two)
	for i := range two {
		two[i].ModTime, two[i].Uid, two[i].Uname, two[i].PAXRecords = time.Unix(99, 0), 7, "you", nil
		if two[i].Typeflag == tar.TypeReg {
			two[i].Mode |= 0o044
		}
	}
	rewrite := func(headers []tar.Header, gzipped bool) []byte {
		in := aTar(t, headers, contents, gzipped)
		if !IsTar(bytes.NewReader(in), int64(len(in)), gzipped) {
			t.Fatal("not taken for a TAR file")
		}
		var out bytes.Buffer
		do := RewriteTar
		if gzipped {
			do = RewriteTgz
		}
		if err := do(t.Context(), &out, bytes.NewReader(in), int64(len(in))); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for gzipped, golden := range map[bool]string{
		false: "6622d5424d235e386a69ef587a86f6e9a64de3596092fa116801fc5107f6e1b5",
		true:  "2f7412c0d8389f1fad63ee74c3b91c0f0cf85d31405b80c2403d0327f5f7432d",
	} {
		a, b := rewrite(one, gzipped), rewrite(two, gzipped)
		if !bytes.Equal(a, b) {
			t.Errorf("gzipped %v: two machines' archives differ", gzipped)
		}
		if sum := sha256.Sum256(a); hex.EncodeToString(sum[:]) != golden {
			t.Errorf("gzipped %v: the bytes moved: got %x, want %s", gzipped, sum, golden)
		}
	}
	var names []string
	for in := tar.NewReader(bytes.NewReader(rewrite(two, false))); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		content, err := io.ReadAll(in)
		if err != nil || string(content) != contents[h.Name] {
			t.Errorf("%s holds %q, %v", h.Name, content, err)
		}
		if h.Uid != 0 || h.Uname != "" || h.ModTime.Year() != 1980 || h.Name == "bin/run" && h.Mode != 0o755 || h.Name == "a.txt" && h.Mode != 0o644 {
			t.Errorf("%s: %+v", h.Name, h)
		}
	}
	if got := strings.Join(names, " "); got != "a.txt bin/ bin/run inner.tar link "+long+" again" {
		t.Errorf("the order is %s", got)
	}
}

func TestRewriteTar_refuses(t *testing.T) {
	pipe := aTar(t, []tar.Header{{Name: "p", Typeflag: tar.TypeFifo}}, nil, false)
	if err := RewriteTar(t.Context(), io.Discard, bytes.NewReader(pipe), int64(len(pipe))); err == nil || !strings.Contains(err.Error(), "p is neither file, directory nor link") {
		t.Errorf("got %v", err)
	}
	good := aTar(t, []tar.Header{{Name: "a", Typeflag: tar.TypeReg}}, map[string]string{"a": strings.Repeat("a", 4000)}, true)
	if err := RewriteTgz(t.Context(), io.Discard, bytes.NewReader(good[:len(good)/2]), int64(len(good)/2)); err == nil || !strings.Contains(err.Error(), "unpacking the archive") {
		t.Errorf("half an archive: got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if err := RewriteTgz(ctx, io.Discard, bytes.NewReader(good), int64(len(good))); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if text := []byte("no archive at all"); IsTar(bytes.NewReader(text), int64(len(text)), false) || IsTar(bytes.NewReader(text), int64(len(text)), true) {
		t.Error("text is taken for an archive")
	}
}

// TestRewrite_signatures checks that a reader of streams can verify a signed
// JAR: manifest and signatures come first.
func TestRewrite_signatures(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"A.class", "META-INF/SHOP.RSA", "META-INF/maven/x.SF", "META-INF/SHOP.SF", "META-INF/", "META-INF/MANIFEST.MF"} {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Rewrite(t.Context(), &out, bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil {
		t.Fatal(err)
	}
	if got := names(open(t, out.Bytes())); got != "META-INF/ META-INF/MANIFEST.MF META-INF/SHOP.RSA META-INF/SHOP.SF A.class META-INF/maven/x.SF" {
		t.Errorf("got %s", got)
	}
}
