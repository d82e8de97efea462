package pack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakes puts programs in front of the PATH: a script that stands for a tool
// which the machine may not have. The real ones run in make testreal.
func fakes(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nset -e\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// aZip is the smallest ZIP file: one that holds nothing.
const aZip = `printf 'PK\005\006\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000'`

func TestBuild_gradle(t *testing.T) {
	fakes(t, map[string]string{"gradle": "echo not the wrapper; exit 1"})
	gradlew := "#!/bin/sh\ngrep -q preserveFileTimestamps \"$2\" || exit 3\nmkdir -p app/build/libs .gradle; echo \"$@\" > .gradle/args\n" +
		"for f in app-1 app-1-plain app-1-sources; do " + aZip + " > app/build/libs/$f.jar; done\n"
	dir := lay(t, map[string]string{"gradlew*": gradlew, "settings.gradle": "include 'app'", "app/build.gradle.kts": "", "app/src/main/java/A.java": "class A {}"})
	spec := Spec{Dir: dir, Tool: Gradle, Module: "app"}
	p := mustBuild(t, Store{Dir: t.TempDir()}, spec)
	if p.Name != "app-1.jar" || p.Type != TypeJar {
		t.Errorf("got %+v", p)
	}
	if args, err := os.ReadFile(filepath.Join(dir, ".gradle", "args")); err != nil || !strings.HasSuffix(strings.TrimSpace(string(args)), "--no-daemon --console=plain :app:assemble") {
		t.Errorf("ran with %s, %v", args, err)
	}
	tree, err := spec.Walk(t.Context())
	if err != nil || len(tree.Entries) != 4 {
		t.Errorf("sources are %+v, %v", tree.Entries, err)
	}
}

func TestBuild_npm(t *testing.T) {
	// ci installs a package, and one for development unless told otherwise.
	fakes(t, map[string]string{"npm": `case "$*" in
*--omit=dev*) rm -rf node_modules/dev;;
ci*) mkdir -p node_modules/left/lib node_modules/dev node_modules/.bin; echo left > node_modules/left/lib/i.js; echo d > node_modules/dev/d.js
  ln -sf ../left/lib/i.js node_modules/.bin/left; echo noted > node_modules/.package-lock.json;;
"run build"*) mkdir -p dist/a; echo built > dist/index.js; echo a > dist/a/a.js; test -e node_modules/dev/d.js;;
pack*) tar -cf - -C . src package.json | gzip > "$3/shop-1.0.0.tgz";;
*) exit 9;;
esac
`})
	built := map[string]string{"package.json": `{"type": "module", "scripts": {"build": "tsc"}}`, "package-lock.json": "{}", "src/index.ts": "x", ".gitignore": "dist\n"}
	plain := map[string]string{"package.json": `{}`, "package-lock.json": "{}", "src/index.js": "x"}
	const mode = "-rw-r--r-- "
	for _, c := range []struct {
		name  string
		files map[string]string
		spec  Spec
		file  string
		want  string
	}{
		{"a function's code and what it needs", built, Spec{Layout: Lambda, Artifact: "dist"}, "package.zip",
			mode + "a/a.js, " + mode + "index.js, " + mode + "node_modules/left/lib/i.js, " + mode + "package.json"},
		{"one bundled file", built, Spec{Layout: Lambda, Artifact: "dist/index.js"}, "package.zip", mode + "index.js, " + mode + "node_modules/left/lib/i.js, " + mode + "package.json"},
		{"code that nothing builds", plain, Spec{Layout: Lambda, Artifact: "src"}, "package.zip", mode + "index.js, " + mode + "node_modules/left/lib/i.js, " + mode + "package.json"},
		{"everything", plain, Spec{Layout: Lambda}, "package.zip",
			mode + "node_modules/left/lib/i.js, " + mode + "package-lock.json, " + mode + "package.json, " + mode + "src/index.js"},
		{"a layer", plain, Spec{Layout: LambdaLayer}, "package.zip", mode + "nodejs/node_modules/left/lib/i.js"},
		{"what was built alone", built, Spec{Artifact: "dist"}, "dist.zip", mode + "a/a.js, " + mode + "index.js"},
		{"npm pack", plain, Spec{Layout: Tarball}, "shop-1.0.0.tgz", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sums []string
			for range 2 {
				c.spec.Tool, c.spec.Dir = NPM, lay(t, c.files)
				if c.spec.Layout == Lambda || c.spec.Layout == LambdaLayer { // as if installed before
					if err := os.MkdirAll(filepath.Join(c.spec.Dir, "node_modules", "left", "lib"), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(c.spec.Dir, "node_modules", "left", "lib", "i.js"), []byte("left\n"), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				s := Store{Dir: t.TempDir()}
				p := mustBuild(t, s, c.spec)
				sums = append(sums, p.SHA256)
				if p.Name != c.file || c.want != "" && members(t, s.Path(p)) != c.want {
					t.Errorf("%s holds %s, want %s", p.Name, members(t, s.Path(p)), c.want)
				}
				if left, _ := os.ReadDir(filepath.Join(s.Dir, "work")); len(left) > 0 {
					t.Errorf("left behind %v", left)
				}
			}
			if sums[0] != sums[1] {
				t.Error("the same sources gave other bytes")
			}
		})
	}
	_, err := build(t, Store{Dir: t.TempDir()}, Spec{Dir: lay(t, map[string]string{"package.json": "{}"}), Tool: NPM, Layout: Lambda})
	if p := (*Problem)(nil); !errors.As(err, &p) || p.Attribute != "build" || !strings.Contains(err.Error(), "there is no package-lock.json in") {
		t.Errorf("got %v", err)
	}
}

func TestBuild_python(t *testing.T) {
	// pip as it differs between machines: paths of its own, times, an order.
	fakes(t, map[string]string{"python3": `test "$1 $2 $3" = "-m pip install"
while [ "$1" != --target ]; do shift; done; cd "$2"
mkdir -p bin six-1.0.dist-info native; echo "#!$HERE/python" > bin/six; echo six > six.py; echo so > native/lib.so
echo "{\"url\": \"file://$HERE\"}" > six-1.0.dist-info/direct_url.json
printf 'six.py,sha256=x,4\n../../bin/six,sha256=%s,10\nsix-1.0.dist-info/direct_url.json,sha256=y,9\nnative/lib.so,,\n' "$HERE" > six-1.0.dist-info/RECORD
if [ "$HERE" = two ]; then touch -t 200001010000 six.py; chmod 600 six.py; fi
`})
	files := map[string]string{"requirements.txt": "six\n", "app.py": "import six\n", "lib/util.py": "", "lib/__pycache__/util.pyc": "x"}
	const mode = "-rw-r--r-- "
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"a function", Spec{}, mode + "app.py, " + mode + "lib/util.py, " + mode + "native/lib.so, " + mode + "requirements.txt, " + mode + "six-1.0.dist-info/RECORD, " + mode + "six.py"},
		{"a part of the code", Spec{Artifact: "lib", Layout: Lambda}, mode + "native/lib.so, " + mode + "six-1.0.dist-info/RECORD, " + mode + "six.py, " + mode + "util.py"},
		{"a layer", Spec{Layout: LambdaLayer}, mode + "python/native/lib.so, " + mode + "python/six-1.0.dist-info/RECORD, " + mode + "python/six.py"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sums []string
			for _, machine := range []string{"one", "two"} {
				c.spec.Tool, c.spec.Dir, c.spec.Env = Python, lay(t, files), map[string]string{"HERE": machine}
				s := Store{Dir: t.TempDir()}
				p := mustBuild(t, s, c.spec)
				sums = append(sums, p.SHA256)
				if got := members(t, s.Path(p)); got != c.want {
					t.Errorf("holds %s, want %s", got, c.want)
				}
			}
			if sums[0] != sums[1] {
				t.Error("two machines gave two packages")
			}
		})
	}
	both := lay(t, files)
	if err := os.WriteFile(filepath.Join(both, "six.py"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := build(t, Store{Dir: t.TempDir()}, Spec{Dir: both, Tool: Python, Env: map[string]string{"HERE": "x"}}); err == nil || !strings.Contains(err.Error(), "six.py is there twice") {
		t.Errorf("got %v", err)
	}
	if _, err := build(t, Store{Dir: t.TempDir()}, Spec{Dir: lay(t, map[string]string{"a.py": ""}), Tool: Python, Layout: LambdaLayer}); err == nil || !strings.Contains(err.Error(), "there is no requirements.txt in") {
		t.Errorf("got %v", err)
	}
}

func TestBuild_masksSecrets(t *testing.T) {
	const secret = "s3cr3t\tof mine"
	s := Store{Dir: t.TempDir()}
	spec := Spec{Dir: lay(t, map[string]string{"a": "a"}), Tool: Command, Artifact: "x", Env: map[string]string{"SHORT": "abc"}, Secrets: map[string]string{"TOKEN": secret, "KEY": "line one\nline two\n", "N": "7"},
		Command: []string{"sh", "-c", `printf 'error: %s is wrong\n' "$TOKEN"; echo "$KEY" >&2; printf %.5s "$TOKEN"; sleep 0.1; printf '%s' "$TOKEN" | tail -c +6; echo; echo 7; printf "last: $TOKEN"; exit 1`}}
	_, err := build(t, s, spec)
	var failed *BuildError
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	log, readErr := os.ReadFile(failed.Log)
	if readErr != nil {
		t.Fatal(readErr)
	}
	for _, text := range []string{err.Error(), string(log)} {
		if strings.Contains(text, secret) || strings.Contains(text, "line two") || !strings.Contains(text, "error: *** is wrong") || !strings.Contains(text, "7") || !strings.Contains(text, "last: ***") {
			t.Errorf("shows a secret, or hides too much:\n%s", text)
		}
	}
	if info, err := os.Stat(failed.Log); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log: %v, %v", info.Mode(), err)
	}
	old := spec
	old.Secrets = map[string]string{"TOKEN": "other"}
	if spec.Recipe("x") != old.Recipe("x") {
		t.Error("a secret is part of what the package is made of")
	}
	if old.SecretsVersion = 2; spec.Recipe("x") == old.Recipe("x") {
		t.Error("another version builds nothing")
	}
}
