package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// tomcat is a base with a server for WARs, of which no registry is asked.
func tomcat(t testing.TB) base {
	t.Helper()
	repo, err := ParseRepository("registry.invalid/tomcat")
	if err != nil {
		t.Fatal(err)
	}
	return base{repo: &repo, config: v1.ConfigFile{Config: v1.Config{WorkingDir: "/srv", Env: []string{"CATALINA_HOME=/usr/local/tomcat", "PATH=/opt/bin:/usr/bin"}}}}
}

// FuzzPackage lays any JAR, WAR, ZIP or program into an image: every entry is
// below the root and of a plain kind, no link leads out of the package, no two
// layers hold a file of one name, and a second time gives the same bytes.
func FuzzPackage(f *testing.F) {
	for _, seed := range []struct {
		name string
		list [][2]string
	}{
		{"shop.jar", [][2]string{
			{"META-INF/MANIFEST.MF", bootManifest}, {bootLauncher, "loader"}, {"BOOT-INF/classes/com/example/Shop.class", "shop"},
			{"BOOT-INF/lib/util-1.0.jar", "util"}, {"BOOT-INF/layers.idx", bootIndex},
		}},
		{"tool.jar", [][2]string{{"META-INF/MANIFEST.MF", "Main-Class: com.example.tool.Main\n"}, {"com/example/tool/Main.class", "main"}, {"org/library/Util.class", "util"}}},
		{"shop.war", [][2]string{{"WEB-INF/web.xml", "x"}, {"WEB-INF/lib/util.jar", "util"}, {"index.jsp", "y"}}},
		{"app.zip", [][2]string{{"bin/run*", "#!/bin/sh"}, {"current", "->bin/run"}, {"up", "->../../etc/passwd"}}},
		{"bad.zip", [][2]string{{"../../etc/cron.d/x", "y"}, {"/abs", "z"}}},
	} {
		data, err := os.ReadFile(zipped(f, seed.name, seed.list...))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed.name, data, uint8(len(seed.name)))
	}
	f.Add("run", []byte("#!/bin/sh\n"), uint8(0))
	f.Add("elf", []byte("\x7fELF\x02\x01\x01"), uint8(0))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string, data []byte, layout uint8) {
		file := filepath.Join(dir, "package"+map[bool]string{true: path.Ext(name)}[len(path.Ext(name)) == 4 && !strings.ContainsAny(name, "/\x00")])
		must(t, os.WriteFile(file, data, 0o600))
		c, err := ReadPackage(t.Context(), file, 0)
		if err != nil {
			return
		}
		r := Recipe{Base: "registry.invalid/tomcat", Contents: []Content{c}, Java: Java{Layout: []Layout{LayoutAuto, LayoutLayered, LayoutWhole}[layout%3]}, Platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}}}
		first, err := laidOut(t, r)
		if err != nil {
			return
		}
		second, err := laidOut(t, r)
		if err != nil || !slices.EqualFunc(first, second, bytes.Equal) {
			t.Fatalf("a second time it is something else: %v", err)
		}
		seen := map[string]bool{}
		for _, layer := range first {
			for _, h := range headers(t, layer) {
				plainEntry(t, h, c)
				if h.Typeflag != tar.TypeDir && seen[h.Name] {
					t.Fatalf("%q is there twice", h.Name)
				}
				seen[h.Name] = true
			}
		}
	})
}

// laidOut are a recipe's layers as TAR files.
func laidOut(t *testing.T, r Recipe) (all [][]byte, err error) {
	t.Helper()
	b := tomcat(t)
	open, err := r.lay(b)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, finish(open)) }()
	layers, err := r.layers(b, open)
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		var out bytes.Buffer
		if err := writeTar(t.Context(), &out, l.nodes); err != nil {
			return nil, err
		}
		all = append(all, out.Bytes())
	}
	return all, nil
}

func headers(t *testing.T, layer []byte) (list []*tar.Header) {
	t.Helper()
	for in := tar.NewReader(bytes.NewReader(layer)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		must(t, err)
		if _, err := io.Copy(io.Discard, in); err != nil {
			t.Fatal(err)
		}
		list = append(list, h)
	}
}

func plainEntry(t *testing.T, h *tar.Header, c Content) {
	t.Helper()
	name := strings.TrimSuffix(h.Name, "/")
	if !fs.ValidPath(name) || name == "." {
		t.Fatalf("the entry %q", h.Name)
	}
	if h.Uid != 0 || h.Gid != 0 || h.Mode&^0o777 != 0 || !h.ModTime.Equal(time.Unix(0, 0)) || len(h.Xattrs) > 0 { //nolint:staticcheck // where a reader puts them
		t.Fatalf("%q is %+v", h.Name, h)
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeSymlink:
		if end := path.Join("/", path.Dir(name), h.Linkname); path.IsAbs(h.Linkname) || !strings.HasPrefix(end+"/", c.Target+"/") && c.Target != "" {
			t.Fatalf("the link %q leads to %q", h.Name, h.Linkname)
		}
	default:
		t.Fatalf("%q is of the type %q", h.Name, h.Typeflag)
	}
}

