package pack

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSteps(t *testing.T) {
	w := workplace{stage: "/stage", aside: t.TempDir()}
	script := filepath.Join(w.aside, "archives.gradle")
	const npm = " --no-audit --no-fund --no-update-notifier"
	node := map[string]string{"package.json": `{"scripts": {"build": "tsc"}}`, "package-lock.json": "{}"}
	plainNode := map[string]string{"package.json": "{}", "package-lock.json": "{}"}
	pip := "python3 -m pip install --disable-pip-version-check --no-input --no-compile --target /stage -r requirements.txt"
	for _, c := range []struct {
		name  string
		files map[string]string
		spec  Spec
		want  string // the commands, joined by " && "
	}{
		{"go", nil, Spec{Tool: Go, Artifact: "./bin/app"}, "go build -trimpath -buildvcs=false -o bin/app ."},
		{"one command of many", nil, Spec{Tool: Go, Artifact: "app", Module: "cmd/app"}, "go build -trimpath -buildvcs=false -o app ./cmd/app"},
		{"go's own command", nil, Spec{Tool: Go, Command: []string{"go", "build", "./cmd/x"}}, "go build ./cmd/x"},
		{"maven", nil, Spec{Tool: Maven}, "mvn -B package -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z"},
		{"maven's wrapper", map[string]string{"mvnw*": ""}, Spec{Tool: Maven}, "./mvnw -B package -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z"},
		{"a wrapper that cannot run", map[string]string{"mvnw": ""}, Spec{Tool: Maven}, "mvn -B package -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z"},
		{"a module of maven's", nil, Spec{Tool: Maven, Module: "web"}, "mvn -B package --projects web --also-make -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z"},
		{"a time of the user's", nil, Spec{Tool: Maven, Command: []string{"mvn", "verify", "-Dproject.build.outputTimestamp=5"}}, "mvn verify -Dproject.build.outputTimestamp=5"},
		{"gradle", nil, Spec{Tool: Gradle}, "gradle --init-script " + script + " --no-daemon --console=plain assemble"},
		{"gradle's wrapper", map[string]string{"gradlew*": ""}, Spec{Tool: Gradle}, "./gradlew --init-script " + script + " --no-daemon --console=plain assemble"},
		{"a module of gradle's", nil, Spec{Tool: Gradle, Module: ":apps:web"}, "gradle --init-script " + script + " --no-daemon --console=plain :apps:web:assemble"},
		{"gradle's own command", nil, Spec{Tool: Gradle, Command: []string{"gradle", "--offline", "war"}}, "gradle --init-script " + script + " --offline war"},
		{"a program that runs gradle", nil, Spec{Tool: Gradle, Command: []string{"make", "war"}}, "make war"},
		{"npm", node, Spec{Tool: NPM, Artifact: "dist"}, "npm ci" + npm + " && npm run build"},
		{"npm with nothing to build", plainNode, Spec{Tool: NPM, Artifact: "src"}, "npm ci" + npm},
		{"npm for Lambda", node, Spec{Tool: NPM, Layout: Lambda, Platform: "linux/arm64"},
			"npm ci" + npm + " && npm run build && npm ci" + npm + " --omit=dev --os=linux --cpu=arm64 --libc=glibc"},
		{"npm for Lambda, nothing to build", plainNode, Spec{Tool: NPM, Layout: LambdaLayer}, "npm ci" + npm + " --omit=dev"},
		{"npm pack", plainNode, Spec{Tool: NPM, Layout: Tarball}, "npm ci" + npm + " && npm pack --pack-destination /stage"},
		{"a workspace of npm's", map[string]string{"package.json": "{}", "package-lock.json": "{}", "api/package.json": `{"scripts": {"build": "x"}}`},
			Spec{Tool: NPM, Module: "api", Artifact: "api/dist"}, "npm ci" + npm + " && npm run build --workspace api"},
		{"python without requirements", nil, Spec{Tool: Python}, ""},
		{"python", map[string]string{"requirements.txt": ""}, Spec{Tool: Python}, pip},
		{"python for Lambda", map[string]string{"requirements.txt": ""}, Spec{Tool: Python, Platform: "linux/arm64", Runtime: "python3.13"},
			pip + " --only-binary=:all: --implementation cp --python-version 3.13 --platform manylinux_2_34_aarch64 --platform manylinux_2_28_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64"},
		{"python of Amazon Linux 2", map[string]string{"requirements.txt": ""}, Spec{Tool: Python, Platform: "linux/amd64", Runtime: "python3.11"},
			pip + " --only-binary=:all: --implementation cp --python-version 3.11 --platform manylinux_2_26_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64"},
		{"python's own command", nil, Spec{Tool: Python, Command: []string{"uv", "pip", "install", "--target={target}"}}, "uv pip install --target=/stage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Dir = lay(t, c.files)
			if err := c.spec.Check(); err != nil && c.spec.Artifact != "" {
				t.Error(err)
			}
			steps, err := c.spec.steps(w)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, args := range steps {
				got = append(got, strings.Join(args, " "))
			}
			if strings.Join(got, " && ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " && "), c.want)
			}
		})
	}
	if data, err := os.ReadFile(script); err != nil || string(data) != plainArchives {
		t.Errorf("gradle's script: %q, %v", data, err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "mine")
	t.Setenv("GOFLAGS", "-tags=mine")
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{Tool: Go}, "CGO_ENABLED=0 GOARCH=amd64 GOOS=linux"},
		{Spec{Tool: Go, Platform: "linux/arm64"}, "CGO_ENABLED=0 GOARCH=arm64 GOOS=linux"},
		{Spec{Tool: Go, Platform: "linux/arm/v7"}, "CGO_ENABLED=0 GOARCH=arm GOARM=7 GOOS=linux"},
		{Spec{Tool: Go, Env: map[string]string{"GOARCH": "arm64", "GOFLAGS": "-v"}}, "CGO_ENABLED=0 GOARCH=arm64 GOFLAGS=-v GOOS=linux"},
		{Spec{Tool: Maven, Secrets: map[string]string{"CGO_ENABLED": "s"}}, "CGO_ENABLED=s"},
	} {
		env := c.spec.environment()
		got := slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
			return !slices.ContainsFunc([]string{"CGO_ENABLED=", "GOARCH=", "GOARM=", "GOOS=", "GOFLAGS=", "AWS_"}, func(p string) bool { return strings.HasPrefix(pair, p) })
		})
		if strings.Join(got, " ") != c.want || !slices.Contains(env, "TZ=UTC") {
			t.Errorf("got %v, want %s", env, c.want)
		}
	}
}

