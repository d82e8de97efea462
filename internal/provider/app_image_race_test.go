package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unwrapped joins what the CLI wraps and frames.
func unwrapped(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

// TestAccAppImage_sourcesChangeBetweenPlanAndApply checks that an apply whose
// files are no longer those of the plan pushes nothing and names them.
func TestAccAppImage_sourcesChangeBetweenPlanAndApply(t *testing.T) {
	w := newImageWorld(t)
	c := w.NewCommand(t, w.config(w.files(), `tags = ["1"]`))
	changes := func() { w.write(t, "etc/app.conf", "x = "+strings.Repeat("9", w.next())+"\n", 0o644) }
	refused := func(t *testing.T, out string, err error, wants ...string) {
		t.Helper()
		if err == nil {
			t.Error("the apply went through")
		}
		for _, want := range wants {
			if !strings.Contains(unwrapped(out), want) {
				t.Errorf("not said: %s\n%s", want, out)
			}
		}
		if got := w.registryWrites(); len(got) > 0 {
			t.Errorf("it wrote %q", got)
		}
	}
	t.Run("in one run", func(t *testing.T) {
		out, err := c.Apply(changes)
		refused(t, out, err, "Error: Sources of "+w.host()+"/shop changed", "etc/app.conf changed", "Nothing was built or pushed. Run the plan again.")
		if strings.Contains(out, "inconsistent") {
			t.Errorf("Terraform blames the provider:\n%s", out)
		}
	})
	t.Run("from a saved plan", func(t *testing.T) {
		if out, err := c.Run("plan", "-no-color", "-out", "saved"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		changes()
		out, err := c.Run("apply", "-no-color", "saved")
		refused(t, out, err, "Error: Sources of "+w.host()+"/shop changed", "etc/app.conf changed", "Nothing was built or pushed. Run the plan again.")
		if strings.Contains(out, "inconsistent") {
			t.Errorf("Terraform blames the provider:\n%s", out)
		}
	})
	t.Run("not at all", func(t *testing.T) {
		if out, err := c.Run("plan", "-no-color", "-out", "saved"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := c.Run("apply", "-no-color", "saved")
		if err != nil || strings.Contains(out, "Sources of") {
			t.Errorf("%v\n%s", err, out)
		}
		w.pulled(t, ":1")
	})
	t.Run("of a plan before the last", func(t *testing.T) {
		changes()
		again := func(name string) {
			if out, err := c.Run("plan", "-no-color", "-out", name); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		again("first")
		w.write(t, "etc/more.conf", "y\n", 0o644)
		again("second")
		if err := os.Remove(filepath.Join(w.dir, "etc/more.conf")); err != nil {
			t.Fatal(err)
		}
		if out, err := c.Run("apply", "-no-color", "first"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("with a snapshot", func(t *testing.T) {
		c.Configure(t, w.config(w.files(), `tags = ["snapshot"]`, `on_drift = "snapshot"`))
		changes()
		planned, err := os.ReadFile(filepath.Join(w.dir, "etc/app.conf"))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := c.Run("plan", "-no-color", "-out", "saved"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		changes()
		out, err := c.Run("apply", "-no-color", "saved")
		if err != nil || !strings.Contains(unwrapped(out), "What was planned is pushed") {
			t.Errorf("%v\n%s", err, out)
		}
		if got := w.file(t, ":snapshot", "srv/etc/app.conf"); got != string(planned) {
			t.Errorf("pushed %q, planned %q", got, planned)
		}
		out, err = c.Apply(func() {
			if err := os.RemoveAll(w.dir); err != nil {
				t.Fatal(err)
			}
		})
		if err != nil || !strings.Contains(out, "1 changed") {
			t.Errorf("without any sources: %v\n%s", err, out)
		}
		w.write(t, "run", "#!/bin/sh\n", 0o755)
		w.write(t, "etc/app.conf", "x = 1\n", 0o644)
		c.Configure(t, w.config(w.files(), `tags = ["1"]`))
		w.Emulator.ForgetCalls()
	})
	t.Run("of an update", func(t *testing.T) {
		changes()
		w.Emulator.ForgetCalls()
		out, err := c.Apply(changes)
		refused(t, out, err, "Error: Sources of "+w.host()+"/shop changed", "etc/app.conf changed")
		out, err = c.Apply(func() {})
		if err != nil || !strings.Contains(out, "1 changed") {
			t.Errorf("the next apply: %v\n%s", err, out)
		}
	})
}

// TestAccAppImage_baseMovesBetweenPlanAndApply checks that a base whose tag was
// moved meanwhile is named.
func TestAccAppImage_baseMovesBetweenPlanAndApply(t *testing.T) {
	w := newImageWorld(t)
	w.base(t, "BASE=1")
	c := w.NewCommand(t, w.config(w.files(), fmt.Sprintf("base_image = \"%s/shop:base\"", w.host())))
	out, err := c.Apply(func() { w.base(t, "BASE=2") })
	if want := "the base " + w.host() + "/shop:base changed"; err == nil || !strings.Contains(unwrapped(out), want) {
		t.Errorf("%v, and not said: %s\n%s", err, want, out)
	}
}
