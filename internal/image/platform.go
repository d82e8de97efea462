package image

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// architectures are those that Linux images are made for.
var architectures = []string{"386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"}

// ParsePlatform reads "linux/arm64" or "linux/arm/v7".
func ParsePlatform(text string) (v1.Platform, error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return v1.Platform{}, fmt.Errorf("%q is not a platform: write linux/amd64, linux/arm64 or linux/arm/v7", text)
	}
	if parts[0] != "linux" {
		return v1.Platform{}, fmt.Errorf("the platform %q is not supported: images are made for linux", text)
	}
	if !slices.Contains(architectures, parts[1]) {
		return v1.Platform{}, fmt.Errorf("the platform %q is not known: its architecture is none of %s", text, strings.Join(architectures, ", "))
	}
	p := v1.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		if !slices.Contains([]string{"v2", "v3", "v4", "v5", "v6", "v7", "v8"}, parts[2]) {
			return v1.Platform{}, fmt.Errorf("the platform %q is not known: a variant is v5, v6, v7 or v8", text)
		}
		// v8 is what arm64 is, and bases write it both ways.
		if p.Variant = parts[2]; p.Architecture == "arm64" && p.Variant == "v8" {
			p.Variant = ""
		}
	}
	return p, nil
}

// serves tells that a base for has is one for want.
func serves(has *v1.Platform, want v1.Platform) bool {
	if has == nil || has.OS != want.OS || has.Architecture != want.Architecture {
		return false
	}
	variant := has.Variant
	if has.Architecture == "arm64" && variant == "v8" {
		variant = ""
	}
	return want.Variant == "" || variant == want.Variant
}

// ParsePort reads "8080", "8080/tcp" or "53/udp" and returns it with protocol.
func ParsePort(text string) (string, error) {
	number, protocol, given := strings.Cut(text, "/")
	if !given {
		protocol = "tcp"
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != number || !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return "", fmt.Errorf("%q is not a port: write a number from 1 to 65535, and /udp or /sctp behind it when it is not tcp", text)
	}
	return number + "/" + protocol, nil
}