func TestCheck_options(t *testing.T) {
	for _, c := range []struct {
		spec      Spec
		attribute string
		want      string
	}{
		{Spec{Tool: Command, Command: []string{"make"}, Artifact: "x", Module: "a"}, "build", "build.module \"a\" has no meaning here"},
		{Spec{Tool: Maven, Command: []string{"mvn"}, Module: "a"}, "build", "name the module in build.command"},
		{Spec{Tool: Maven, Module: "../a"}, "build", "leaves source_dir"},
		{Spec{Tool: Maven, Platform: "linux/arm64"}, "build", "build.platform \"linux/arm64\" has no meaning here"},
		{Spec{Tool: Go, Artifact: "a", Platform: "arm64"}, "build", "is not a platform"},
		{Spec{Tool: Go, Artifact: "a", Platform: "linux/arm64", Env: map[string]string{"GOARCH": "arm64"}}, "build", "GOARCH is in build.environment, and build.platform says what to build for"},
		{Spec{Tool: Go, Artifact: "a", Runtime: "python3.13"}, "build", "build.runtime \"python3.13\" has no meaning here"},
		{Spec{Tool: Go, Artifact: "a", Layout: Lambda}, "build", "build.layout \"lambda\" has no meaning here"},
		{Spec{Tool: Python, Layout: Tarball}, "build", "is not supported for python: it is one of lambda, lambda_layer"},
		{Spec{Tool: Python, Platform: "linux/arm64"}, "build", "needs build.runtime"},
		{Spec{Tool: Python, Runtime: "python3.13"}, "build", "needs build.platform"},
		{Spec{Tool: Python, Platform: "linux/arm64", Runtime: "nodejs22.x"}, "build", "is not a Python of AWS Lambda"},
		{Spec{Tool: Python, Platform: "linux/riscv64", Runtime: "python3.13"}, "build", "is not supported for python"},
		{Spec{Tool: Python, Command: []string{"uv", "sync"}}, "build", "does not say where it installs"},
		{Spec{Tool: NPM}, "artifact", "artifact is missing"},
		{Spec{Tool: NPM, Layout: Tarball, Artifact: "x"}, "artifact", "npm pack makes one file"},
		{Spec{Tool: NPM, Layout: Lambda, Command: []string{"npm", "ci"}}, "build", "remove it or build.command"},
		{Spec{Tool: NPM, Layout: Lambda, Module: "a"}, "build", "dependencies of workspaces lie together"},
		{Spec{Tool: NPM, Layout: Lambda, Platform: "darwin/arm64"}, "build", "is not supported for npm"},
		{Spec{Tool: Command, Command: []string{"x"}, Artifact: "x", Env: map[string]string{"A": "1"}, Secrets: map[string]string{"A": "2"}}, "build", "A is in build.environment and in build.environment_wo"},
		{Spec{Tool: None, Ignore: []string{"../x"}}, "ignore_files", `ignore_files: "../x" is not a file below source_dir`},
	} {
		t.Run(fmt.Sprintf("%s %s", c.spec.Tool, c.want), func(t *testing.T) {
			c.spec.Dir = "x"
			p, ok := c.spec.Check().(*Problem)
			if !ok || p.Attribute != c.attribute || !strings.Contains(p.Error(), c.want) {
				t.Errorf("got %+v, want %s: %s", p, c.attribute, c.want)
			}
		})
	}
}
