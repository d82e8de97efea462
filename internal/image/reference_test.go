package image

import (
	"net/http"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	repository := func(text string) (string, error) {
		r, err := ParseRepository(text)
		if err != nil {
			return "", err
		}
		return r.Name(), nil
	}
	base := func(text string) (string, error) {
		r, err := ParseBase(text)
		if err != nil {
			return "", err
		}
		return r.Name(), nil
	}
	platform := func(text string) (string, error) {
		p, err := ParsePlatform(text)
		return p.String(), err
	}
	digest := "sha256:" + strings.Repeat("a", 64)
	for _, c := range []struct {
		parse      func(string) (string, error)
		text, want string
		err        string
	}{
		{repository, "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app", ""},
		{repository, "localhost:5000/app", "localhost:5000/app", ""},
		{repository, "app", "", "does not name a registry"},
		{repository, "team/app", "", "does not name a registry"},
		{repository, "reg.example.com/app:1", "", "carries a tag"},
		{repository, "reg.example.com/app@" + digest, "", "without a digest"},
		{repository, "https://user:hunter2@reg.example.com/app", "", `without a scheme: "reg.example.com/app"`},
		{repository, "reg.example.com/App", "", "is not a repository"},
		{repository, "", "", "does not name a registry"},
		{base, "tomcat:10", "index.docker.io/library/tomcat:10", ""},
		{base, "public.ecr.aws/docker/library/tomcat:10-jre21@" + digest, "public.ecr.aws/docker/library/tomcat@" + digest, ""},
		{base, "reg.example.com:5000/a@" + digest, "reg.example.com:5000/a@" + digest, ""},
		{base, "Tomcat 10", "", "does not name an image"},
		{base, "tomcat@sha256:12", "", "does not name an image"},
		{platform, "linux/amd64", "linux/amd64", ""},
		{platform, "linux/arm/v7", "linux/arm/v7", ""},
		{platform, "linux/arm64/v8", "linux/arm64", ""},
		{platform, "amd64", "", "is not a platform"},
		{platform, "windows/amd64", "", "images are made for linux"},
		{platform, "linux/x86_64", "", "is none of 386, amd64"},
		{ParsePort, "8080", "8080/tcp", ""},
		{ParsePort, "53/udp", "53/udp", ""},
		{ParsePort, "0", "", "is not a port"},
		{ParsePort, "8080/http", "", "is not a port"},
		{ParsePort, "80:8080", "", "is not a port"},
		{ParsePort, "08", "", "is not a port"},
	} {
		got, err := c.parse(c.text)
		switch {
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("%q: got %q, %v; want %q", c.text, got, err, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%q: got %v, want %s", c.text, err, c.err)
		}
	}
	for tag, good := range map[string]bool{"1.4.2": true, "_x": true, "-x": false, "a b": false, "": false, strings.Repeat("a", 129): false} {
		if err := ParseTag(tag); (err == nil) != good {
			t.Errorf("tag %q: %v", tag, err)
		}
	}
}

func TestGate_plainHTTP(t *testing.T) {
	reached := false
	f := &gate{others: roundTrip(func(*http.Request) (*http.Response, error) { reached = true; return nil, http.ErrUseLastResponse }),
		access: Access{Hosts: map[string]Host{"10.0.0.2:5000": {Insecure: true}}}}
	for url, open := range map[string]bool{
		"http://127.0.0.1:5000/v2/": true, "http://localhost/v2/": true, "http://[::1]:1/v2/": true, "https://reg.example.com/v2/": true,
		"http://reg.example.com/v2/": false, "http://10.0.0.1/v2/": false, "http://10.0.0.2:5000/v2/": true, "http://10.0.0.2/v2/": false, "http://127.0.0.1.example.com/v2/": false,
	} {
		reached = false
		request, err := http.NewRequest(http.MethodGet, url, nil)
		must(t, err)
		if _, err := f.RoundTrip(request); err == nil || reached != open {
			t.Errorf("%s: reached is %t, want %t", url, reached, open)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return r(q) }
