package image

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	bootManifest = "Manifest-Version: 1.0\r\nMain-Class: org.springframework.boot.loader.launch.JarLau\r\n ncher\r\n" +
		"Spring-Boot-Layers-Index: BOOT-INF/layers.idx\r\n\r\nName: x\r\nMain-Class: of.an.Entry\r\n"
	bootIndex = "- \"dependencies\":\n  - \"BOOT-INF/lib/util-1.0.jar\"\n- \"spring-boot-loader\":\n  - \"org/\"\n" +
		"- \"company-dependencies\":\n  - \"BOOT-INF/lib/\"\n- \"application\":\n  - \"BOOT-INF/classes/\"\n  - \"BOOT-INF/layers.idx\"\n"
	bootLauncher = "org/springframework/boot/loader/launch/JarLauncher.class"
)

// bootJAR is what Spring Boot's build plugins make; more replaces entries.
func bootJAR(t *testing.T, more ...[2]string) Content {
	t.Helper()
	return pkg(t, zipped(t, "shop.jar", replaced([][2]string{
		{"META-INF/MANIFEST.MF", bootManifest}, {bootLauncher, "loader"}, {"BOOT-INF/classes/com/example/Shop.class", "shop"},
		{"BOOT-INF/classes/application.yml", "a: 1"}, {"BOOT-INF/lib/util-1.0.jar", "util"}, {"BOOT-INF/lib/company-2-SNAPSHOT.jar", "ours"},
		{"BOOT-INF/layers.idx", bootIndex},
	}, more)...))
}

// replaced takes entries over others of their names; empty ones go away.
func replaced(entries, more [][2]string) [][2]string {
	for _, m := range more {
		entries = slices.DeleteFunc(slices.Clone(entries), func(e [2]string) bool { return e[0] == m[0] })
		if m[1] != "" {
			entries = append(entries, m)
		}
	}
	return entries
}

// plainJAR is a program into which a library was merged.
func plainJAR(t *testing.T, more ...[2]string) Content {
	t.Helper()
	return pkg(t, zipped(t, "tool.jar", replaced([][2]string{
		{"META-INF/MANIFEST.MF", "Main-Class: com.example.tool.Main\n"}, {"com/example/tool/Main.class", "main"},
		{"com/example/tool/sub/Part.class", "part"}, {"org/library/Util.class", "util"}, {"logback.xml", "<x/>"},
	}, more)...))
}

