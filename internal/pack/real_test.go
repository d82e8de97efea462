//go:build linux

package pack

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// debian puts Debian's own programs first: they are the ones that work without
// a network.
func debian(t *testing.T, tool string) {
	t.Helper()
	file := realparts.Tool(t, tool)
	t.Setenv("PATH", filepath.Dir(file)+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// twice builds the same files in two directories with two caches, wants one
// package, and returns what it holds.
func twice(t *testing.T, files map[string]string, spec Spec) (Package, string) {
	t.Helper()
	var one Package
	var held string
	for i := range 2 {
		s := Store{Dir: t.TempDir()}
		spec.Dir = lay(t, files)
		p := mustBuild(t, s, spec)
		if i == 0 {
			one = p
			if p.Type != TypeTgz {
				held = members(t, s.Path(p))
			}
		}
		if p != one {
			t.Errorf("the same sources gave %+v and %+v", one, p)
		}
	}
	return one, held
}

// TestRealGradle builds a module of two with Debian's Gradle. The archive holds
// one that Gradle built too.
func TestRealGradle(t *testing.T) {
	debian(t, "gradle")
	files := map[string]string{
		"settings.gradle":            "include 'web', 'lib'\n",
		"lib/build.gradle":           "apply plugin: 'java'\nsourceCompatibility = '11'\n",
		"lib/src/main/java/Lib.java": "public class Lib { public static int one() { return 1; } }\n",
		"web/build.gradle":           "apply plugin: 'war'\nsourceCompatibility = '11'\ndependencies { compile project(':lib') }\ntask sourcesJar(type: Jar) { classifier = 'sources'; from sourceSets.main.allSource }\nassemble.dependsOn sourcesJar\n",
		"web/src/main/java/Web.java": "public class Web { int two() { return Lib.one() + 1; } }\n",
		"web/src/main/webapp/a.txt":  "a\n",
	}
	spec := Spec{Tool: Gradle, Command: []string{"gradle", "--offline", "--no-daemon", ":web:assemble"}, Artifact: "web/build/libs/*.{jar,war}"}
	if _, err := build(t, Store{Dir: t.TempDir()}, Spec{Dir: lay(t, files), Tool: Gradle, Command: spec.Command, Artifact: "web/build/libs/*sources.jar"}); err != nil {
		t.Errorf("an archive beside the main one, asked for by name: %v", err)
	}
	p, held := twice(t, files, spec)
	if p.Name != "web.war" || p.Type != TypeWar || !strings.Contains(held, "WEB-INF/lib/lib.jar") || !strings.Contains(held, "WEB-INF/classes/Web.class") {
		t.Errorf("got %+v with %s", p, held)
	}
	files["web/src/main/java/Web.java"] = "public class Web { oops }\n"
	spec.Dir = lay(t, files)
	_, err := build(t, Store{Dir: t.TempDir()}, spec)
	var failed *BuildError
	if !errors.As(err, &failed) || !strings.Contains(failed.First, "Web.java:1: error: <identifier> expected") {
		t.Errorf("got %v", err)
	}
}

// TestRealNPM installs from an archive beside the sources, builds and lays out.
func TestRealNPM(t *testing.T) {
	debian(t, "npm")
	left, dev := aPackage(t, "left"), aPackage(t, "dev")
	files := map[string]string{
		"package.json": `{"name": "shop", "version": "1.0.0", "files": ["dist"], "scripts": {"build": "node build.js"},
  "dependencies": {"left": "file:vendor/left.tgz"}, "devDependencies": {"dev": "file:vendor/dev.tgz"}}`,
		"vendor/left.tgz": left, "vendor/dev.tgz": dev,
		"build.js": "const fs = require('fs'); require('dev'); fs.mkdirSync('dist', {recursive: true}); fs.writeFileSync('dist/index.js', 'exports.handler = async () => require(\"left\")\\n')\n",
	}
	at := lay(t, files)
	realparts.Run(t, "sh", "-c", "cd '"+at+"' && npm install --offline --package-lock-only --no-audit --no-fund")
	lock, err := os.ReadFile(filepath.Join(at, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	files["package-lock.json"] = string(lock)
	env := map[string]string{"NPM_CONFIG_OFFLINE": "true"}
	_, held := twice(t, files, Spec{Tool: NPM, Layout: Lambda, Artifact: "dist", Env: env})
	if want := "-rw-r--r-- index.js, -rw-r--r-- node_modules/left/index.js, -rw-r--r-- node_modules/left/package.json, -rw-r--r-- package.json"; held != want {
		t.Errorf("a function holds %s, want %s", held, want)
	}
	if _, held := twice(t, files, Spec{Tool: NPM, Layout: LambdaLayer, Platform: "linux/arm64", Env: env}); held != "-rw-r--r-- nodejs/node_modules/left/index.js, -rw-r--r-- nodejs/node_modules/left/package.json" {
		t.Errorf("a layer holds %s", held)
	}
	p, _ := twice(t, files, Spec{Tool: NPM, Layout: Tarball, Excludes: []string{"dist"}, Env: env})
	if p.Name != "shop-1.0.0.tgz" || p.Type != TypeTgz {
		t.Errorf("npm pack gave %+v", p)
	}
	files["build.js"] = "oops(\n"
	_, err = build(t, Store{Dir: t.TempDir()}, Spec{Dir: lay(t, files), Tool: NPM, Artifact: "dist", Env: env})
	if err == nil || !strings.Contains(err.Error(), "npm run build: exit status 1") || !strings.Contains(err.Error(), "SyntaxError") {
		t.Errorf("got %v", err)
	}
}

// aPackage is what npm pack makes of a package that holds its name.
func aPackage(t *testing.T, name string) string {
	t.Helper()
	dir := lay(t, map[string]string{"package.json": `{"name": "` + name + `", "version": "1.0.0"}`, "index.js": "module.exports = '" + name + "'\n"})
	realparts.Run(t, "sh", "-c", "cd '"+dir+"' && npm pack --offline")
	data, err := os.ReadFile(filepath.Join(dir, name+"-1.0.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestRealPip installs wheels that lie beside the sources.
func TestRealPip(t *testing.T) {
	debian(t, "python3")
	realparts.Wanted(t)
	wheel := func(name, tag string) string {
		info := name + "-1.0.dist-info/"
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range [][2]string{
			{name + ".py", "def main(): print('" + name + "')\n"},
			{info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n"},
			{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: " + tag + "\n"},
			{info + "entry_points.txt", "[console_scripts]\n" + name + " = " + name + ":main\n"},
			{info + "RECORD", ""},
		} {
			out, err := w.Create(f[0])
			if err == nil {
				_, err = out.Write([]byte(f[1]))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	files := map[string]string{
		"app.py": "import left\n", "requirements.txt": "--no-index\n./wheels/left-1.0-py3-none-any.whl\n",
		"wheels/left-1.0-py3-none-any.whl": wheel("left", "py3-none-any"),
	}
	_, held := twice(t, files, Spec{Tool: Python, Excludes: []string{"wheels", "requirements.txt"}})
	if !strings.HasPrefix(held, "-rw-r--r-- app.py, -rw-r--r-- left-1.0.dist-info/") || !strings.HasSuffix(held, ", -rw-r--r-- left.py") || strings.Contains(held, "bin/") || strings.Contains(held, ".pyc") || strings.Contains(held, "direct_url") {
		t.Errorf("a function holds %s", held)
	}
	// Another machine's code, by the newest C library that Lambda has.
	files["requirements.txt"] = "--no-index\n--find-links wheels\nfast\n"
	files["wheels/fast-1.0-cp313-cp313-manylinux_2_34_aarch64.whl"] = wheel("fast", "cp313-cp313-manylinux_2_34_aarch64")
	lambda := Spec{Tool: Python, Layout: LambdaLayer, Platform: "linux/arm64", Runtime: "python3.13"}
	if _, held := twice(t, files, lambda); !strings.Contains(held, "python/fast.py") {
		t.Errorf("a layer holds %s", held)
	}
	lambda.Platform, lambda.Dir = "linux/amd64", lay(t, files)
	_, err := build(t, Store{Dir: t.TempDir()}, lambda)
	var failed *BuildError
	if !errors.As(err, &failed) || !strings.HasPrefix(failed.First, "ERROR: Could not find a version that satisfies the requirement fast") {
		t.Errorf("got %v", err)
	}
}
