package provider_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/provider"
)

// least runs one scenario as a caller who is allowed exactly what a type
// declares: to read and plan as a plan's role, to apply as an apply's, each in
// a process of its own.
type least struct {
	*acctest.Bench
	t        *testing.T
	w        *acctest.World
	of       permission.Type
	features []string
	names    map[string]string
	lacks    string // an action that is taken away
	lacked   bool   // and was asked for
	applying bool

	used    map[string]bool // declarations that were used, and whether in a plan
	calls   int
	missing []string // what was asked for and not declared
	said    []string // warnings
	failed  error
}

// scenario is a use of a type with some of its features.
type scenario struct {
	of       string
	features []string
	run      func(l *least)
	fails    string // what its error says; empty: none
}

// caller is the access key of the provider under test.
const caller = "AKIDTEST"

func typeNamed(t *testing.T, name string) permission.Type {
	t.Helper()
	all := provider.Permissions()
	at := slices.IndexFunc(all, func(p permission.Type) bool { return p.Name == name })
	if at < 0 {
		t.Fatalf("nothing is declared for %s: add it to Permissions in internal/provider/permissions.go", name)
	}
	return all[at]
}

// begin takes a world as it is: what is called from now on is judged.
func (l *least) begin(w *acctest.World, kind string, names map[string]string) {
	l.t.Helper()
	l.w, l.names = w, map[string]string{"ACCOUNT": emulator.Account, "REGION": acctest.Region}
	maps.Copy(l.names, names)
	l.Bench = w.NewBench(l.t, kind)
	l.phase(false)
	l.Applying = func() { l.phase(true); l.Restart() }
}

// phase goes from planning to applying, or back.
func (l *least) phase(applying bool) {
	l.t.Helper()
	l.heed()
	l.applying = applying
	var policy []emulator.Statement
	for _, p := range l.of.Of(applying, l.features...) {
		if p.Action != l.lacks {
			policy = append(policy, l.statement(p))
		}
	}
	l.w.Emulator.SetPolicy(caller, policy...)
}

func (l *least) statement(p permission.Permission) emulator.Statement {
	s := emulator.Statement{Actions: []string{p.Action}, Resources: []string{permission.Fill(p.Resource, l.names)}}
	if p.When != nil {
		s.Conditions = []emulator.Condition{{Operator: p.When.Operator, Key: p.When.Key, Value: permission.Fill(p.When.Value, l.names)}}
	}
	return s
}

// heed looks at what was called in the phase that ends.
func (l *least) heed() {
	for _, c := range l.w.Emulator.Calls() {
		l.calls++
		for _, n := range c.Needs {
			for _, p := range l.of.Of(l.applying, l.features...) {
				if l.statement(p).Allows(n) { // the first: what a feature needs too is the type's
					l.used[key(l.of, p)] = l.used[key(l.of, p)] || !l.applying
					break
				}
			}
			switch {
			case n.Action != c.Missing:
			case c.Missing == l.lacks:
				l.lacked = true
			default:
				l.missing = append(l.missing, l.undeclared(n))
			}
		}
	}
	l.w.Emulator.ForgetCalls()
}

// undeclared says what to add where.
func (l *least) undeclared(n emulator.Need) string {
	phase, more := "a plan", ""
	if l.applying {
		phase, more = "an apply", ", Apply: true"
	}
	there := ""
	for _, p := range l.of.All {
		if p.Action == n.Action {
			there += fmt.Sprintf("\nThere is: %s on %s, feature %q, apply only: %t.", p.Action, p.Resource, p.Feature, p.Apply)
		}
	}
	return fmt.Sprintf("%s of %s with the features %q asks for %s on %s %v, which is not declared.\nAdd it to %s:\n\t{Action: %q, Resource: %q, Feature: …, Why: …%s}\nand run make generate.%s",
		phase, l.of.Name, l.features, n.Action, n.Resource, n.Context, declarations(l.of), n.Action, n.Resource, more, there)
}

// declarations is the file that a type's permissions are in.
func declarations(of permission.Type) string {
	file := "internal/provider/" + strings.TrimPrefix(of.Name, "awsdeploy_") + "_permissions.go"
	if _, err := os.Stat("../../" + file); err != nil {
		return "internal/provider/permissions.go"
	}
	return file
}