// FuzzReferences reads any text as the names that images, tags, platforms and
// ports have. What is taken is taken again in its own spelling, and no refusal
// tells a password.
func FuzzReferences(f *testing.F) {
	for _, text := range []string{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app", "localhost:5000/app", "[::1]:5000/app", "app", "tomcat:11@sha256:" + strings.Repeat("a", 64),
		"https://user:hunter2@reg.example.com/app", "public.ecr.aws/docker/library/tomcat", "linux/arm64/v8", "linux/arm/v7", "53/udp", "8080", "SIGRTMIN+3", "/opt/{a,b}/**", "v1.2_3-x",
	} {
		f.Add(text, "hunter2")
	}
	f.Add("a", "p@ss/w:rd@more")
	f.Fuzz(func(t *testing.T, text, password string) {
		if repo, err := ParseRepository(text); err == nil {
			again, err := ParseRepository(repo.Name())
			if err != nil || again.Name() != repo.Name() || strings.ContainsAny(text, "@ \n") || strings.Contains(text, "://") {
				t.Errorf("the repository %q is %s, and then %v, %v", text, repo, again, err)
			}
		}
		if ref, err := ParseBase(text); err == nil {
			again, err := ParseBase(ref.Name())
			if err != nil || again.Name() != ref.Name() {
				t.Errorf("the base %q is %s, and then %v, %v", text, ref.Name(), again, err)
			}
			if _, digest, pinned := strings.Cut(text, "@"); pinned && ref.Identifier() != digest {
				t.Errorf("%q is pinned to %s", text, ref.Identifier())
			}
		}
		if repo, err := ParseSource(text); err == nil {
			if again, err := ParseSource(repo.Name()); err != nil || again.Name() != repo.Name() {
				t.Errorf("the source %q is %s, and then %v, %v", text, repo, again, err)
			}
		}
		if ParseTag(text) == nil {
			if ref, err := ParseBase("registry.example.com/app:" + text); err != nil || ref.Identifier() != text {
				t.Errorf("the tag %q in a name: %v", text, err)
			}
		}
		if p, err := ParsePlatform(text); err == nil {
			if again, err := ParsePlatform(p.String()); err != nil || again.String() != p.String() || !serves(&again, p) {
				t.Errorf("the platform %q is %s, and then %s, %v", text, p, again, err)
			}
		}
		if port, err := ParsePort(text); err == nil {
			if again, err := ParsePort(port); err != nil || again != port {
				t.Errorf("the port %q is %s, and then %s, %v", text, port, again, err)
			}
		}
		if CheckPath(text) == nil {
			n := Named{Name: "x", Paths: []string{text}}
			if first := n.holds("/a/b"); n.holds("/a/b") != first {
				t.Errorf("asked twice, %q answers otherwise", text)
			}
		}
		if len(password) < 6 || strings.ContainsAny(password, "%\"\\") || !printable(password) || strings.Contains("https://user:@registry.example.com/team/app", password) {
			return
		}
		for _, refuse := range []func(string) error{
			func(s string) error { _, err := ParseRepository(s); return err },
			func(s string) error { _, err := ParseBase(s); return err },
			func(s string) error { _, err := ParseSource(s); return err },
		} {
			if err := refuse("https://user:" + password + "@registry.example.com/team/app"); err == nil || strings.Contains(err.Error(), password) {
				t.Errorf("a password is told: %v", err)
			}
		}
	})
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// FuzzBase reads any manifest and configuration of a base, as a registry may
// answer them. An image upon it names every part by the digest that it has.
func FuzzBase(f *testing.F) {
	f.Add([]byte(`{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"digest":"MANIFEST","platform":{"os":"linux","architecture":"amd64"}}]}`),
		[]byte(`{"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"CONFIG"},"layers":[{"digest":"`+digestOf(nil).String()+`","size":3}]}`),
		[]byte(`{"os":"linux","architecture":"amd64","config":{"Env":["A=b","PATH=/x"],"WorkingDir":"/srv"},"rootfs":{"type":"layers","diff_ids":["`+digestOf(nil).String()+`"]}}`))
	f.Add([]byte(`{"config":{"digest":"CONFIG"},"layers":null}`), []byte(`{}`), []byte(`{"os":"linux","architecture":"amd64"}`))
	f.Add([]byte(`{"manifests":[{"platform":null},{"digest":"sha256:00","platform":{"os":"unknown"}}]}`), []byte(`null`), []byte(`[]`))
	dir := f.TempDir()
	file := filepath.Join(dir, "hello")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		f.Fatal(err)
	}
	// Whatever is not in the store is not asked for: the context is over.
	over, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(t *testing.T, top, manifest, config []byte) {
		m := Maker{Store: Store{Dir: filepath.Join(dir, "store")}, Registry: NewRegistry(authn.NewMultiKeychain(), "test", clock.NewVirtual(time.Unix(0, 0)))}
		defer func() { _ = os.RemoveAll(m.Store.Dir) }()
		manifest = bytes.ReplaceAll(manifest, []byte("CONFIG"), []byte(digestOf(config).String()))
		top = bytes.ReplaceAll(bytes.ReplaceAll(top, []byte("CONFIG"), []byte(digestOf(config).String())), []byte("MANIFEST"), []byte(digestOf(manifest).String()))
		for _, data := range [][]byte{top, manifest, config} {
			must(t, m.Store.keep(data))
		}
		want := v1.Platform{OS: "linux", Architecture: "amd64"}
		found, err := m.Registry.bases(over, m.Store, "registry.invalid/base", digestOf(top).String(), []v1.Platform{want})
		if err != nil {
			return
		}
		b := found[0]
		if !serves(b.config.Platform(), want) || len(b.manifest.Layers) != len(b.config.RootFS.DiffIDs) {
			t.Fatalf("taken for a base: %+v", b)
		}
		c, err := ReadFiles(t.Context(), "/srv/hello", file, 0)
		must(t, err)
		r := Recipe{Base: "registry.invalid/base", BaseDigest: digestOf(top).String(), Contents: []Content{c}, Platforms: []v1.Platform{want}}
		made, err := m.Make(t.Context(), r, nil)
		if err != nil {
			return
		}
		again, err := m.Make(t.Context(), r, nil)
		if err != nil || again.Digest != made.Digest {
			t.Fatalf("a second time it is %v, %v", again, err)
		}
		if digestOf(made.Raw) != made.Digest || made.MediaType != types.OCIManifestSchema1 && made.MediaType != types.DockerManifestSchema2 {
			t.Fatalf("the image is a %s of another digest", made.MediaType)
		}
		one := made.Manifests[0]
		if digestOf(one.Raw) != one.Digest || int64(len(one.Raw)) != one.Size || !bytes.Contains(one.Raw, []byte(digestOf(one.Config).String())) || len(one.Parts) != len(b.manifest.Layers)+1 {
			t.Fatalf("its manifest is %s", one.Raw)
		}
	})
}

