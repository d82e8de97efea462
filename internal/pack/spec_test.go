package pack

import (
	"os"
	"strings"
	"testing"
)

func TestRecipe(t *testing.T) {
	base := Spec{Dir: "a", Tool: Command, Command: []string{"make", "all"}, Env: map[string]string{"A": "1", "B": "2"}, Artifact: "x"}
	change := func(f func(*Spec)) Spec { c := base; f(&c); return c }
	seen := map[string]string{base.Recipe("sha256:1"): "base"}
	for name, other := range map[string]Spec{
		"another command":     change(func(s *Spec) { s.Command = []string{"make all"} }),
		"another environment": change(func(s *Spec) { s.Env = map[string]string{"A": "1", "B": "3"} }),
		"another artifact":    change(func(s *Spec) { s.Artifact = "y" }),
		"another format":      change(func(s *Spec) { s.Format = Zip }),
		"another tool":        change(func(s *Spec) { s.Tool = Maven }),
	} {
		recipe := other.Recipe("sha256:1")
		if with, ok := seen[recipe]; ok {
			t.Errorf("%s has the recipe of %s", name, with)
		}
		seen[recipe] = name
	}
	if _, ok := seen[base.Recipe("sha256:2")]; ok {
		t.Error("other sources have the same recipe")
	}
	for name, same := range map[string]Spec{
		"another directory":       change(func(s *Spec) { s.Dir = "b" }),
		"the artifact with a dot": change(func(s *Spec) { s.Artifact = "./x" }),
		"the format's default":    change(func(s *Spec) { s.Format = Auto }),
	} {
		if same.Recipe("sha256:1") != base.Recipe("sha256:1") {
			t.Errorf("%s has another recipe", name)
		}
	}
}

func TestWalk_leavesOutWhatMavenBuilds(t *testing.T) {
	dir := lay(t, map[string]string{
		"pom.xml": "<project/>", "target/classes/A.class": "x", "web/pom.xml": "<project/>", "web/target/web.war": "x",
		"src/main/java/target/Aim.java": "class Aim {}",
	})
	tree, err := Spec{Dir: dir, Tool: Maven, Artifact: "web/target/*.war"}.Walk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range tree.Entries {
		got = append(got, e.Path)
	}
	if want := "pom.xml src/main/java/target/Aim.java web/pom.xml"; strings.Join(got, " ") != want {
		t.Errorf("sources are %v, want %s", got, want)
	}
}

func TestStore(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	dir := lay(t, map[string]string{"a": "a"})
	p := mustBuild(t, s, Spec{Dir: dir, Tool: None})
	sha, name, ok := Locate(s.Path(p))
	if !ok || sha != p.SHA256 || name != p.Name {
		t.Errorf("located %s %s %v", sha, name, ok)
	}
	for _, path := range []string{"", "a.zip", "/packages/abc/a.zip", "/x/" + p.SHA256 + "/a.zip"} {
		if _, _, ok := Locate(path); ok {
			t.Errorf("%s is taken for a package's path", path)
		}
	}
	origin := Origin{Spec: Spec{Dir: dir, Tool: None}, Digest: "sha256:1", Manifest: p}
	if err := s.Remember(origin); err != nil {
		t.Fatal(err)
	}
	if o, ok := s.Origin(p.SHA256); !ok || o.Spec.Dir != dir || o.Manifest != p {
		t.Errorf("remembered %+v, %v", o, ok)
	}
	if err := os.WriteFile(s.Path(p), []byte(strings.Repeat("x", int(p.Size))), 0o644); err != nil {
		t.Fatal(err)
	}
	if s.Verify(t.Context(), p) || s.Has(p) {
		t.Error("a damaged package is taken for a good one")
	}
}
