package report_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
)

// FuzzEvents reads any file as a report and shows it: the page has no element
// and no attribute but its own, and the summary no HTML and no more cells than
// its tables have columns.
func FuzzEvents(f *testing.F) {
	begin := `{"schema":1,"time":"2030-01-01T00:00:00Z","event":"release","release":{"kind":"rolling_release","target":"shop","version":"8","previous":"7","steps":[{"percent":10,"pause_seconds":60},{"percent":100}],"alarms":["a"]}}` + "\n"
	f.Add(begin + `{"schema":1,"time":"2030-01-01T00:01:00Z","event":"phase","phase":"pausing","step":10,"percent":10,"shares":{"8":10,"7":90},"serving":10,"floor":9,"alarms":["a"]}` + "\n" +
		`{"schema":1,"time":"2030-01-01T00:02:00Z","event":"check","check":{"outcome":"pass"}}` + "\n" + `{"schema":1,"time":"2030-01-01T00:03:00Z","event":"end","status":"promoted"}` + "\n")
	f.Add(strings.ReplaceAll(strings.ReplaceAll(begin, "shop", `</title><script src=x>|`+"`"), `"8"`, `"\"><img onerror=x>\\|`+"`"+`"`) +
		`{"schema":1,"time":"2030-01-01T00:01:00Z","event":"end","status":"x|y\nz","reason":"<b>*_[x](y)","evidence":"` + "```" + `\n# head"}` + "\n")
	f.Add(begin + `{"schema":1,"event":"check"}` + "\n" + `{"schema":1,"event":"sample","percent":-1e308,"shares":{"":1e308},"serving":-5}` + "\n")
	f.Add(begin + `{"schema":1,"time":"9999-01-01T00:00:00Z","event":"check","check":{"outcome":"\" onload=\"x","detail":"\u001b[2J\u202e"}}` + "\nnot")
	f.Add(`{"schema":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		events, err := report.Read(strings.NewReader(text))
		if len(events) > 200 {
			return // a page of thousands only takes long
		}
		if again, other := report.Read(strings.NewReader(text)); len(again) != len(events) || (err == nil) != (other == nil) {
			t.Fatal("read twice, it is another report")
		}
		page, err := report.HTML(events)
		if err != nil {
			t.Fatal(err)
		}
		ownMarkup(t, page)
		summary := report.Markdown(events)
		if summary != report.Markdown(events) {
			t.Fatal("two summaries of one release differ")
		}
		ownMarkdown(t, summary)
	})
}

// ownMarkup holds a page to the elements and attributes that its template has.
func ownMarkup(t *testing.T, page string) {
	t.Helper()
	elements := strings.Fields("html head meta title style body main header h1 h2 p span code pre section ol li strong br div svg desc polygon path text line g circle rect polyline table thead tbody tr th td time")
	attributes := strings.Fields("lang charset name content http-equiv class role id aria-labelledby aria-current style viewbox x y dx text-anchor points d x1 x2 y1 y2 cx cy r width height scope datetime")
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			token := z.Token()
			if !slices.Contains(elements, token.Data) {
				t.Fatalf("the page has an element %q", token.Data)
			}
			for _, a := range token.Attr {
				if !slices.Contains(attributes, a.Key) || a.Key == "style" && a.Val != "background:var(--bad)" || a.Key == "http-equiv" && a.Val != "refresh" && a.Val != "Content-Security-Policy" {
					t.Fatalf("%s has the attribute %s=%q", token.Data, a.Key, a.Val)
				}
			}
		case html.CommentToken:
			t.Fatalf("the page has a comment: %s", z.Token())
		}
	}
}

// ownMarkdown holds a summary to its own form.
func ownMarkdown(t *testing.T, summary string) {
	t.Helper()
	fence, columns := "", 0
	for n, line := range strings.Split(summary, "\n") {
		if fence != "" {
			if line == fence {
				fence = ""
			}
			continue
		}
		if rest, ok := strings.CutSuffix(line, "text"); ok && len(rest) >= 3 && strings.Trim(rest, "`") == "" {
			fence = rest
			continue
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u202e' }); i >= 0 {
			t.Fatalf("line %d holds %q: %q", n+1, line[i], line)
		}
		plain := strings.NewReplacer("<code>", "", "</code>", "").Replace(outsideCode(line))
		if strings.ContainsAny(plain, "<>") {
			t.Fatalf("line %d has HTML: %q", n+1, line)
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = cells(line)
		case cells(line) != columns:
			t.Fatalf("line %d has %d cells and its table %d: %q", n+1, cells(line), columns, line)
		}
	}
	if fence != "" {
		t.Fatalf("a block is not ended: %q", summary)
	}
}

// outsideCode is a line without its code spans.
func outsideCode(line string) string {
	line = strings.NewReplacer(`\\`, "", "\\`", "").Replace(line)
	var out strings.Builder
	for i, part := range strings.Split(line, "`") {
		if i%2 == 0 {
			out.WriteString(part)
		}
	}
	return out.String()
}

// cells counts as GitHub does: a bar splits unless a backslash that is not
// escaped itself stands before it, in code too.
func cells(line string) int {
	return strings.Count(strings.NewReplacer(`\\`, "", `\|`, "").Replace(line), "|")
}
