package storytest_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/provider"
)

// typed are the types that a story uses.
var typed = regexp.MustCompile(`(?m)^(?:resource|data) "(awsdeploy_[a-z_]+)"`)

// least lets whoever runs a story do what the story's types declare, with all
// their features, and nothing else. When it is over, nothing may have been
// refused. Names are left open: internal/provider narrows them.
func least(t *testing.T, w *acctest.World, story string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(stories, story, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range typed.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	var policy []emulator.Statement
	open := map[string]string{}
	for _, p := range permission.Placeholders() {
		open[p[0]] = "*"
	}
	for _, of := range provider.Permissions() {
		if !used[of.Name] {
			continue
		}
		for _, p := range of.All {
			s := emulator.Statement{Actions: []string{p.Action}, Resources: []string{permission.Fill(p.Resource, open)}}
			if p.When != nil {
				s.Conditions = []emulator.Condition{{Operator: p.When.Operator, Key: p.When.Key, Value: permission.Fill(p.When.Value, open)}}
			}
			policy = append(policy, s)
		}
	}
	if len(policy) == 0 {
		t.Fatalf("the story %s uses no type of this provider", story)
	}
	w.Emulator.SetPolicy(person, policy...)
	t.Cleanup(func() {
		judged := 0
		for _, c := range w.Emulator.Calls() {
			judged += len(c.Needs)
			if c.Missing != "" {
				t.Errorf("the story %s asks for %s, which none of its types (%s) declares: add it to internal/provider/<type>_permissions.go, with a scenario that needs it",
					story, c.Missing, strings.Join(slices.Sorted(maps.Keys(used)), ", "))
			}
		}
		if judged == 0 {
			t.Error("no call was judged by the policy")
		}
	})
}
