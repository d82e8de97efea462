//go:build unix

package builder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
)

// program is a script that answers as a builder's client.
func program(t *testing.T, name, script string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func job(t *testing.T) Job {
	return Job{
		Context: t.TempDir(), Dockerfile: "/w/dockerfile/Dockerfile", Target: "app", Platform: "linux/amd64", Name: "n:1", Out: "/w/out.tar",
		Args: map[string]string{"B": "2 3", "A": "1"}, Secrets: map[string]string{"tok": "s3cret"},
	}
}

// What each program is called with, by what it says that it can.
func TestSteps(t *testing.T) {
	args := "--build-arg A=1 --build-arg B=2 3 --secret id=tok,env=AWSDEPLOY_BUILD_SECRET_0 --cache-from c"
	for _, c := range []struct{ name, script, want string }{
		{"docker", `case "$*" in *buildx*) exit 1;; *version*) echo "20.10.24+dfsg1 linux/amd64";; esac`,
			"--host a build --file /w/dockerfile/Dockerfile --platform linux/amd64 --network host --target app " + args + " --tag n:1 CONTEXT\n" +
				"--host a save --output /w/out.tar n:1\n--host a image rm --no-prune n:1\nBUILDX_NO_DEFAULT_ATTESTATIONS=1 DOCKER_BUILDKIT=1"},
		{"docker", `case "$*" in *"buildx version") echo "github.com/docker/buildx v0.30";; *inspect) printf 'Name: x\nDriver:   docker-container\n';; esac`,
			"--host a buildx build --progress plain --file /w/dockerfile/Dockerfile --platform linux/amd64 --network host --target app " + args +
				" --cache-to d --output type=oci,dest=/w/out.tar CONTEXT\nBUILDX_NO_DEFAULT_ATTESTATIONS=1"},
		{"docker", `case "$*" in *"buildx version") echo "github.com/docker/buildx v0.30";; *inspect) echo "Driver: docker";; *) echo "28.2.2 linux/arm64";; esac`,
			"--host a buildx build --progress plain --file /w/dockerfile/Dockerfile --platform linux/amd64 --network host --target app " + args +
				" --cache-to d --load --tag n:1 CONTEXT\n--host a save --output /w/out.tar n:1\n--host a image rm --no-prune n:1\nBUILDX_NO_DEFAULT_ATTESTATIONS=1"},
		{"buildctl", ``,
			"--addr a build --progress plain --frontend dockerfile.v0 --local context=CONTEXT --local dockerfile=/w/dockerfile --opt filename=Dockerfile --opt platform=linux/amd64 --opt target=app " +
				"--opt force-network-mode=host --allow network.host --opt build-arg:A=1 --opt build-arg:B=2 3 --secret id=tok,env=AWSDEPLOY_BUILD_SECRET_0 --import-cache c --export-cache d --output type=oci,dest=/w/out.tar"},
		{"buildah", ``,
			"build --layers --file /w/dockerfile/Dockerfile --ignorefile /w/dockerfile/Dockerfile.dockerignore --platform linux/amd64 --network host --target app " + args +
				" --cache-to d --tag localhost/n:1 CONTEXT\npush localhost/n:1 oci-archive:/w/out.tar\nrmi localhost/n:1"},
	} {
		b := Builder{Program: program(t, c.name, c.script), Address: "a", Network: "host", CacheFrom: []string{"c"}, CacheTo: []string{"d"}}
		if err := b.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		j := job(t)
		build, clean := b.driver.steps(b, j)
		var lines []string
		for _, step := range append(build, clean...) {
			lines = append(lines, strings.Join(step, " "))
		}
		if env := b.driver.env(); len(env) > 0 {
			lines = append(lines, strings.Join(env, " "))
		}
		if got := strings.ReplaceAll(strings.Join(lines, "\n"), j.Context, "CONTEXT"); got != c.want {
			t.Errorf("%s is called\n%s\nnot\n%s", c.name, got, c.want)
		}
	}
}

func TestReady_saysWhatIsWrong(t *testing.T) {
	b := Builder{Program: program(t, "docker", `echo "Cannot connect to the Docker daemon. Is it running?" >&2; exit 1`)}
	silent := (*SilentError)(nil)
	if err := b.Ready(t.Context()); !errors.As(err, &silent) || !strings.Contains(err.Error(), "finds nothing that builds: Cannot connect to the Docker daemon. Is it running?") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	missing := (*MissingError)(nil)
	if err := (&Builder{}).Ready(t.Context()); !errors.As(err, &missing) || err.Error() != "neither docker, buildctl nor buildah is on PATH" {
		t.Errorf("got %v", err)
	}
	// A daemon that BUILDKIT_HOST names comes before an engine that is there.
	both := t.TempDir()
	for _, name := range []string{"docker", "buildctl"} {
		if err := os.WriteFile(filepath.Join(both, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", both)
	for host, want := range map[string]string{"": "docker", "tcp://b:1": "buildctl"} {
		t.Setenv("BUILDKIT_HOST", host)
		b := Builder{}
		if err := b.Find(); err != nil || b.Program != want {
			t.Errorf("with %q it is %s: %v", host, b.Program, err)
		}
	}
}

func TestBuild_refusesWhatAnEngineCannotDo(t *testing.T) {
	b := Builder{Program: program(t, "docker", `case "$*" in *buildx*) exit 1;; *) echo "28.2.2 linux/amd64";; esac`)}
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	unable := (*UnableError)(nil)
	if err := b.Build(t.Context(), job(t), nil); !errors.As(err, &unable) || !strings.Contains(err.Error(), "secrets need BuildKit") {
		t.Errorf("got %v", err)
	}
	b.CacheTo = []string{"x"}
	if err := b.Build(t.Context(), job(t), nil); !errors.As(err, &unable) || !strings.Contains(err.Error(), "`cache_to` needs buildx") {
		t.Errorf("got %v", err)
	}
}

// What a build started dies with it, and its log does not tell secrets.
func TestBuild_isKilledWhole(t *testing.T) {
	dir := t.TempDir()
	b := Builder{Program: program(t, "buildah", `echo "$AWSDEPLOY_BUILD_SECRET_0 $AWSDEPLOY_TEST_OTHER $DOCKER_TEST"; sleep 600 & echo $! >`+dir+`/pid.new; mv `+dir+`/pid.new `+dir+`/pid; wait`)}
	t.Setenv("AWSDEPLOY_TEST_OTHER", "not inherited")
	t.Setenv("DOCKER_TEST", "inherited")
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	ctx, stop := context.WithCancelCause(t.Context())
	var pid int
	go func() {
		for (clock.System{}).Sleep(ctx, 10*time.Millisecond) == nil {
			if text, err := os.ReadFile(filepath.Join(dir, "pid")); err == nil {
				pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
				stop(errors.New("Ctrl-C"))
			}
		}
	}()
	err = b.Build(ctx, job(t), log)
	if failed := (*pack.BuildError)(nil); err == nil || errors.As(err, &failed) || !strings.Contains(err.Error(), "was stopped: Ctrl-C") {
		t.Errorf("got %v", err)
	}
	for range 200 { // until whoever inherited it has noticed
		if err = syscall.Kill(pid, 0); err != nil {
			break
		}
		if status, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status"); strings.Contains(string(status), "State:\tZ") {
			err = syscall.ESRCH
			break
		}
		_ = (clock.System{}).Sleep(t.Context(), 10*time.Millisecond)
	}
	if !errors.Is(err, syscall.ESRCH) {
		t.Errorf("what the build started (%d) lives: %v", pid, err)
	}
	text, _ := os.ReadFile(log.Name())
	if lines := strings.Split(string(text), "\n"); len(lines) < 2 || lines[1] != "***  inherited" {
		t.Errorf("logged %q", text)
	}
}
