package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// packageRoot tells that a directory is a package's own in node_modules.
func packageRoot(dir string) bool {
	above, name := path.Split(dir)
	above = strings.TrimSuffix(above, "/")
	if strings.HasPrefix(path.Base(above), "@") {
		above = path.Dir(above)
	}
	return name != "" && !strings.HasPrefix(name, "@") && path.Base(above) == "node_modules"
}

// npmPackage is a package as it is installed.
type npmPackage struct {
	Name    string          `json:"name"`
	Version string          `json:"version"`
	License json.RawMessage `json:"license"`
}

func readPackageJSON(f File) ([]Component, error) {
	data, err := text(f)
	if err != nil {
		return nil, err
	}
	var p npmPackage
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, damagedError{fmt.Errorf("it is no JSON: %w", err)}
	}
	if p.Name == "" || p.Version == "" {
		return nil, nil // a part of one, or made up
	}
	c := npm(p.Name, p.Version)
	c.License, c.Path = p.license(), f.Path
	return []Component{c}, nil
}

// license is a text, or an object of old.
func (p npmPackage) license() string {
	var name string
	var old struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(p.License, &name) != nil && json.Unmarshal(p.License, &old) == nil {
		name = old.Type
	}
	return name
}

func npm(name, version string) Component {
	c := Component{Kind: library, Type: "npm", Name: name, Version: version, How: byManifest}
	if scope, rest, ok := strings.Cut(name, "/"); ok {
		c.Namespace, c.Name = scope, rest
	}
	return c
}

// declared is the fact that a lock file asks for a component, and no file of
// it was found.
const declared = "declared"

// readLock reads what a project's lock file asks for. It counts only where the
// packages themselves are not there: see declaredOnly.
func readLock(f File) ([]Component, error) {
	data, err := text(f)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Name      string `json:"name"`
			Version   string `json:"version"`
			Integrity string `json:"integrity"`
			License   string `json:"license"`
			Dev       bool   `json:"dev"`
			Link      bool   `json:"link"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, damagedError{fmt.Errorf("it is no JSON: %w", err)}
	}
	var list []Component
	for _, at := range sortedKeys(lock.Packages) {
		p := lock.Packages[at]
		slash := strings.LastIndex(at, "node_modules/")
		if slash < 0 || p.Dev || p.Link || p.Version == "" {
			continue
		}
		c := npm(first(p.Name, at[slash+len("node_modules/"):]), p.Version)
		c.Path, c.License = f.Path, p.License
		c.Facts = map[string]string{declared: "by " + path.Base(f.Path) + "; its files were not found"}
		if raw, ok := strings.CutPrefix(p.Integrity, "sha512-"); ok {
			if sum, err := base64.StdEncoding.DecodeString(raw); err == nil {
				c.Facts["npm.sha512"] = hex.EncodeToString(sum) // of what the registry serves
			}
		}
		list = append(list, c)
	}
	return list, nil
}

// declaredOnly leaves out what a lock file asks for where packages are
// installed beside it.
func (i *Inventory) declaredOnly(file string, list []Component) []Component {
	if !slices.ContainsFunc(list, func(c Component) bool { return c.Facts[declared] != "" }) {
		return list
	}
	modules := path.Join(path.Dir(file), "node_modules") + "/"
	for other := range i.Found {
		if strings.HasPrefix(other, modules) {
			return nil
		}
	}
	return list
}
