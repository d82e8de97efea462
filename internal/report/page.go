package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

// HTML is a page that shows the events' release. While the release runs, the
// page asks its reader to load it again every few seconds. Everything in it is
// escaped, and nothing of it is loaded from elsewhere.
func HTML(events []Event) (string, error) {
	page, err := template.New("page").Funcs(template.FuncMap{
		"percent": percent, "spell": spell, "symbol": symbol,
		"clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
		"day":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"row":   func(n int) int { return 18 * n },
		"words": func(s string) string { return strings.ReplaceAll(s, "_", " ") },
		"add":   func(a, b float64) float64 { return a + b },
	}).Parse(pageText)
	if err != nil {
		return "", fmt.Errorf("the page's template: %w", err)
	}
	s := tell(events)
	var out strings.Builder
	if err := page.Execute(&out, struct {
		story
		Plot plot
		Rows []row
	}{s, draw(s), rows(s)}); err != nil {
		return "", fmt.Errorf("making the page: %w", err)
	}
	return out.String(), nil
}

// row is a line of the table of what happened: the plots in words.
type row struct {
	Time   time.Time
	After  time.Duration
	Phase  string
	Shares string
	Served string
	Text   string
}

// rows are the events in words, in order.
func rows(s story) []row {
	var out []row
	for _, e := range s.events {
		if e.Kind == Began {
			continue
		}
		r := row{Time: e.Time, After: e.Time.Sub(s.Start), Phase: strings.ReplaceAll(e.Phase, "_", " "), Shares: shares(s, e)}
		if e.Floor > 0 || e.Serving > 0 {
			r.Served = fmt.Sprintf("%d (least %d)", e.Serving, e.Floor)
		}
		switch {
		case e.Kind == Check:
			r.Text = fmt.Sprintf("checks: %s %s", e.Check.Outcome, e.Check.Detail)
		case e.Kind == Ended:
			r.Text = strings.TrimSuffix(fmt.Sprintf("ended: %s. %s", strings.ReplaceAll(e.Status, "_", " "), e.Reason), " ")
		case len(e.Alarms) > 0:
			r.Text = fmt.Sprintf("in ALARM: %s. %s", strings.Join(e.Alarms, ", "), e.Activity)
		default:
			r.Text = e.Activity
		}
		out = append(out, r)
	}
	return out
}

// shares are the versions' shares in words.
func shares(s story, e Event) string {
	var out []string
	for _, v := range s.Versions {
		if share := e.Shares[v]; share > 0 {
			out = append(out, fmt.Sprintf("%s %s", v, percent(share)))
		}
	}
	return strings.Join(out, ", ")
}
