package builder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

func TestStage_copiesWhatWasHashed(t *testing.T) {
	from := t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "a"), []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := source.Walk(t.Context(), from, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "late"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := Stage(t.Context(), tree, to); err != nil {
		t.Fatal(err)
	}
	if found, _ := os.ReadDir(to); len(found) != 1 {
		t.Errorf("copied %v", found)
	}
	if err := os.WriteFile(filepath.Join(from, "a"), []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Stage(t.Context(), tree, t.TempDir()); err == nil || !strings.Contains(err.Error(), "copying a for the build: it changed after it was read") {
		t.Errorf("got %v", err)
	}
}
