package sbom

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// sortedKeys are a map's keys in their order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// packageURL is a component's package URL; empty when it has none.
// https://github.com/package-url/purl-spec
func (c Component) packageURL(system, release string) string {
	qualifiers := map[string]string{}
	switch c.Type {
	case "":
		return ""
	case "deb", "apk":
		if system == "" {
			system = map[string]string{"deb": "debian", "apk": "alpine"}[c.Type]
		} else if release != "" {
			qualifiers["distro"] = system + "-" + release
		}
		c.Namespace = system
		qualifiers["arch"] = c.Arch
	case "oci":
		qualifiers["arch"] = c.Arch
	}
	text := "pkg:" + c.Type
	for part := range strings.SplitSeq(c.Namespace, "/") {
		if part != "" {
			text += "/" + escaped(part)
		}
	}
	text += "/" + escaped(c.Name)
	if c.Version != "" {
		text += "@" + escaped(c.Version)
	}
	mark := "?"
	for _, key := range sortedKeys(qualifiers) {
		if value := qualifiers[key]; value != "" {
			text += fmt.Sprintf("%s%s=%s", mark, key, escaped(value))
			mark = "&"
		}
	}
	return text
}

// escaped leaves a colon as it is, and nothing else that has a meaning.
func escaped(part string) string {
	part = strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
	return strings.ReplaceAll(part, "%3A", ":")
}