func key(of permission.Type, p permission.Permission) string {
	return fmt.Sprintf("%s, feature %q: %s on %s", of.Name, p.Feature, p.Action, p.Resource)
}

// apply refreshes, plans, applies, and plans again: then nothing is left to do.
// After a failure it does nothing more.
func (l *least) apply(config map[string]any) {
	l.t.Helper()
	l.step(func(ctx context.Context) error { return l.Try(ctx, config) })
	if l.failed == nil {
		l.step(func(ctx context.Context) error { return l.Try(ctx, config) })
		if l.applying && l.lacks == "" {
			l.t.Error("the plan after the apply is not empty")
		}
	}
}

// step does something of one phase or both.
func (l *least) step(do func(context.Context) error) {
	l.t.Helper()
	if l.failed != nil {
		return
	}
	l.phase(false)
	l.failed = do(l.t.Context())
	l.said = append(l.said, l.Warnings...)
	l.heed()
}

// perform runs a scenario, without one of its actions if it is named.
func perform(t *testing.T, s scenario, lacks string) *least {
	t.Helper()
	l := &least{t: t, of: typeNamed(t, s.of), features: s.features, lacks: lacks, used: map[string]bool{}}
	s.run(l)
	return l
}

// TestPermissions: every type does all that it does with what it declares and
// nothing else, a plan with less than an apply, and nothing is declared that
// nobody needs. Then without one of its permissions a type fails with an error
// that names it, or does without as its declaration says: some of them here,
// each with AWSDEPLOY_PERMISSIONS=full.
func TestPermissions(t *testing.T) {
	all := scenarios()
	users := map[string]string{} // by declaration: the plainest scenario that needs it
	effort := map[string]int{}
	planned := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			l := perform(t, all[name], "")
			for _, text := range slices.Compact(slices.Sorted(slices.Values(l.missing))) {
				t.Error(text)
			}
			ends(t, l.failed, all[name].fails)
			effort[name] = l.calls + 1000*len(all[name].features) + 10000*len(all[name].fails)
			for k, inPlan := range l.used {
				planned[k] = planned[k] || inPlan
				if users[k] == "" || effort[name] < effort[users[k]] {
					users[k] = name
				}
			}
		})
	}
	if t.Failed() {
		return
	}
	n, named := 0, map[string]string{}
	for _, p := range permission.Placeholders() {
		named[p[0]] = "x"
	}
	for _, of := range provider.Permissions() {
		for _, p := range of.All {
			k := key(of, p)
			if filled := permission.Fill(p.Resource, named); regexp.MustCompile("[A-Z]{2}").MatchString(filled) {
				t.Errorf("%s has a placeholder that is not among those of internal/permission", k)
			}
			switch {
			case users[k] == "":
				t.Errorf("%s is declared in %s, and no scenario needs it.\nRemove it there, or add a scenario that needs it to internal/provider/permissions_scenarios_test.go.", k, declarations(of))
				continue
			case !p.Apply && !planned[k]:
				t.Errorf("%s is declared for a plan in %s, and only applies need it: add Apply: true.", k, declarations(of))
			}
			if n++; n%sampled == 0 || os.Getenv("AWSDEPLOY_PERMISSIONS") == "full" {
				t.Run("without "+k, func(t *testing.T) { without(t, all[users[k]], p) })
			}
		}
	}
}

// sampled is of how many declarations one is taken away in a usual run.
const sampled = 6

// without runs a scenario without one of its permissions.
func without(t *testing.T, s scenario, p permission.Permission) {
	l := perform(t, s, p.Action)
	if !l.lacked {
		t.Errorf("%s was not asked for", p.Action)
	}
	text := strings.Join(l.said, "\n")
	if l.failed != nil {
		text += "\n" + l.failed.Error()
	}
	switch {
	case p.Without == "" && l.failed == nil:
		t.Errorf("it is declared as needed, and nothing failed; warnings: %s", text)
	case p.Without != "" && s.fails == "" && l.failed != nil:
		t.Errorf("%s, says the declaration; it ended with %v", p.Without, l.failed)
	case (p.Without == "" || strings.HasPrefix(p.Without, "a warning")) && !strings.Contains(text, p.Action):
		t.Errorf("nothing that is said names %s: %s", p.Action, text)
	case p.Without == "" && !strings.Contains(text, "guide IAM"):
		t.Errorf("the error does not lead to the guide: %s", text)
	}
}
