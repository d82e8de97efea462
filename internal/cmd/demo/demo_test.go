package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestChecksThatFailAreCounted(t *testing.T) {
	var c checks
	c.add("Act 1|instances", "6× v1", "6× v1")
	c.add("Act 1|function", "v1", "v2")
	c.add("Act 2|apply", 0, 1)
	var out bytes.Buffer
	if failed := c.print(&screen{out: &out}); failed != 2 {
		t.Errorf("%d checks failed, want 2", failed)
	}
	want := strings.Join([]string{"Act 1", "  ok      instances", "  FAILED  function", "Act 2", "  FAILED  apply"}, "\n")
	var got []string
	for line := range strings.Lines(out.String()) {
		first, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "   ")
		if strings.HasPrefix(line, "  ok") {
			first = "  ok      " + strings.Fields(line)[1]
		}
		got = append(got, first)
	}
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("the table is\n%s\nwant\n%s", text, want)
	}
}

func TestWhatIsQuoted(t *testing.T) {
	const said = "Warning: Release onto shop-web\n\n6 instances\n\nError: Release rolled back\n\nback on 3\n\nError: Another\n"
	if got := errorsOf(said); !strings.HasPrefix(got, "Error: Release rolled back") || !strings.Contains(got, "Another") {
		t.Errorf("errors are quoted as %q", got)
	}
	if got := planOf("Refreshing\nTerraform will perform the following actions:\n\n  # a will be updated\n─────\nNote"); strings.TrimSpace(got) != "# a will be updated" {
		t.Errorf("the plan is quoted as %q", got)
	}
}

func TestProgress(t *testing.T) {
	if got := bar(3, 6, 6) + counted(map[string]int{"v2": 3, "v1": 2, "v0": 0}, "×"); got != "[###...]2× v1, 3× v2" {
		t.Errorf("progress is %q", got)
	}
	var plain bytes.Buffer
	s := &screen{out: &plain}
	for _, line := range []string{"a", "a", "b"} {
		s.progress(line)
	}
	if plain.String() != "  a\n  b\n" {
		t.Errorf("plain progress is %q", plain.String())
	}
}
