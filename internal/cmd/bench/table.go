package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// table prints a section's rows: in columns for a terminal, or as Markdown.
type table struct {
	out      io.Writer
	title    string
	markdown bool
	columns  *tabwriter.Writer
	err      error
}

func newTable(out io.Writer, title string, markdown bool) *table {
	return &table{out: out, title: title, markdown: markdown, columns: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
}

// begin prints what stands over the figures.
func (t *table) begin(about string) {
	if t.markdown {
		t.print("## %s\n\n%s\n\n| What | Ours | Others | Floor | Ratio | Goal | Met |\n|---|---|---|---|---|---|---|\n", t.title, about)
		return
	}
	t.print("%s\n%s\n\n", t.title, about)
	t.row("what", "ours", "others", "floor", "ratio", "goal", "met")
}

func (t *table) add(r row, m measured) {
	var others, goals, met []string
	for _, p := range r.peers {
		if p.missing != "" {
			others = append(others, p.name+" – ("+p.missing+")")
			continue
		}
		others = append(others, p.name+" "+m.peers[p.name].String())
	}
	for _, g := range r.goals {
		goals, met = append(goals, g.text), append(met, g.verdict(m))
	}
	floor := ""
	if r.floor != nil {
		floor = m.floor.String()
	}
	t.row(r.name, m.ours.String(), strings.Join(others, t.and()), floor, strings.Join(r.ratios(m), t.and()), strings.Join(goals, t.and()), strings.Join(met, t.and()))
}

func (t *table) end() error {
	if err := t.columns.Flush(); err != nil {
		return err
	}
	t.print("\n")
	return t.err
}

// and lies between what shares a cell.
func (t *table) and() string {
	if t.markdown {
		return "<br>"
	}
	return "; "
}

func (t *table) row(cells ...string) {
	if t.markdown {
		t.print("| %s |\n", strings.Join(cells, " | "))
		return
	}
	if _, err := fmt.Fprintln(t.columns, strings.Join(cells, "\t")); err != nil {
		t.err = err
	}
}

func (t *table) print(format string, values ...any) {
	if _, err := fmt.Fprintf(t.out, format, values...); err != nil {
		t.err = err
	}
}

func (g goal) verdict(m measured) string {
	switch met, known := g.met(m); {
	case !known:
		return "?"
	case met:
		return "yes"
	}
	return "no"
}

// ratios are how much longer we take than the floor, and the others than we:
// on the clock, and by the processors' time where that is known.
func (r row) ratios(m measured) (all []string) {
	if m.floor.wall > 0 {
		all = append(all, ratio(m.ours, m.floor)+" floor")
	}
	for _, p := range r.peers {
		if theirs, there := m.peers[p.name]; there && m.ours.wall > 0 {
			all = append(all, p.name+" "+ratio(theirs, m.ours))
		}
	}
	return all
}

func ratio(a, b result) string {
	text := fmt.Sprintf("%.2f", a.wall.Seconds()/b.wall.Seconds())
	if a.processor > 0 && b.processor > 0 {
		text += fmt.Sprintf(" (%.2f)", a.processor.Seconds()/b.processor.Seconds())
	}
	return text + " ×"
}

// String is the clock on the wall, with the processors' time in brackets.
func (r result) String() string {
	var parts []string
	if r.memory > 0 {
		parts = append(parts, source.Bytes(r.memory))
	}
	text := milliseconds(r.wall)
	if r.processor > 0 {
		text += fmt.Sprintf(" (%.0f)", r.processor.Seconds()*1000)
	}
	parts = append(parts, text)
	if r.requests > 0 {
		parts = append(parts, fmt.Sprintf("%d requests", r.requests))
	}
	if r.trips > 0 {
		parts = append(parts, fmt.Sprintf("%d round trips", r.trips))
	}
	return strings.Join(parts, ", ")
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.0f ms", d.Seconds()*1000) }
