package imageuse

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"testing"
)

func TestCandidate(t *testing.T) {
	c := Candidate{Digest: "sha256:abcdef0123", Names: []string{"reg.example.com/shop:1.4"}}
	for text, want := range map[string]bool{
		"docker run reg.example.com/shop@sha256:abcdef0123": true,
		"abcdef0123":                                                 true,
		"docker run reg.example.com/shop:1.4":                        true,
		"image: \"reg.example.com/shop:1.4\"\n":                      true,
		"reg.example.com/shop:1.4.2, reg.example.com/shop:1.4-b":     false,
		"reg.example.com/shop:1.4.2, then reg.example.com/shop:1.4;": true,
		"reg.example.com/shop:1.4@sha256:999":                        false,
		"reg.example.com/shop":                                       false,
		"":                                                           false,
	} {
		if got := c.in(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestScript(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("#!/bin/sh\nrun")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for encoded, want := range map[string]string{
		base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\nrun")): "#!/bin/sh\nrun",
		base64.StdEncoding.EncodeToString(packed.Bytes()):           "#!/bin/sh\nrun",
		"not base64!": "not base64!",
	} {
		if got := script(encoded); got != want {
			t.Errorf("%q: got %q", encoded, got)
		}
	}
}
