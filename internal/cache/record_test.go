package cache

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

type record struct {
	Name  string
	Sizes []int64          `json:",omitempty"`
	More  map[string]*bool `json:",omitempty"`
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file, want := filepath.Join(dir, "a", "one.json"), record{Name: "a", Sizes: []int64{1, 2}}
	if err := Save(file, want); err != nil {
		t.Fatal(err)
	}
	var got record
	if !Load(file, &got) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, plain, _ := bytes.Cut(data, []byte("\n"))
	for name, content := range map[string][]byte{
		"a/one.json": plain, "a/two.json": data, "b/one.json": data, "a/cut.json": data[:len(data)-1], "a/none.json": nil,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := (record{}); Load(file, &got) || !reflect.DeepEqual(got, record{}) {
			t.Errorf("%s is taken for a record: %+v", name, got)
		}
	}
}

// FuzzLoad damages a record in any way: what is loaded is what was kept, or
// nothing.
func FuzzLoad(f *testing.F) {
	f.Add("shop", int64(7), 3, byte(1), []byte(nil))
	f.Add("", int64(-1), 70, byte(0), []byte(`{}`))
	f.Add("é\n", int64(0), -1, byte(0xff), []byte("null"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string, size int64, at int, flip byte, instead []byte) {
		file, kept := filepath.Join(dir, "records", "one.json"), record{Name: name, Sizes: []int64{size}}
		if err := Save(file, kept); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case instead != nil:
			data = instead
		case at < 0:
			data = data[:max(0, len(data)+at)]
		default:
			data[at%len(data)] ^= flip
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var got record
		if !Load(file, &got) {
			if !reflect.DeepEqual(got, record{}) {
				t.Fatalf("a damaged record left %+v", got)
			}
			return
		}
		if again, err := json.Marshal(got); err != nil || !bytes.Equal(again, text) {
			t.Fatalf("got %s, kept %s", again, text)
		}
	})
}
