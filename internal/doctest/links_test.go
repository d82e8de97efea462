package doctest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// ours are addresses of this repository's own files.
	ours     = regexp.MustCompile(`^https://(?:github\.com/awsdeploy/terraform-provider-awsdeploy/(?:blob|tree)|raw\.githubusercontent\.com/awsdeploy/terraform-provider-awsdeploy)/main/(.+)$`)
	linked   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	anchored = regexp.MustCompile(`<a id="([^"]+)"`)
	fenced   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
)

// TestEveryLinkLeadsSomewhere: files exist, and so do the headings in them.
// Addresses on the web are only held to being https.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	count := 0
	for _, page := range pages(t) {
		for _, m := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, page), ""), -1) {
			count++
			if why := leads(t, page, m[1]); why != "" {
				t.Errorf("%s links to %s: %s", page, m[1], why)
			}
		}
	}
	if count < 40 {
		t.Errorf("%d links were found, which cannot be all", count)
	}
}

// leads says what is wrong with a link; empty is nothing.
func leads(t *testing.T, page, target string) string {
	t.Helper()
	if own := ours.FindStringSubmatch(target); own != nil {
		page, target = "README.md", own[1]
	}
	if strings.Contains(target, "://") {
		if !strings.HasPrefix(target, "https://") {
			return "it is no https address"
		}
		return ""
	}
	file, fragment, _ := strings.Cut(target, "#")
	path := page
	if file != "" {
		path = filepath.Join(filepath.Dir(page), file)
	}
	info, err := os.Stat(filepath.Join(root, path))
	if err != nil {
		return "there is no such file"
	}
	if fragment == "" || info.IsDir() {
		return ""
	}
	text := read(t, path)
	for _, h := range heading.FindAllStringSubmatch(text, -1) {
		if anchor(h[1]) == fragment {
			return ""
		}
	}
	for _, a := range anchored.FindAllStringSubmatch(text, -1) {
		if a[1] == fragment {
			return ""
		}
	}
	return "the page has no such heading"
}

// anchor is a heading as links name it.
func anchor(heading string) string {
	heading = strings.ToLower(strings.TrimSpace(heading))
	return strings.ReplaceAll(regexp.MustCompile("[^a-z0-9 _-]").ReplaceAllString(heading, ""), " ", "-")
}
