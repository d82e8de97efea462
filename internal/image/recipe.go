package image

import (
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Recipe is all that an image's digest depends on.
type Recipe struct {
	Base        string // a reference, or Scratch
	BaseDigest  string // empty for Scratch
	Platforms   []v1.Platform
	Contents    []Content            // of every platform
	Own         map[string][]Content // of one platform alone, by its name
	Config      Config
	Java        Java
	Layering    []Named
	Compression Compression       // empty is Gzip
	Annotations map[string]string // of every manifest, beside the base's name
	Rules       Rules             // zero is the newest
	Built       []BuiltOne        // of a Building content: what came of it, which is no part of the key
}

// Rules say how contents become layers. An image that is there stays as it was
// made: only a recipe that changed is made by newer rules.
type Rules int

// The rules that there have been.
const (
	RulesWhole   Rules = 1 // a layer for each content
	RulesLayered Rules = 2 // packages by what changes together
)

// rules are those that the recipe is made by.
func (r Recipe) rules() Rules {
	if r.Rules == 0 {
		return RulesLayered
	}
	return r.Rules
}

// Key identifies what the recipe makes: the same key and rules, the same
// image. What is left out of a recipe is left out of its key, so that states
// which were written before there was such a thing keep theirs.
func (r Recipe) Key() string {
	parts := []any{"image 1", r.Base, r.BaseDigest, r.Config}
	for _, p := range r.Platforms {
		parts = append(parts, p.String())
	}
	for _, c := range r.Contents {
		parts = append(parts, []string{string(c.Kind), c.Target, c.Digest})
	}
	if more := r.more(); more != "{}" {
		parts = append(parts, more)
	}
	return keyOf(parts)
}

// more is what recipes could not say at first.
func (r Recipe) more() string {
	return encode(struct {
		Java        *Java             `json:"java,omitempty"`
		Layering    []Named           `json:"layering,omitempty"`
		Compression Compression       `json:"compression,omitempty"`
		Annotations map[string]string `json:"annotations,omitempty"`
		Own         map[string][]any  `json:"own,omitempty"`
	}{r.Java.orNil(), r.Layering, r.Compression.orNone(), r.Annotations, r.ownKeys()})
}

// encode writes what JSON can always write: strings, numbers, and maps of them.
func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func keyOf(parts []any) string { return digestOf([]byte(encode(parts))).String() }

// oci tells that the image says what only OCI's manifests can.
func (r Recipe) oci() bool { return r.Compression == Zstd || len(r.Annotations) > 0 }

// fits checks what the contents demand of platform and base.
func (r Recipe) fits() error {
	for _, p := range r.Platforms {
		for _, c := range r.on(p).Contents {
			if err := r.fitsOn(c, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// fitsOn checks one content on one platform.
func (r Recipe) fitsOn(c Content, p v1.Platform) error {
	if c.Kind == JAR && r.Base == Scratch {
		return baseError{fmt.Errorf("a JAR needs a base with a Java runtime, and %q has none: choose a base_image", Scratch)}
	}
	if c.Kind == WAR && r.Base == Scratch {
		return baseError{fmt.Errorf("a WAR needs a base with Tomcat or Jetty, and %q has none: choose a base_image", Scratch)}
	}
	if c.program.dynamic && r.Base == Scratch && c.Kind == Executable {
		return fmt.Errorf("%s needs a dynamic loader and libraries, and %q has none: link it statically (for Go: CGO_ENABLED=0), or choose a base_image", c.Local, Scratch)
	}
	return c.program.startsOn(c.Local, p)
}
