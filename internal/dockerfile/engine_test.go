package dockerfile

import (
	"fmt"
	"strings"
	"testing"
)

func TestLocked(t *testing.T) {
	text := strings.Join([]string{
		"# syntax=docker/dockerfile:1", "ARG GO=1.26", "FROM --platform=$BUILDPLATFORM golang:${GO} \\", "  AS build", "RUN --mount=from=tools:2,target=/t \\", "  make",
		"FROM debian AS unused", "RUN rm -rf /", "FROM scratch AS files", "COPY --from=nginx:1 /etc /etc", "FROM build AS app", "COPY --from=files /etc /etc",
		"COPY --from=0 /a /nginx:1", "FROM app", "RUN never",
	}, "\n")
	dir := lay(t, map[string]string{"Dockerfile": text})
	f, err := Read(t.Context(), Options{Context: dir, Target: "app"})
	if err != nil {
		t.Fatal(err)
	}
	names, err := f.Images()
	if err != nil || fmt.Sprint(names) != "[golang:1.26 nginx:1 tools:2]" {
		t.Fatalf("images %q: %v", names, err)
	}
	digests := map[string]string{}
	for i, name := range names {
		digests[name] = "sha256:" + strings.Repeat(fmt.Sprint(i+1), 64)
	}
	got, err := f.Locked(digests)
	if err != nil {
		t.Fatal(err)
	}
	want := text
	for _, pair := range [][2]string{
		{"FROM --platform=$BUILDPLATFORM golang:${GO} \\\n  AS build", "FROM --platform=$BUILDPLATFORM index.docker.io/library/golang@" + digests["golang:1.26"] + " AS build\n"},
		{"from=tools:2,", "from=index.docker.io/library/tools@" + digests["tools:2"] + ","},
		{"--from=nginx:1 ", "--from=index.docker.io/library/nginx@" + digests["nginx:1"] + " "},
	} {
		want = strings.Replace(want, pair[0], pair[1], 1)
	}
	if string(got) != want {
		t.Errorf("locked is\n%s\nnot\n%s", got, want)
	}
	delete(digests, "tools:2")
	if _, err := f.Locked(digests); err == nil || !strings.Contains(err.Error(), "tools:2 is not known") {
		t.Errorf("got %v", err)
	}
}
