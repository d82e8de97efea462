package image

import (
	"fmt"
	"net"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Scratch is the base of an image that holds nothing but its own layers.
const Scratch = "scratch"

var tagPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// ParseRepository reads where images are pushed to: host/path, no tag.
func ParseRepository(text string) (name.Repository, error) {
	switch {
	case strings.Contains(text, "://"):
		_, rest, _ := strings.Cut(withoutUser(text), "://")
		return name.Repository{}, fmt.Errorf("a repository is written without a scheme: %q", rest)
	case strings.Contains(text, "@"):
		return name.Repository{}, fmt.Errorf("a repository is written without a digest or user: registry.example.com/team/app")
	}
	host, path, ok := strings.Cut(text, "/")
	if !ok || path == "" || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return name.Repository{}, fmt.Errorf("%q does not name a registry and a repository in it: write registry.example.com/team/app", text)
	}
	if strings.Contains(path, ":") {
		return name.Repository{}, fmt.Errorf("%q carries a tag: a repository is written without one, and tags go into `tags`", text)
	}
	repo, err := name.NewRepository(text, name.StrictValidation)
	if err != nil {
		return name.Repository{}, fmt.Errorf("%q is not a repository: %w", text, err)
	}
	return repo, nil
}

// ParseTag checks a tag.
func ParseTag(text string) error {
	if !tagPattern.MatchString(text) {
		return fmt.Errorf("%q is not a tag: up to 128 letters, digits, underscores, dots and hyphens, and none of the last two at its beginning", text)
	}
	return nil
}

// ParseBase reads the image that ours is laid upon: name, name:tag or
// name@sha256:…. Scratch is no reference.
func ParseBase(text string) (name.Reference, error) {
	given := text
	// name:tag@digest is a pin that people read; the digest is what counts.
	if before, digest, ok := strings.Cut(text, "@"); ok {
		if slash := strings.LastIndex(before, "/"); strings.LastIndex(before, ":") > slash {
			before = before[:strings.LastIndex(before, ":")]
		}
		text = before + "@" + digest
	}
	ref, err := name.ParseReference(text)
	if err != nil {
		return nil, fmt.Errorf("%q does not name an image: write registry.example.com/team/base:1.2, or %q for none", withoutUser(given), Scratch)
	}
	return ref, nil
}

// ParseSource reads a repository to look into; without a registry it is Docker
// Hub's.
func ParseSource(text string) (name.Repository, error) {
	repo, err := name.NewRepository(text)
	if err != nil || strings.ContainsAny(text, "@ ") || strings.Contains(text, "://") {
		return name.Repository{}, fmt.Errorf("%q is not a repository: write public.ecr.aws/docker/library/tomcat, without a scheme, tag or digest", withoutUser(text))
	}
	return repo, nil
}

// withoutUser is text to show, without what may be a password: all from a
// scheme to the last @ that is not a digest's.
func withoutUser(text string) string {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return text
	}
	digest := ""
	if at := strings.LastIndex(rest, "@sha256:"); at >= 0 && len(rest)-at == len("@sha256:")+64 {
		rest, digest = rest[:at], rest[at:]
	}
	return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:] + digest
}

// loopback tells that a host with or without port is this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
