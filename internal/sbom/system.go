package sbom

import (
	"strings"
)

// stanzas splits a list of packages into its entries, and an entry into its
// fields; fields that go on behind a space are cut to their first line.
func stanzas(data []byte, separator string) (list []map[string]string) {
	for block := range strings.SplitSeq(string(data), "\n\n") {
		fields := map[string]string{}
		for line := range strings.SplitSeq(block, "\n") {
			if name, value, ok := strings.Cut(line, separator); ok && !strings.HasPrefix(line, " ") {
				if _, there := fields[name]; !there {
					fields[name] = strings.TrimSpace(value)
				}
			}
		}
		if len(fields) > 0 {
			list = append(list, fields)
		}
	}
	return list
}

// readDpkg reads dpkg's list of packages, or one package of an image that is
// put together from them.
func readDpkg(f File) ([]Component, error) {
	data, err := text(f)
	if err != nil {
		return nil, err
	}
	var list []Component
	for _, p := range stanzas(data, ":") {
		if status := p["Status"]; p["Package"] == "" || p["Version"] == "" || status != "" && !strings.HasSuffix(status, " installed") {
			continue
		}
		c := Component{Kind: library, Type: "deb", Name: p["Package"], Version: p["Version"], Arch: p["Architecture"], How: byManifest, Path: f.Path}
		if source := p["Source"]; source != "" {
			c.Facts = map[string]string{"source": source}
		}
		list = append(list, c)
	}
	return list, nil
}

// readApk reads apk's list of packages.
func readApk(f File) ([]Component, error) {
	data, err := text(f)
	if err != nil {
		return nil, err
	}
	var list []Component
	for _, p := range stanzas(data, ":") {
		if p["P"] == "" || p["V"] == "" {
			continue
		}
		c := Component{Kind: library, Type: "apk", Name: p["P"], Version: p["V"], Arch: p["A"], License: p["L"], How: byManifest, Path: f.Path}
		if origin := p["o"]; origin != "" {
			c.Facts = map[string]string{"source": origin}
		}
		list = append(list, c)
	}
	return list, nil
}

// readRelease reads which operating system it is.
// https://www.freedesktop.org/software/systemd/man/latest/os-release.html
func readRelease(f File) ([]Component, error) {
	data, err := text(f)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[name] = strings.Trim(value, `"'`)
		}
	}
	if values["ID"] == "" {
		return nil, nil
	}
	return []Component{{Kind: operatingSystem, Name: values["ID"], Version: values["VERSION_ID"], How: byManifest, Path: f.Path}}, nil
}

// system is the operating system that the files are of, if they tell.
func (i *Inventory) system() (id, version string) {
	for _, file := range []string{"etc/os-release", "usr/lib/os-release"} {
		for _, c := range i.Found[file] {
			return c.Name, c.Version
		}
	}
	return "", ""
}
