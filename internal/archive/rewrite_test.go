package archive

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

type member struct {
	name    string
	content string
	method  uint16
}

// jar writes an archive the way tools do: with times, in the order given.
func jar(t testing.TB, front string, when time.Time, members []member) []byte {
	t.Helper()
	b := bytes.NewBufferString(front)
	w := zip.NewWriter(b)
	w.SetOffset(int64(len(front)))
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: m.method, Modified: when}
		h.SetMode(0o664)
		if m.name == "run.sh" {
			h.SetMode(0o775)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetComment("built by somebody"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rewrite(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Rewrite(t.Context(), &b, bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRewrite(t *testing.T) {
	nested := string(jar(t, "", time.Unix(5e8, 0), []member{{"x", "nested", zip.Deflate}}))
	members := []member{
		{"com/", "", zip.Store},
		{"com/App.class", strings.Repeat("class ", 500), zip.Deflate},
		{"META-INF/MANIFEST.MF", "Main-Class: com.App\n", zip.Deflate},
		{"BOOT-INF/lib/nested.jar", nested, zip.Store},
		{"META-INF/", "", zip.Store},
		{"run.sh", "#!/bin/sh", zip.Deflate},
	}
	one := rewrite(t, jar(t, "", time.Unix(1e9, 0), members))
	slices.Reverse(members)
	two := rewrite(t, jar(t, "", time.Unix(1.5e9, 0), members))
	if !bytes.Equal(one, two) {
		t.Error("the same content gave other bytes")
	}
	if !bytes.Equal(one, rewrite(t, one)) {
		t.Error("writing it again moved bytes")
	}
	r := open(t, one)
	if got, want := names(r), "META-INF/ META-INF/MANIFEST.MF BOOT-INF/lib/nested.jar com/ com/App.class run.sh"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, f := range r.File {
		i := slices.IndexFunc(members, func(m member) bool { return m.name == f.Name })
		if got := string(content(t, f)); got != members[i].content {
			t.Errorf("%s holds other content", f.Name)
		}
		switch {
		case f.Name == "BOOT-INF/lib/nested.jar" && f.Method != zip.Store:
			t.Error("the nested archive is not stored any more: its loader needs that")
		case f.Name == "run.sh" && f.Mode() != 0o755, f.Name == "com/App.class" && f.Mode() != 0o644:
			t.Errorf("%s: mode %v", f.Name, f.Mode())
		case len(f.Extra) > 0:
			t.Errorf("%s: extra field %x", f.Name, f.Extra)
		}
	}
	if r.Comment != "" {
		t.Errorf("the comment %q is left", r.Comment)
	}
}

func TestRewrite_keepsTheScriptInFront(t *testing.T) {
	const script = "#!/bin/bash\nexec java -jar \"$0\"\n"
	data := rewrite(t, jar(t, script, time.Unix(1e9, 0), []member{{"b", "2", zip.Deflate}, {"a", "1", zip.Deflate}}))
	if !bytes.HasPrefix(data, []byte(script+"PK")) {
		t.Errorf("begins with %q", data[:50])
	}
	r := open(t, data)
	if names(r) != "a b" || string(content(t, r.File[0])) != "1" {
		t.Errorf("holds %s", names(r))
	}
}

func TestRewrite_refuses(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "odd", Method: 93, UncompressedSize64: 1, CompressedSize64: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	err = Rewrite(t.Context(), io.Discard, bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err == nil || !strings.Contains(err.Error(), "odd is compressed by a method (93)") {
		t.Errorf("got %v", err)
	}
	damaged := jar(t, "", time.Unix(1e9, 0), []member{{"a", strings.Repeat("a", 99), zip.Store}})
	damaged[40] ^= 1
	if err := Rewrite(t.Context(), io.Discard, bytes.NewReader(damaged), int64(len(damaged))); err == nil || !strings.Contains(err.Error(), "packing a") {
		t.Errorf("a damaged entry: got %v", err)
	}
	if IsZip(strings.NewReader("not a zip"), 9) {
		t.Error("text is taken for an archive")
	}
}