func webWAR(t *testing.T, more ...[2]string) Content {
	t.Helper()
	return pkg(t, zipped(t, "shop.war", replaced([][2]string{
		{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"}, {"WEB-INF/web.xml", "x"}, {"WEB-INF/classes/com/example/Shop.class", "shop"},
		{"WEB-INF/lib/util.jar", "util"}, {"WEB-INF/lib/ours-1-SNAPSHOT.jar", "ours"}, {"index.jsp", "y"},
	}, more)...))
}

// layersOf are the own layers: each one's name and its files.
func layersOf(t *testing.T, s *server, m Maker, r Recipe) (list []string, image *Image) {
	t.Helper()
	image, err := m.Make(t.Context(), r, nil)
	must(t, err)
	repo := s.repo(t, "made")
	must(t, m.Push(t.Context(), repo, nil, image))
	pulled, err := remote.Image(repo.Digest(image.Digest.String()))
	must(t, err)
	layers, err := pulled.Layers()
	must(t, err)
	for i, part := range image.Manifests[0].Parts {
		if !part.Own() {
			continue
		}
		content, err := layers[i].Compressed()
		must(t, err)
		line := part.From + ":"
		for _, e := range entries(t, content) {
			if !strings.HasSuffix(e, "/") {
				line += " " + strings.TrimPrefix(e, "644 ")
			}
		}
		list = append(list, line)
	}
	return list, image
}

func TestMake_layersOfJava(t *testing.T) {
	s := newServer(t)
	java := s.baseImage(t, "java", types.OCIManifestSchema1, v1.Config{Env: []string{"PATH=/usr/bin"}, Entrypoint: []string{"jshell"}}, "linux/amd64")
	tomcat := s.baseImage(t, "tomcat", types.OCIManifestSchema1, v1.Config{Env: []string{"CATALINA_HOME=/tomcat"}, Entrypoint: []string{"catalina.sh"}}, "linux/amd64")
	const launcher = "org.springframework.boot.loader.launch.JarLauncher"
	for _, c := range []struct {
		name, base string
		content    Content
		java       Java
		config     Config
		runs       string
		want       []string
	}{
		{"Spring Boot by its index", java, bootJAR(t), Java{}, Config{}, "java -cp /app " + launcher, []string{
			"dependencies: app/BOOT-INF/lib/util-1.0.jar", "spring-boot-loader: app/" + bootLauncher,
			"company-dependencies: app/BOOT-INF/lib/company-2-SNAPSHOT.jar",
			"application: app/BOOT-INF/classes/application.yml app/BOOT-INF/classes/com/example/Shop.class app/BOOT-INF/layers.idx app/META-INF/MANIFEST.MF"}},
		{"Spring Boot without an index", java, bootJAR(t, [2]string{"BOOT-INF/layers.idx", ""}), Java{JVMFlags: []string{"-Xmx1g"}}, Config{},
			"java -Xmx1g -cp /app " + launcher, []string{
				"dependencies: app/BOOT-INF/lib/util-1.0.jar", "spring-boot-loader: app/" + bootLauncher,
				"snapshot-dependencies: app/BOOT-INF/lib/company-2-SNAPSHOT.jar",
				"resources: app/BOOT-INF/classes/application.yml app/META-INF/MANIFEST.MF", "classes: app/BOOT-INF/classes/com/example/Shop.class"}},
		{"Spring Boot whole", java, bootJAR(t), Java{Layout: LayoutWhole}, Config{}, "java -jar /app/shop.jar", []string{"/app/shop.jar: app/shop.jar"}},
		{"an entrypoint of its own gets the file", java, bootJAR(t), Java{}, Config{Entrypoint: []string{"run"}}, "run", []string{"/app/shop.jar: app/shop.jar"}},
		{"a program with a merged library", java, plainJAR(t), Java{}, Config{}, "java -cp /app/classes com.example.tool.Main", []string{
			"dependencies: app/classes/org/library/Util.class", "resources: app/classes/META-INF/MANIFEST.MF app/classes/logback.xml",
			"classes: app/classes/com/example/tool/Main.class app/classes/com/example/tool/sub/Part.class"}},
		{"another main class", java, plainJAR(t), Java{MainClass: "org.library.Util"}, Config{}, "java -cp /app/classes org.library.Util", []string{
			"dependencies: app/classes/com/example/tool/Main.class app/classes/com/example/tool/sub/Part.class",
			"resources: app/classes/META-INF/MANIFEST.MF app/classes/logback.xml", "classes: app/classes/org/library/Util.class"}},
		{"a JAR that is no program", java, plainJAR(t, [2]string{"META-INF/MANIFEST.MF", ""}), Java{}, Config{}, "java -jar /app/tool.jar", []string{"/app/tool.jar: app/tool.jar"}},
		{"a signed JAR", java, plainJAR(t, [2]string{"META-INF/KEY.SF", "x"}), Java{}, Config{}, "java -jar /app/tool.jar", []string{"/app/tool.jar: app/tool.jar"}},
		{"a WAR on Tomcat", tomcat, webWAR(t), Java{}, Config{}, "catalina.sh", []string{
			"dependencies: tomcat/webapps/ROOT/WEB-INF/lib/util.jar", "snapshot-dependencies: tomcat/webapps/ROOT/WEB-INF/lib/ours-1-SNAPSHOT.jar",
			"resources: tomcat/webapps/ROOT/META-INF/MANIFEST.MF tomcat/webapps/ROOT/WEB-INF/web.xml tomcat/webapps/ROOT/index.jsp",
			"classes: tomcat/webapps/ROOT/WEB-INF/classes/com/example/Shop.class"}},
		{"a WAR whole, at its own context", tomcat, webWAR(t), Java{Layout: LayoutWhole, Context: "shop"}, Config{}, "catalina.sh",
			[]string{"/tomcat/webapps/shop.war: tomcat/webapps/shop.war"}},
		{"a WAR where the user says", java, webWAR(t, [2]string{"WEB-INF/lib/ours-1-SNAPSHOT.jar", ""}), Java{Webapps: "/srv/web"}, Config{}, "jshell", []string{
			"dependencies: srv/web/ROOT/WEB-INF/lib/util.jar",
			"resources: srv/web/ROOT/META-INF/MANIFEST.MF srv/web/ROOT/WEB-INF/web.xml srv/web/ROOT/index.jsp",
			"classes: srv/web/ROOT/WEB-INF/classes/com/example/Shop.class"}},
		{"a WAR that brings its server", java, webWAR(t, [2]string{"META-INF/MANIFEST.MF", "Main-Class: org.springframework.boot.loader.launch.WarLauncher\n"}),
			Java{JVMFlags: []string{"-ea"}}, Config{}, "java -ea -cp /app org.springframework.boot.loader.launch.WarLauncher", []string{
				"dependencies: app/WEB-INF/lib/util.jar", "snapshot-dependencies: app/WEB-INF/lib/ours-1-SNAPSHOT.jar",
				"resources: app/META-INF/MANIFEST.MF app/WEB-INF/web.xml app/index.jsp", "classes: app/WEB-INF/classes/com/example/Shop.class"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMaker(t)
			digest, err := m.Registry.BaseDigest(t.Context(), c.base)
			must(t, err)
			got, image := layersOf(t, s, m, Recipe{Base: c.base, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Contents: []Content{c.content}, Java: c.java, Config: c.config})
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
			if runs := `"Entrypoint":["` + strings.ReplaceAll(c.runs, " ", `","`) + `"]`; !strings.Contains(string(image.Manifests[0].Config), runs) {
				t.Errorf("no %s in %s", runs, image.Manifests[0].Config)
			}
		})
	}
}

// TestMake_oneClassChanges checks that one class moves one layer, whichever
// archive it is in.
func TestMake_oneClassChanges(t *testing.T) {
	s := newServer(t)
	tomcat := s.baseImage(t, "tomcat", types.OCIManifestSchema1, v1.Config{Env: []string{"CATALINA_HOME=/tomcat"}}, "linux/amd64")
	for name, c := range map[string]struct {
		before, after Content
		moves         string
	}{
		"an index":    {bootJAR(t), bootJAR(t, [2]string{"BOOT-INF/classes/com/example/Shop.class", "new"}), "application"},
		"a program":   {plainJAR(t), plainJAR(t, [2]string{"com/example/tool/Main.class", "new"}), "classes"},
		"a WAR":       {webWAR(t), webWAR(t, [2]string{"WEB-INF/classes/com/example/Shop.class", "new"}), "classes"},
		"a WAR's JSP": {webWAR(t), webWAR(t, [2]string{"index.jsp", "new"}), "resources"},
	} {
		m := newMaker(t)
		digest, err := m.Registry.BaseDigest(t.Context(), tomcat)
		must(t, err)
		recipe := Recipe{Base: tomcat, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Contents: []Content{c.before}}
		before, err := m.Make(t.Context(), recipe, nil)
		must(t, err)
		recipe.Contents = []Content{c.after}
		after, err := m.Make(t.Context(), recipe, (*Memory)(nil).After(before, ""))
		must(t, err)
		var moved []string
		for i, part := range after.Manifests[0].Parts {
			if part.Digest != before.Manifests[0].Parts[i].Digest {
				moved = append(moved, part.From)
			}
		}
		if len(moved) != 1 || moved[0] != c.moves {
			t.Errorf("%s: moved %q, want %s", name, moved, c.moves)
		}
	}
}

func TestMake_refusesJava(t *testing.T) {
	s := newServer(t)
	tomcat := s.baseImage(t, "tomcat", types.OCIManifestSchema1, v1.Config{Env: []string{"CATALINA_HOME=/tomcat"}}, "linux/amd64")
	layered := Java{Layout: LayoutLayered}
	manifest := func(more string) [2]string {
		return [2]string{"META-INF/MANIFEST.MF", "Main-Class: com.example.tool.Main\n" + more + "\n"}
	}
	for want, c := range map[string]struct {
		content Content
		java    Java
	}{
		"its manifest names no Main-Class, and `java.main_class` is not set": {plainJAR(t, [2]string{"META-INF/MANIFEST.MF", ""}), layered},
		"its manifest has Class-Path, which":                                 {plainJAR(t, manifest("Class-Path: lib/a.jar")), layered},
		"classes for several releases of Java":                               {plainJAR(t, manifest("Multi-Release: true")), layered},
		"it is signed; leave `java.layout` out":                              {plainJAR(t, [2]string{"META-INF/KEY.SF", "x"}), layered},
		"its BOOT-INF/layers.idx: line 2 is no part of a layers index":       {bootJAR(t, [2]string{"BOOT-INF/layers.idx", "- \"a\":\nb\n"}), Java{}},
		"line 1 is no part of a layers index":                                {bootJAR(t, [2]string{"BOOT-INF/layers.idx", "- \"a/b\":\n"}), Java{}},
		"`java.jvm_flags` are for a JAR":                                     {webWAR(t), Java{JVMFlags: []string{"-ea"}}},
	} {
		m := newMaker(t)
		digest, err := m.Registry.BaseDigest(t.Context(), tomcat)
		must(t, err)
		_, err = m.Make(t.Context(), Recipe{Base: tomcat, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Contents: []Content{c.content}, Java: c.java}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestMake_olderRules checks that a package is laid as it was at first when
// its image was made so: the digests are those of the first version.
func TestMake_olderRules(t *testing.T) {
	s := newServer(t)
	tomcat := s.baseImage(t, "tomcat", types.OCIManifestSchema1, v1.Config{Env: []string{"CATALINA_HOME=/usr/local/tomcat", "PATH=/usr/bin"}}, "linux/amd64")
	for file, want := range map[string]string{
		"shop.war": "sha256:e87f8f3c95e246fb09830b6bca8fc6d307a2dff6fcabf9dfa98b965ed45bef5f",
		"shop.jar": "sha256:5ac7910f6fbea3e95144d0dc29ff4740108d6dc54f57f2206bf16aef21fb15c8",
	} {
		m := newMaker(t)
		digest, err := m.Registry.BaseDigest(t.Context(), tomcat)
		must(t, err)
		image, err := m.Make(t.Context(), Recipe{
			Base: tomcat, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Rules: RulesWhole,
			Contents: []Content{pkg(t, "../provider/testdata/app_image_state/"+file)},
		}, nil)
		must(t, err)
		own := slices.DeleteFunc(image.Manifests[0].Parts, func(p Part) bool { return !p.Own() })
		if len(own) != 1 || own[0].DiffID.String() != want {
			t.Errorf("%s: got %+v, want %s", file, own, want)
		}
	}
}
