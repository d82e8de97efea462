package image

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// golden is the digest of a small image. It may never move: states of users
// hold such digests, and would plan a change that nobody made.
const golden = "sha256:da0b1985cff4dce5824d64cef98d3a12c345a61bc15a3ba7d5264b9677b4131f"

func TestMake_goldenDigest(t *testing.T) {
	content := map[string]string{"run*": "#!/bin/sh\n", "etc/app.conf": strings.Repeat("x = 1\n", 400_000), "etc/current": "->app.conf"}
	config := Config{
		Entrypoint: []string{"/srv/run"}, Env: map[string]string{"B": "2", "A": "1", "C": "3"}, User: "1000", Workdir: "/srv",
		Ports: []string{"8080/tcp", "53/udp"}, Labels: map[string]string{"b": "2", "a": "1"},
	}
	digest := func(t *testing.T, dir string) string {
		image, err := newMaker(t).Make(t.Context(), Recipe{
			Base: Scratch, Platforms: platforms(t, "linux/amd64", "linux/arm64"), Config: config,
			Contents: []Content{files(t, "/srv", dir), files(t, "/etc/one", filepath.Join(dir, "etc", "app.conf"))},
		}, nil)
		must(t, err)
		return image.Digest.String()
	}
	t.Run("as it is", func(t *testing.T) {
		if got := digest(t, lay(t, content)); got != golden {
			t.Errorf("got %s", got)
		}
	})
	t.Run("touched, with another umask, on one processor", func(t *testing.T) {
		defer syscall.Umask(syscall.Umask(0o077))
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		dir := lay(t, content)
		old := time.Unix(1_000_000_000, 0)
		must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			if d.Type()&os.ModeSymlink != 0 {
				return err
			}
			return os.Chtimes(p, old, old)
		}))
		must(t, os.Mkdir(filepath.Join(dir, "empty"), 0o755))
		if got := digest(t, dir); got != golden {
			t.Errorf("got %s", got)
		}
	})
	t.Run("another executable bit is another image", func(t *testing.T) {
		dir := lay(t, content)
		must(t, os.Chmod(filepath.Join(dir, "run"), 0o644))
		if got := digest(t, dir); got == golden {
			t.Error("the digest stayed")
		}
	})
}

func TestMake_layersOfPackages(t *testing.T) {
	s := newServer(t)
	tomcat := s.baseImage(t, "tomcat", types.OCIManifestSchema1, v1.Config{
		Env: []string{"PATH=/usr/bin", "CATALINA_HOME=/usr/local/tomcat"}, Entrypoint: []string{"catalina.sh"}, Cmd: []string{"run"},
	}, "linux/amd64")
	script := filepath.Join(lay(t, map[string]string{"serve": "#!/bin/sh\n"}), "serve")
	must(t, os.Chmod(script, 0o755))
	for _, c := range []struct {
		name, base string
		content    Content
		entrypoint []string
		want       []string
	}{
		{"a program", Scratch, pkg(t, script), []string{"/app/serve"}, []string{"755 app/", "755 app/serve"}},
		{"a JAR", tomcat, pkg(t, zipped(t, "shop.jar", [2]string{"A.class", "x"})),
			[]string{"java", "-jar", "/app/shop.jar"}, []string{"755 app/", "644 app/shop.jar"}},
		{"a WAR is unpacked where the base's server looks", tomcat,
			pkg(t, zipped(t, "shop.war", [2]string{"WEB-INF/web.xml", "x"}, [2]string{"index.jsp", "y"})), []string{"catalina.sh"},
			[]string{"755 usr/local/tomcat/webapps/ROOT/", "755 usr/local/tomcat/webapps/ROOT/WEB-INF/",
				"644 usr/local/tomcat/webapps/ROOT/WEB-INF/web.xml", "644 usr/local/tomcat/webapps/ROOT/index.jsp"}},
		{"a ZIP is unpacked", Scratch,
			pkg(t, zipped(t, "site.zip", [2]string{"bin/run*", "x"}, [2]string{"lib", "->bin"}, [2]string{"a/", ""})), nil,
			[]string{"755 app/", "755 app/bin/", "755 app/bin/run", "777 app/lib -> bin"}},
		{"a directory beside what the base has", tomcat, files(t, "/opt/shop/www", lay(t, map[string]string{"a": "1", "b/c*": "2"})),
			[]string{"catalina.sh"}, []string{"755 opt/shop/", "755 opt/shop/www/", "644 opt/shop/www/a", "755 opt/shop/www/b/", "755 opt/shop/www/b/c"}},
		{"a file by its place", tomcat, files(t, "/etc/motd", filepath.Join(lay(t, map[string]string{"x": "1"}), "x")),
			[]string{"catalina.sh"}, []string{"644 etc/motd"}},
		{"a directory for the root", Scratch, files(t, "/", lay(t, map[string]string{"a/b": "1"})), nil, []string{"755 a/", "644 a/b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMaker(t)
			digest, err := m.Registry.BaseDigest(t.Context(), c.base)
			must(t, err)
			image, err := m.Make(t.Context(), Recipe{Base: c.base, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Contents: []Content{c.content}}, nil)
			must(t, err)
			repo := s.repo(t, "made")
			must(t, m.Push(t.Context(), repo, nil, image))
			pulled, err := remote.Image(repo.Digest(image.Digest.String()))
			must(t, err)
			layers, err := pulled.Layers()
			must(t, err)
			r, err := layers[len(layers)-1].Compressed()
			must(t, err)
			if got := entries(t, r); !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
			file, err := pulled.ConfigFile()
			must(t, err)
			if !slices.Equal(file.Config.Entrypoint, c.entrypoint) {
				t.Errorf("entrypoint: got %q, want %q", file.Config.Entrypoint, c.entrypoint)
			}
		})
	}
}

