package dockerfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// lay writes a context; a name that ends in * is executable.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, strings.TrimSuffix(name, "*"))
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, "*") {
			mode = 0o755
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(content), mode)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func evaluate(t *testing.T, o Options, base v1.Config) (*File, Built, error) {
	t.Helper()
	f, err := Read(t.Context(), o)
	if err != nil {
		return nil, Built{}, err
	}
	b, err := f.Evaluate(base)
	return f, b, err
}

// placed are the files of all layers: "path<-source uid:gid mode", directories
// with a slash behind.
func placed(f *File, o Options) (list []string) {
	s, err := f.evaluate(f.target, &v1.Config{WorkingDir: "/base"})
	if err != nil {
		return []string{err.Error()}
	}
	for _, l := range s.layers {
		for _, p := range l.files {
			text := p.Path
			if p.Entry.Mode.IsDir() {
				text += "/"
			} else {
				text += "<-" + p.Entry.Path
			}
			if p.UID+p.GID > 0 {
				text += fmt.Sprintf(" %d:%d", p.UID, p.GID)
			}
			if p.Mode != 0 {
				text += fmt.Sprintf(" %o", p.Mode)
			}
			list = append(list, text)
		}
	}
	return list
}

func TestCopy(t *testing.T) {
	dir := lay(t, map[string]string{
		"app*": "app", "conf/a.conf": "a", "conf/sub/b.conf": "b", "notes.md": "n", "web/index.html": "i", ".env": "secret", "web/skip.log": "l",
		".dockerignore": "# comment\n*.md\n**/*.log\n.env\nDockerfile*\n",
	})
	for text, want := range map[string][]string{
		"FROM scratch\nCOPY app /srv/app":                                                    {"/srv/app<-app"},
		"FROM scratch\nCOPY app /srv/":                                                       {"/srv/app<-app"},
		"FROM scratch\nCOPY --chown=10:20 --chmod=750 app /srv/":                             {"/srv/app<-app 10:20 750"},
		"FROM scratch\nCOPY conf /etc/shop":                                                  {"/etc/shop/", "/etc/shop/a.conf<-conf/a.conf", "/etc/shop/sub/", "/etc/shop/sub/b.conf<-conf/sub/b.conf"},
		"FROM scratch\nCOPY conf/*.conf app /etc/":                                           {"/etc/a.conf<-conf/a.conf", "/etc/app<-app"},
		"FROM scratch\nCOPY /conf/./sub/../a.conf /x":                                        {"/x<-conf/a.conf"},
		"FROM scratch\nWORKDIR /srv\nCOPY app .":                                             {"/srv/", "/srv/app<-app"},
		"FROM scratch\nWORKDIR /srv\nWORKDIR in\nCOPY app run":                               {"/srv/", "/srv/in/", "/srv/in/run<-app"},
		"FROM alpine\nCOPY app /usr/local/bin":                                               {"/usr/local/bin/app<-app"},
		"FROM alpine\nWORKDIR /base\nCOPY app ./":                                            {"/base/app<-app"},
		"FROM alpine\nADD app /srv/":                                                         {"/srv/app<-app"},
		"FROM scratch\nCOPY web /web":                                                        {"/web/", "/web/index.html<-web/index.html"},
		"FROM scratch AS a\nCOPY conf /c\nFROM alpine\nCOPY --from=a /c/sub /d":              {"/d/", "/d/b.conf<-conf/sub/b.conf"},
		"FROM alpine AS a\nCOPY --chown=5 app /srv/\nFROM scratch\nCOPY --from=0 /srv/app /": {"/app<-app 5:5"},
		"FROM scratch AS a\nCOPY app /one\nFROM a\nCOPY app /two":                            {"/one<-app", "/two<-app"},
		"ARG D=/opt\nFROM scratch\nARG D\nARG N=x\nENV P=$D/$N\nCOPY app ${P}/":              {"/opt/given/app<-app"},
	} {
		o := Options{File: filepath.Join(t.TempDir(), "Dockerfile"), Context: dir, Args: map[string]string{"N": "given"}}
		if err := os.WriteFile(o.File, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Read(t.Context(), o)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := placed(f, o); !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	o := Options{Context: lay(t, map[string]string{"app": "a", "Dockerfile": `# syntax=docker/dockerfile:1
ARG BASE=scratch
FROM $BASE AS base
ENV A=1 PATH=$PATH:/opt/bin
CMD ["old"]
FROM base
LABEL org.example.team="shop till" b=c
USER 1000:1000
WORKDIR /srv
EXPOSE 8080 53/udp
VOLUME /data ["/more"]
VOLUME ["/more"]
STOPSIGNAL SIGINT
HEALTHCHECK --interval=30s --retries=3 CMD curl -f localhost
ENTRYPOINT ["/srv/app", "-v"]
SHELL ["/bin/bash", "-c"]
CMD serve $A
`}), Args: map[string]string{"BASE": "reg.example.com/base:1"}}
	f, b, err := evaluate(t, o, v1.Config{Env: []string{"PATH=/usr/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Base != "reg.example.com/base:1" {
		t.Errorf("the base is %s", f.Base)
	}
	want := image.Config{
		Entrypoint: []string{"/srv/app", "-v"}, Cmd: []string{"/bin/bash", "-c", "serve $A"},
		Env: map[string]string{"A": "1", "PATH": "/usr/bin:/opt/bin"}, User: "1000:1000", Workdir: "/srv",
		Ports: []string{"53/udp", "8080/tcp"}, Labels: map[string]string{"org.example.team": "shop till", "b": "c"},
		StopSignal: "SIGINT", Shell: []string{"/bin/bash", "-c"},
		Health: &image.Health{Command: []string{"/bin/sh", "-c", "curl -f localhost"}, Interval: 30e9, Retries: 3},
	}
	got := b.Config
	got.Volumes = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestRefused(t *testing.T) {
	dir := lay(t, map[string]string{"app": "a", "x.tar.gz": "x"})
	for text, want := range map[string]string{
		"FROM scratch\n\nRUN make":                              ":3: RUN runs a program",
		"FROM scratch\nCOPY --from=nginx /etc /etc":             ":2: COPY --from=nginx takes files of another image",
		"FROM alpine AS a\nFROM scratch\nCOPY --from=a /etc /e": ":3: COPY --from=a takes /etc from an image",
		"FROM scratch\nADD https://example.com/a /a":            ":2: ADD https://example.com/a fetches",
		"FROM scratch\nADD x.tar.gz /":                          ":2: ADD x.tar.gz unpacks an archive",
		"FROM scratch\nCOPY --chown=app app /":                  ":2: --chown=app names a user",
		"FROM scratch\nCOPY <<E /a\nx\nE":                       ":2: a here-document",
		"FROM scratch\nCOPY ../secret /":                        ":2: COPY: ../secret is outside of the context",
		"FROM scratch\nCOPY none /":                             ":2: COPY: none is not there in the context",
		"FROM scratch AS a\nFROM scratch\nCOPY --from=a /x /":   ":3: COPY: /x is not there in the stage a",
		"FROM $NONE":             "names no image",
		"FROM scratch\nEXPOSE x": ":2: EXPOSE: \"x\" is not a port",
		"FROM scratch\nNONSENSE": "unknown instruction: NONSENSE",
		"COPY a b":               "no build stage in current context",
	} {
		o := Options{File: filepath.Join(t.TempDir(), "Dockerfile"), Context: dir}
		if err := os.WriteFile(o.File, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := evaluate(t, o, v1.Config{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := Read(t.Context(), Options{Context: dir}); err == nil || !strings.Contains(err.Error(), "Dockerfile is not there") {
		t.Errorf("no Dockerfile: %v", err)
	}
	o := Options{File: filepath.Join(lay(t, map[string]string{"D": "FROM scratch AS one\nFROM scratch\nRUN x"}), "D"), Context: dir, Target: "one"}
	if _, _, err := evaluate(t, o, v1.Config{}); err != nil {
		t.Errorf("a stage that is not built stands in the way: %v", err)
	}
	o.Target = "two"
	if _, err := Read(t.Context(), o); err == nil || !strings.Contains(err.Error(), `has no stage "two": it has one, 1`) {
		t.Errorf("an unknown stage: %v", err)
	}
}
