package provider

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// changeSummary says what makes a new package necessary. It is made of the
// sources, the configuration and the state alone: whether this was built
// before may be known to one plan and not to the next.
func changeSummary(tree source.Tree, spec pack.Spec, was before, now *appPackageModel) string {
	prior := was.appPackageModel
	if prior == nil || prior.SourceDigest.IsNull() {
		return fmt.Sprintf("first package of %d files", len(tree.Entries))
	}
	var parts []string
	names := ""
	if tree.Digest() != prior.SourceDigest.ValueString() {
		var changed string
		changed, names = changedSources(tree, spec.Tool, was.brief)
		parts = append(parts, changed)
	}
	old, _ := prior.spec()
	if old.Recipe("") != spec.Recipe("") {
		parts = append(parts, "build changed")
	}
	if !now.Publish.IsNull() && prior.Size.ValueInt64() > 0 {
		parts = append(parts, "about "+source.Bytes(prior.Size.ValueInt64())+" to upload")
	}
	return strings.Join(parts, ", ") + names
}

// changedSources counts what changed by what it is, and names some of it.
func changedSources(tree source.Tree, tool string, brief []byte) (text, names string) {
	var old []byte
	if json.Unmarshal(brief, &old) != nil || len(old) == 0 {
		return fmt.Sprintf("sources changed, now %d files", len(tree.Entries)), ""
	}
	changes, err := tree.DiffBrief(old)
	if err != nil {
		return fmt.Sprintf("sources changed, now %d files", len(tree.Entries)), ""
	}
	const most = 5
	files := slices.Concat(changes.Changed, changes.Added, changes.Removed)
	if more := len(files) - most; more > 0 {
		files = append(files[:most], fmt.Sprintf("%d more", more))
	}
	return countByKind(changes, tool), ": " + strings.Join(files, ", ")
}

// The kinds of sources.
const (
	kindClass = iota
	kindOther
	kindDependencies
)

// countByKind is "classes +2 ~1 −0, dependencies unchanged". Sources stand for
// what is made of them: nothing is built yet.
func countByKind(all source.Changes, tool string) string {
	var kinds [kindDependencies + 1]source.Changes
	for _, list := range []struct {
		names []string
		add   func(*source.Changes, string)
	}{
		{all.Added, func(c *source.Changes, name string) { c.Added = append(c.Added, name) }},
		{all.Changed, func(c *source.Changes, name string) { c.Changed = append(c.Changed, name) }},
		{all.Removed, func(c *source.Changes, name string) { c.Removed = append(c.Removed, name) }},
	} {
		for _, name := range list.names {
			list.add(&kinds[kindOfSource(tool, name)], name)
		}
	}
	java := tool == pack.Maven || tool == pack.Gradle
	other := "sources"
	if java {
		other = "other files"
	}
	var parts []string
	for kind, word := range []string{"classes", other, "dependencies"} {
		if !kinds[kind].Empty() {
			parts = append(parts, word+" "+kinds[kind].Count())
		}
	}
	if kinds[kindDependencies].Empty() && dependencyFiles(tool) != nil {
		parts = append(parts, "dependencies unchanged")
	}
	return strings.Join(parts, ", ")
}

func kindOfSource(tool, name string) int {
	java := tool == pack.Maven || tool == pack.Gradle
	base := path.Base(name)
	switch {
	case slices.ContainsFunc(dependencyFiles(tool), func(p string) bool {
		ok, err := path.Match(p, base)
		return ok && err == nil
	}):
		return kindDependencies
	case java && slices.Contains([]string{".java", ".kt", ".scala", ".groovy"}, path.Ext(base)):
		return kindClass
	}
	return kindOther
}

// dependencyFiles are the patterns of the files that say what a package
// depends on.
func dependencyFiles(tool string) []string {
	switch tool {
	case pack.Maven:
		return []string{"pom.xml"}
	case pack.Gradle:
		return []string{"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties", "*.lockfile", "*.versions.toml"}
	case pack.Go:
		return []string{"go.mod", "go.sum", "go.work", "go.work.sum"}
	case pack.NPM:
		return []string{"package.json", "package-lock.json", "npm-shrinkwrap.json"}
	case pack.Python:
		return []string{"requirements*.txt", "pyproject.toml", "*.lock"}
	}
	return nil
}
