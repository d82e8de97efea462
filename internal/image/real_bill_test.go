//go:build linux

package image

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// fetched is what a registry answers to a plain request.
func fetched(t *testing.T, url, accept string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	request.Header.Set("Accept", accept)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(text)
}

// TestReal_billUnderATag describes an image in a registry that does not list
// referrers: a list under a tag does, and goes with the image.
func TestReal_billUnderATag(t *testing.T) {
	skopeo := realparts.Tool(t, "skopeo")
	registry := realparts.Registry(t)
	config := filepath.Join(lay(t, map[string]string{"main.go": webServer, "go.mod": "module example.com/web\n\ngo 1.26\n"}))
	build := exec.Command("go", "build", "-trimpath", "-o", "web", ".")
	build.Dir, build.Env = config, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the web server: %v\n%s", err, out)
	}
	m := newMaker(t)
	image, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{pkg(t, filepath.Join(config, "web"))}}, nil)
	must(t, err)
	repo, err := ParseRepository(registry + "/team/web")
	must(t, err)
	must(t, m.Push(t.Context(), repo, nil, image))
	bills, err := m.Bills(t.Context(), image, Bill{Name: "web", Base: Scratch})
	must(t, err)
	for range 2 {
		must(t, m.Registry.Attach(t.Context(), repo, bills[0]))
	}
	must(t, m.Name(t.Context(), repo, []string{"1"}, image))

	const index = "application/vnd.oci.image.index.v1+json"
	address := "http://" + registry + "/v2/team/web/"
	if status, _ := fetched(t, address+"referrers/"+image.Digest.String(), index); status != http.StatusNotFound {
		t.Fatalf("this registry lists referrers by itself (%d)", status)
	}
	status, body := fetched(t, address+"manifests/sha256-"+image.Digest.Hex, index)
	var list struct {
		Manifests []struct{ MediaType, Digest, ArtifactType string }
	}
	must(t, json.Unmarshal([]byte(body), &list))
	if status != http.StatusOK || len(list.Manifests) != 1 || list.Manifests[0].ArtifactType != "application/vnd.cyclonedx+json" {
		t.Fatalf("the list is %d %s", status, body)
	}
	// skopeo knows neither us nor referrers: it copies an artifact by digest.
	layout := t.TempDir()
	realparts.Run(t, skopeo, "copy", "--src-tls-verify=false", "docker://"+registry+"/team/web@"+list.Manifests[0].Digest, "dir:"+layout)
	manifest := realparts.Run(t, skopeo, "inspect", "--tls-verify=false", "--raw", "docker://"+registry+"/team/web@"+list.Manifests[0].Digest)
	var artifact struct {
		Subject struct{ Digest string }
		Layers  []struct{ Digest string }
	}
	must(t, json.Unmarshal([]byte(manifest), &artifact))
	if artifact.Subject.Digest != image.Digest.String() {
		t.Errorf("it refers to %s", artifact.Subject.Digest)
	}
	document, err := os.ReadFile(filepath.Join(layout, strings.TrimPrefix(artifact.Layers[0].Digest, "sha256:")))
	must(t, err)
	if !strings.Contains(string(document), `"purl": "pkg:golang/example.com/web"`) || !strings.Contains(string(document), "pkg:golang/stdlib@1.") {
		t.Errorf("the document is %s", document)
	}
	if got := realparts.Run(t, skopeo, "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://"+registry+"/team/web:1"); got != image.Digest.String() {
		t.Errorf("the tag names %s", got)
	}
}

// TestReal_billGoesWithItsImage deletes from a registry that allows it.
func TestReal_billGoesWithItsImage(t *testing.T) {
	registry := realparts.DeletingRegistry(t)
	m := newMaker(t)
	repo, err := ParseRepository(registry + "/team/app")
	must(t, err)
	image, bills := described(t, m, repo)
	one, bill := image.Manifests[0], bills[0]
	other, err := Refer(one, "application/vnd.example.note", "note", []byte("of somebody else"))
	must(t, err)
	must(t, m.Registry.Attach(t.Context(), repo, other))
	must(t, m.Registry.Attach(t.Context(), repo, bill))
	erase := func(digest string) error { return m.Registry.Delete(t.Context(), repo, digest) }
	there := func() int {
		status, _ := fetched(t, "http://"+registry+"/v2/team/app/manifests/sha256-"+one.Digest.Hex, "application/vnd.oci.image.index.v1+json")
		return status
	}
	must(t, m.Registry.Unlist(t.Context(), repo, bill.Subject.String(), []string{bill.Digest.String()}, erase))
	must(t, erase(bill.Digest.String()))
	if found := referrers(t, repo, one.Digest); len(found) != 1 || found[0].Digest != other.Digest || there() != http.StatusOK {
		t.Errorf("left are %+v", found)
	}
	must(t, m.Registry.Unlist(t.Context(), repo, bill.Subject.String(), []string{other.Digest.String()}, erase))
	must(t, erase(other.Digest.String()))
	if found := referrers(t, repo, one.Digest); len(found) > 0 || there() != http.StatusNotFound {
		t.Errorf("left are %+v, and the list answers %d", found, there())
	}
}
