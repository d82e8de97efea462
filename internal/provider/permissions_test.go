package provider_test

import (
	"context"
	"fmt"
	"maps"
	"os"
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

	used    map[string]bool // declarations, and that a plan used them
	missing []string        // what was asked for and not declared
	said    []string        // warnings
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
		for _, n := range c.Needs {
			for _, p := range l.of.Of(l.applying, l.features...) {
				if l.statement(p).Allows(n) {
					l.used[key(l.of, p)] = true
					if !l.applying {
						l.used[key(l.of, p)+" in a plan"] = true
					}
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
	if l.failed == nil && l.lacks == "" {
		l.step(func(ctx context.Context) error { return l.Try(ctx, config) })
		if l.applying {
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
// nobody needs.
func TestPermissions(t *testing.T) {
	used := map[string]bool{}
	for name, s := range scenarios() {
		t.Run(name, func(t *testing.T) {
			l := perform(t, s, "")
			for _, text := range slices.Compact(slices.Sorted(slices.Values(l.missing))) {
				t.Error(text)
			}
			ends(t, l.failed, s.fails)
			maps.Copy(used, l.used)
		})
	}
	if t.Failed() {
		return
	}
	for _, of := range provider.Permissions() {
		for _, p := range of.All {
			switch k := key(of, p); {
			case !used[k]:
				t.Errorf("%s is declared in %s, and no scenario needs it.\nRemove it there, or add a scenario that needs it to internal/provider/permissions_scenarios_test.go.", k, declarations(of))
			case !p.Apply && !used[k+" in a plan"]:
				t.Errorf("%s is declared for a plan in %s, and only applies need it: add Apply: true.", k, declarations(of))
			}
		}
	}
}

// TestPermissions_missing: without one of its permissions a type fails with an
// error that names it, or does without as its declaration says.
func TestPermissions_missing(t *testing.T) {
	for name, s := range scenarios() {
		of := typeNamed(t, s.of)
		for _, p := range of.Of(true, s.features...) {
			t.Run(name+"/"+p.Action, func(t *testing.T) {
				l := perform(t, s, p.Action)
				if !l.lacked {
					return // another scenario does
				}
				text := strings.Join(l.said, "\n")
				switch {
				case p.Without == "" && l.failed == nil:
					t.Errorf("it is declared as needed, and nothing failed; warnings: %s", text)
				case p.Without == "" && !strings.Contains(l.failed.Error(), p.Action):
					t.Errorf("the error does not name %s: %v", p.Action, l.failed)
				case p.Without != "" && s.fails == "" && l.failed != nil:
					t.Errorf("%s, says the declaration; it ended with %v", p.Without, l.failed)
				case strings.HasPrefix(p.Without, "a warning") && !strings.Contains(text, p.Action):
					t.Errorf("no warning names %s: %q", p.Action, text)
				}
			})
		}
	}
}
