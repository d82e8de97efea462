package sbom

import (
	"bufio"
	"bytes"
	"net/textproto"
	"regexp"
	"strings"
)

var separators = regexp.MustCompile(`[-_.]+`)

// readDistribution reads the metadata of an installed distribution.
// https://packaging.python.org/en/latest/specifications/core-metadata/
func readDistribution(f File) ([]Component, error) {
	data, err := text(f)
	if err != nil {
		return nil, err
	}
	head, _, _ := bytes.Cut(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...)))).ReadMIMEHeader()
	if err != nil && h.Get("Name") == "" {
		return nil, damagedError{err}
	}
	c := Component{
		Kind: library, Type: "pypi", Name: strings.ToLower(separators.ReplaceAllString(h.Get("Name"), "-")), Version: h.Get("Version"),
		License: first(h.Get("License-Expression"), h.Get("License")), How: byManifest, Path: f.Path,
	}
	if len(c.License) > longestLicense {
		c.License = "" // a whole text
	}
	if c.Name == "" {
		return nil, nil
	}
	return []Component{c}, nil
}

const longestLicense = 100
