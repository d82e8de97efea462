package provider_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// secretPlaces are all places where a run leaves something.
type secretPlaces struct {
	dirs    map[string]string // state, plans and reports; cache; temporary files
	summary string
	log     string
	outputs []string // of commands
	json    []string // of terraform show
}

// planted are the secrets, and what else is as good as one.
func planted() map[string]string {
	all := map[string]string{}
	for _, name := range []string{
		"planted-aws-secret-key", "planted-session-token", "planted-build-secret", "planted-check-header", "planted-check-body", "planted-check-query",
		"planted-index-password", registryPassword, "planted-wrong-password",
	} {
		all[name] = name
		all[name+" in base64"] = strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(name)), "=")
	}
	for _, password := range []string{registryPassword, "planted-wrong-password"} {
		all[password+" as a login"] = base64.StdEncoding.EncodeToString([]byte("robot:" + password))
	}
	all["the ephemeral login"] = "QVdTO" // what a token of ECR begins with: AWS:
	return all
}

// kept are the secrets that Terraform itself writes into plans and states,
// because the attribute is not write-only, and where.
var kept = map[string]*regexp.Regexp{
	"planted-check-header": regexp.MustCompile(`\.verify\[0\]\.http\.headers\.(Authorization|X-Key)$|^variables\.check_header\.value$`),
	"planted-check-body":   regexp.MustCompile(`\.verify\[0\]\.http\.body$|^variables\.check_body\.value$`),
	"planted-check-query":  regexp.MustCompile(`\.verify\[0\]\.http\.url$|^variables\.check_query\.value$`),
}

// look finds every secret that is somewhere.
func (p secretPlaces) look(t *testing.T, images http.Handler) {
	t.Helper()
	seen := map[string]int{}
	find := func(where string, data []byte, except map[string]*regexp.Regexp) {
		t.Helper()
		kind, _, _ := strings.Cut(where, " ")
		seen[kind]++
		for name, secret := range planted() {
			if except[strings.TrimSuffix(name, " in base64")] == nil && bytes.Contains(data, []byte(secret)) {
				at := bytes.Index(data, []byte(secret))
				t.Errorf("%s: %s is there: …%q", name, where, data[max(0, at-120):at])
			}
		}
	}
	for n, out := range p.outputs {
		if !strings.HasPrefix(out, `{"format_version"`) {
			find(fmt.Sprint("output ", n), []byte(out), nil)
		}
	}
	for n, text := range p.json {
		p.lookInJSON(t, fmt.Sprint("show ", n), []byte(text))
		seen["show"]++
	}
	for _, file := range []string{p.summary, p.log} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		find(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))+" "+file, data, nil)
	}
	for name, dir := range p.dirs {
		err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			where := name + " " + strings.TrimPrefix(file, dir)
			switch base := filepath.Base(file); {
			case strings.HasPrefix(base, "terraform.tfstate"):
				seen["state"]++
				p.lookInJSON(t, where, data)
			case strings.HasSuffix(base, ".tfplan"):
				// What Terraform keeps of plan and state, and the configuration.
				for member, content := range unzipped(t, data) {
					find("plan "+base+" "+member, content, kept)
				}
			default:
				for part, content := range opened(data) {
					find(where+" "+part, content, nil)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	p.lookInImages(t, images, find)
	for _, kind := range []string{"output", "show", "summary", "trace", "state", "plan", "cache", "work", "image"} {
		if seen[kind] == 0 {
			t.Errorf("nothing was looked through as %s", kind)
		}
	}
	t.Logf("looked through %v", seen)
}

// lookInJSON allows what Terraform keeps, where it keeps it.
func (p secretPlaces) lookInJSON(t *testing.T, where string, data []byte) {
	t.Helper()
	var root any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, item := range v {
				walk(strings.TrimPrefix(at+"."+name, "."), item)
			}
		case []any:
			for n, item := range v {
				walk(fmt.Sprintf("%s[%d]", at, n), item)
			}
		case string:
			for name, secret := range planted() {
				if strings.Contains(v, secret) && (kept[name] == nil || !kept[name].MatchString(at)) {
					t.Errorf("%s: %s is there, at %s", name, where, at)
				}
			}
			if raw, err := base64.StdEncoding.DecodeString(v); err == nil { // private state
				for name, secret := range planted() {
					if bytes.Contains(raw, []byte(secret)) {
						t.Errorf("%s: %s is there, in base64 at %s", name, where, at)
					}
				}
			}
		}
	}
	walk("", root)
}

// lookInImages reads all that the registry has.
func (p secretPlaces) lookInImages(t *testing.T, images http.Handler, find func(string, []byte, map[string]*regexp.Regexp)) {
	t.Helper()
	get := func(path string) []byte {
		w := httptest.NewRecorder()
		images.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v2/team/site/"+path, nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: HTTP %d", path, w.Code)
		}
		return w.Body.Bytes()
	}
	var list struct{ Tags []string }
	if err := json.Unmarshal(get("tags/list"), &list); err != nil || len(list.Tags) == 0 {
		t.Fatalf("the registry has %v: %v", list, err)
	}
	for _, tag := range list.Tags {
		data := get("manifests/" + tag)
		find("image manifest", data, nil)
		var manifest struct {
			Config struct{ Digest string }
			Layers []struct{ Digest string }
		}
		if err := json.Unmarshal(data, &manifest); err != nil || len(manifest.Layers) == 0 {
			t.Fatalf("%s: %v", data, err)
		}
		find("image config and history", get("blobs/"+manifest.Config.Digest), nil)
		for _, l := range manifest.Layers {
			for part, content := range opened(get("blobs/" + l.Digest)) {
				find("image layer "+part, content, nil)
			}
		}
	}
}

// opened is data itself, and what it holds when it is packed.
func opened(data []byte) map[string][]byte {
	all := map[string][]byte{"": data}
	if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		plain, _ := io.ReadAll(z)
		all["unpacked"] = plain
		data = plain
	}
	if bytes.HasPrefix(data, []byte("PK")) {
		if z, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
			for _, f := range z.File {
				if in, err := f.Open(); err == nil {
					all[f.Name], _ = io.ReadAll(in)
				}
			}
		}
	}
	for in := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := in.Next()
		if err != nil {
			return all
		}
		all[h.Name], _ = io.ReadAll(in)
	}
}

// unzipped are the members of a plan file.
func unzipped(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	all := opened(data)
	delete(all, "")
	if all["tfplan"] == nil || all["tfstate"] == nil {
		t.Fatalf("a plan file without its parts")
	}
	return all
}
