package dockerfile

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// FuzzDockerfile reads any Dockerfile and ignore file. What can be built
// without an engine is built the same twice, of files of the context alone,
// at places below the image's root.
func FuzzDockerfile(f *testing.F) {
	for _, text := range []string{
		"ARG V=11\nFROM tomcat:${V} AS base\nENV A=b \\\n  C=\"d e\"\nWORKDIR /srv\nCOPY --chown=1:2 --chmod=0644 . app/\nENTRYPOINT [\"run\", \"$A\"]\nCMD echo $C\n",
		"FROM scratch AS a\nCOPY a.txt /x/\nFROM scratch\nCOPY --from=a /x /y\nCOPY --from=0 /x/* ./\nEXPOSE 80 53/udp\nVOLUME /data\nHEALTHCHECK --interval=5s CMD true\n",
		"# escape=`\nFROM scratch\nADD [\"a.txt\", \"../../../etc/passwd\"]\nCOPY ../../secret /\nLABEL a=b\nUSER 1000\nSTOPSIGNAL SIGTERM\nSHELL [\"sh\"]\n",
		"FROM a\nFROM b AS a\nRUN make\nONBUILD COPY x y\nCOPY <<EOF /f\nx\nEOF\n", "FROM $X\n", "FROM scratch\nCOPY sub/[ab].txt /[\nADD https://x/y /z\n", "",
	} {
		f.Add(text, "*.log\n!sub\n")
	}
	dir := f.TempDir()
	for name, content := range map[string]string{"a.txt": "a", "sub/b.txt": "b", "sub/run": "#!/bin/sh", "deep/er/c": "c"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	config := v1.Config{Env: []string{"PATH=/bin", "HOME=/root"}, WorkingDir: "/base"}
	f.Fuzz(func(t *testing.T, text, ignore string) {
		for name, content := range map[string]string{"Dockerfile": text, ".dockerignore": ignore} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		read, err := Read(t.Context(), Options{Context: dir, Args: map[string]string{"X": "scratch"}, Platforms: []string{"linux/amd64"}})
		if err != nil {
			return
		}
		held := map[string]bool{}
		for _, e := range read.Tree().Entries {
			held[e.Path] = true
		}
		built, err := read.Evaluate(config)
		if err != nil {
			return
		}
		again, err := read.Evaluate(config)
		if err != nil || !reflect.DeepEqual(built.Config, again.Config) || len(built.Contents) != len(again.Contents) {
			t.Fatalf("a second time it is %+v, %v", again, err)
		}
		for i, c := range built.Contents {
			if c.Digest != again.Contents[i].Digest {
				t.Fatalf("%s is something else a second time", c.Target)
			}
			for _, e := range c.Tree.Entries {
				if !held[e.Path] {
					t.Fatalf("%s takes %q, which is not in the context", c.Target, e.Path)
				}
			}
		}
		if _, err := json.Marshal(built.Config); err != nil {
			t.Fatal(err)
		}
		if w := built.Config.Workdir; w != "" && (!path.IsAbs(w) || path.Clean(w) != w) {
			t.Fatalf("it works in %q", w)
		}
		s, err := read.evaluate(read.target, &config)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range s.layers {
			for _, p := range l.files {
				if !path.IsAbs(p.Path) || path.Clean(p.Path) != p.Path || p.Mode&^0o7777 != 0 {
					t.Fatalf("%s puts %q with the mode %o", l.name, p.Path, p.Mode)
				}
			}
		}
	})
}
