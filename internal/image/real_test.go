//go:build linux

package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

const webServer = `package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "served by user %d", os.Getuid()) })
	if err := http.ListenAndServe(os.Getenv("ADDRESS"), nil); err != nil {
		panic(err)
	}
}
`

// webImage pushes an image of a static web server and names it by its digest.
func webImage(t *testing.T, registry, address string) (reference, digest string) {
	t.Helper()
	dir := lay(t, map[string]string{"main.go": webServer, "go.mod": "module web\n\ngo 1.26\n"})
	build := exec.Command("go", "build", "-trimpath", "-o", "web", ".")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the web server: %v\n%s", err, out)
	}
	m := newMaker(t)
	image, err := m.Make(t.Context(), Recipe{
		Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{pkg(t, filepath.Join(dir, "web"))},
		Config: Config{Env: map[string]string{"ADDRESS": address}, User: "1000:1000", Labels: map[string]string{"made": "by us"}},
	}, nil)
	must(t, err)
	repo, err := ParseRepository(registry + "/team/web")
	must(t, err)
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	return repo.Digest(image.Digest.String()).Name(), image.Digest.String()
}

func TestReal_readBackBySkopeo(t *testing.T) {
	skopeo := realparts.Tool(t, "skopeo")
	registry := realparts.Registry(t)
	_, digest := webImage(t, registry, "127.0.0.1:1")
	source := "docker://" + registry + "/team/web:1"
	if got := realparts.Run(t, skopeo, "inspect", "--tls-verify=false", "--format", "{{.Digest}} {{.Labels.made}} {{.Architecture}}", source); got != digest+" by us amd64" {
		t.Errorf("inspected: %s", got)
	}
	layout := t.TempDir()
	realparts.Run(t, skopeo, "copy", "--src-tls-verify=false", source, "oci:"+layout+":1")
	if _, err := os.Stat(filepath.Join(layout, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))); err != nil {
		t.Errorf("the copy has another manifest: %v", err)
	}
}

func TestReal_runsUnderDockerEngine(t *testing.T) {
	engine, registry := realparts.NewEngine(t), realparts.Registry(t)
	address := realparts.FreeAddress(t)
	reference, _ := webImage(t, registry, address)
	engine.Start(reference)
	realparts.Await(t, "the web server in the container", func() error { return realparts.Answers("http://"+address+"/", "served by user 1000") })
}