func TestMake_refuses(t *testing.T) {
	s := newServer(t)
	plain := s.baseImage(t, "plain", types.OCIManifestSchema1, v1.Config{}, "linux/amd64")
	both := s.baseImage(t, "both", types.OCIManifestSchema1, v1.Config{}, "linux/amd64", "linux/arm64")
	war := func(entries ...[2]string) Content { return pkg(t, zipped(t, "a.zip", entries...)) }
	for _, c := range []struct {
		name, base, platform string
		content              Content
		want                 string
	}{
		{"a base for another platform", plain, "linux/arm64", war([2]string{"a", "a"}), "it is made for linux/amd64, not for linux/arm64"},
		{"an index without the platform", both, "linux/s390x", war([2]string{"a", "a"}), "not made for linux/s390x, only for linux/amd64, linux/arm64"},
		{"a base that is not there", s.host + "/none:1", "linux/amd64", war([2]string{"a", "a"}), "there is no such image"},
		{"a WAR without a server", plain, "linux/amd64", pkg(t, zipped(t, "a.war", [2]string{"a", "a"})), "neither CATALINA_HOME nor JETTY_BASE"},
		{"a WAR on nothing", Scratch, "linux/amd64", pkg(t, zipped(t, "a.war", [2]string{"a", "a"})), "needs a base with Tomcat or Jetty"},
		{"a JAR on nothing", Scratch, "linux/amd64", pkg(t, zipped(t, "a.jar", [2]string{"a", "a"})), "needs a base with a Java runtime"},
		{"an entry that climbs", Scratch, "linux/amd64", war([2]string{"../evil", "x"}), `entry "../evil" leaves the archive`},
		{"an absolute entry", Scratch, "linux/amd64", war([2]string{"/evil", "x"}), `entry "/evil" leaves the archive`},
		{"a link that climbs", Scratch, "linux/amd64", war([2]string{"d/l", "->../../x"}), `link "d/l" leads to "../../x"`},
		{"an absolute link", Scratch, "linux/amd64", war([2]string{"l", "->/etc/passwd"}), `link "l" leads to "/etc/passwd"`},
		{"an entry twice", Scratch, "linux/amd64", war([2]string{"a", "1"}, [2]string{"a", "2"}), `holds "a" twice`},
		{"a file that is a directory too", Scratch, "linux/amd64", war([2]string{"a", "1"}, [2]string{"a/b", "2"}), "two things at /app/a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMaker(t)
			digest, err := m.Registry.BaseDigest(t.Context(), c.base)
			if err == nil {
				_, err = m.Make(t.Context(), Recipe{Base: c.base, BaseDigest: digest, Platforms: platforms(t, c.platform), Contents: []Content{c.content}}, nil)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestMake_fileChangesAfterItWasRead(t *testing.T) {
	dir := lay(t, map[string]string{"a": "before"})
	c := files(t, "/srv", dir)
	for change, want := range map[string]string{"after!": "changed while it was read", "longer than before": "changed while it was read", "": "vanished"} {
		if must(t, os.WriteFile(filepath.Join(dir, "a"), []byte(change), 0o644)); change == "" {
			must(t, os.Remove(filepath.Join(dir, "a")))
		}
		_, err := newMaker(t).Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{c}}, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "/srv/a") {
			t.Errorf("%q: got %v, want %s", change, err, want)
		}
	}
}

// TestMake_remembersBlobs simulates a release with another compressor: what
// was pushed stays what it is, and only what changed is compressed anew.
func TestMake_remembersBlobs(t *testing.T) {
	dir := lay(t, map[string]string{"a": "content"})
	recipe := func() Recipe {
		return Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{
			files(t, "/srv", dir), files(t, "/etc/b", filepath.Join(dir, "a")),
		}}
	}
	first, err := newMaker(t).Make(t.Context(), recipe(), nil)
	must(t, err)
	memory := (*Memory)(nil).After(first, "")
	for i := range memory.Blobs {
		memory.Blobs[i].Digest = digestOf([]byte(fmt.Sprint("by another codec", i)))
	}
	pushed, err := newMaker(t).Make(t.Context(), recipe(), memory)
	must(t, err)
	for i, part := range pushed.Manifests[0].Parts {
		if part.Digest != memory.Blobs[i].Digest {
			t.Errorf("%s: got %s: a layer that was pushed before must keep its blob", part.From, part.Digest)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "more"), []byte("x"), 0o644))
	m := newMaker(t)
	changed, err := m.Make(t.Context(), recipe(), memory)
	must(t, err)
	parts := changed.Manifests[0].Parts
	if parts[0].From != "/srv" || parts[0].Digest == memory.Blobs[0].Digest || parts[1].Digest != memory.Blobs[1].Digest {
		t.Errorf("got %s %s and %s %s", parts[0].From, parts[0].Digest, parts[1].From, parts[1].Digest)
	}
	if blob, err := os.Stat(filepath.Join(m.Store.Dir, "blobs", parts[0].Digest.Hex)); err != nil || blob.Size() != parts[0].Size {
		t.Error(err)
	}
}