// FuzzCache damages any file of the cache in any way: the image is the same,
// or nothing is made. A blob that is damaged is not read as what it was.
func FuzzCache(f *testing.F) {
	f.Add(uint8(0), 0, byte(1), []byte(nil))
	f.Add(uint8(1), 70, byte(0x20), []byte(nil))
	f.Add(uint8(2), 0, byte(0), []byte(`{}`))
	f.Add(uint8(3), -1, byte(0), []byte(nil))
	f.Add(uint8(4), 0, byte(0), []byte("null"))
	dir := f.TempDir()
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("f", i)), []byte(strings.Repeat(fmt.Sprint("text ", i), 50)), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	m := Maker{Store: Store{Dir: filepath.Join(f.TempDir(), "store")}}
	make := func(ctx context.Context) (*Image, error) {
		r := Recipe{Base: Scratch, Platforms: []v1.Platform{{OS: "linux", Architecture: "arm64"}}}
		for i := range 3 {
			c, err := ReadFiles(ctx, fmt.Sprint("/app/", i), filepath.Join(dir, fmt.Sprint("f", i)), 0)
			if err != nil {
				return nil, err
			}
			r.Contents = append(r.Contents, c)
		}
		return m.Make(ctx, r, nil)
	}
	clean, err := make(f.Context())
	if err == nil {
		err = m.Keep(clean)
	}
	if err != nil {
		f.Fatal(err)
	}
	kept := map[string][]byte{}
	var names []string
	if err := filepath.WalkDir(m.Store.Dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			kept[name], err = os.ReadFile(name)
			names = append(names, name)
		}
		return err
	}); err != nil {
		f.Fatal(err)
	}
	slices.Sort(names)
	f.Fuzz(func(t *testing.T, which uint8, at int, flip byte, instead []byte) {
		must(t, os.RemoveAll(m.Store.Dir))
		for name, data := range kept {
			must(t, os.MkdirAll(filepath.Dir(name), 0o755))
			must(t, os.WriteFile(name, data, 0o600))
		}
		name := names[int(which)%len(names)]
		data := bytes.Clone(kept[name])
		switch {
		case instead != nil:
			data = instead
		case at < 0:
			data = data[:max(0, len(data)+at)]
		case len(data) > 0:
			data[at%len(data)] ^= flip
		}
		must(t, os.WriteFile(name, data, 0o600))
		made, err := make(t.Context())
		if err != nil {
			t.Fatalf("a damaged %s stops everything: %v", name, err)
		}
		again, err := m.Kept(clean.Digest.String())
		if err != nil {
			again = made
		}
		for _, one := range []*Image{made, again} {
			if one.Digest != clean.Digest || !bytes.Equal(one.Raw, clean.Raw) || !bytes.Equal(one.Manifests[0].Config, clean.Manifests[0].Config) {
				t.Fatalf("with a damaged %s the image is %s, and was %s", name, one.Digest, clean.Digest)
			}
		}
	})
}
