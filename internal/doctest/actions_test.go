package doctest_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	uses = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(.*)$`)
	// pinned is an action at a commit, with the release that it is.
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$`)
)

// TestEveryActionIsPinned checks the workflows: actions by commit, since a tag
// can be moved by whoever gets hold of its repository; one commit for each
// action everywhere; the least rights; and no credentials left to later steps.
func TestEveryActionIsPinned(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.y*ml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the workflows are %v, %v", files, err)
	}
	commits := map[string]string{}
	for _, file := range files {
		name := strings.TrimPrefix(file, root+"/")
		text := read(t, name)
		for _, why := range unsafe(text) {
			t.Errorf("%s: %s", name, why)
		}
		for _, m := range uses.FindAllStringSubmatch(text, -1) {
			action, at, _ := strings.Cut(m[1], "@")
			if before := commits[action]; before != "" && before != at {
				t.Errorf("%s: %s is at %s, and elsewhere at %s", name, action, at, before)
			}
			commits[action] = at
		}
	}
	if len(commits) < 3 {
		t.Errorf("%d actions were found, which cannot be all", len(commits))
	}
}

// unsafe says what is wrong with a workflow.
func unsafe(text string) (why []string) {
	for _, m := range uses.FindAllStringSubmatch(text, -1) {
		if !pinned.MatchString(strings.TrimSpace(m[1])) {
			why = append(why, m[1]+" is not pinned by a commit with its release behind it")
		}
	}
	if strings.Count(text, "uses: actions/checkout@") != strings.Count(text, "persist-credentials: false") {
		why = append(why, "a checkout leaves its token to the steps behind it: persist-credentials: false is missing")
	}
	if !regexp.MustCompile(`(?m)^permissions:\n  contents: (read|write)\n[^ ]`).MatchString(text) {
		why = append(why, "it does not say which rights it needs, or more than those on contents")
	}
	if strings.Contains(text, "pull_request_target") {
		why = append(why, "pull_request_target gives foreign code this repository's rights")
	}
	// What others write, such as a branch's name, must not become a shell's text.
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:- )?run:.*\$\{\{.*$`).FindAllString(text, -1) {
		why = append(why, "an expression in a shell's text: "+strings.TrimSpace(m))
	}
	return why
}

func TestUnsafe(t *testing.T) {
	const good = "permissions:\n  contents: read\njobs:\n  - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2\n    with:\n      persist-credentials: false\n"
	if why := unsafe(good); len(why) > 0 {
		t.Errorf("a good workflow: %v", why)
	}
	for _, edit := range [][2]string{
		{"11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2", "v4"}, {" # v4.2.2", ""}, {"9af683", ""}, {"      persist-credentials: false\n", ""},
		{"  contents: read\n", ""}, {"contents: read", "contents: write-all"}, {"permissions:", "on: pull_request_target\npermissions:"},
		{"jobs:\n", "jobs:\n  - run: echo ${{ github.head_ref }}\n"},
	} {
		if text := strings.Replace(good, edit[0], edit[1], 1); len(unsafe(text)) == 0 {
			t.Errorf("this passes:\n%s", text)
		}
	}
}
