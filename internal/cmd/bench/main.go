// Bench measures what a plan and an apply take beside what others take for the
// same: make bench. All of a row runs in turns, round by round, so that
// whatever else the machine does meets all of them alike. It prints medians,
// and whether they are within the goals, and fails on no figure: machines
// differ.
//
// A new row goes into a file of its own, and its function into sections.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

// section is a part of BENCHMARKS.md that holds one table. Its rows work below
// dir, and make what they need there only when they are measured.
type section struct {
	title string
	rows  []func(dir string) []row
}

// sections are the parts of BENCHMARKS.md in their order.
func sections() []section {
	return []section{
		{"Packages and images", []func(string) []row{pushRows, planRows, javaRows, zipRows, memoryRows}},
	}
}

type options struct {
	repeat   int
	only     string
	ours     bool
	markdown bool
	alone    string
}

func main() {
	var o options
	flag.IntVar(&o.repeat, "n", 5, "how often each row is measured")
	flag.StringVar(&o.only, "run", "", `measure only the rows that this regular expression finds in "section: row"`)
	flag.BoolVar(&o.ours, "ours", false, "leave the others out")
	flag.BoolVar(&o.markdown, "markdown", false, "print the tables as BENCHMARKS.md has them")
	flag.StringVar(&o.alone, "alone", "", "do the named row once, in this process, and say how much memory it took")
	flag.Parse()
	// What was started for a row is ended also when the bench is stopped.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "awsdeploy-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Setenv("AWSDEPLOY_CACHE_DIR", dir+"/cache"); err != nil {
		return err
	}
	if o.alone != "" {
		return alone(ctx, out, dir, o.alone)
	}
	for _, s := range sections() {
		var rows []row
		for _, list := range s.rows {
			for _, r := range list(dir) {
				if !only.MatchString(s.title + ": " + r.name) {
					continue
				}
				if o.ours {
					r.peers = nil
				}
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 {
			continue
		}
		if err := s.measure(ctx, out, rows, o); err != nil {
			return err
		}
	}
	return nil
}

func (s section) measure(ctx context.Context, out io.Writer, rows []row, o options) error {
	t := newTable(out, s.title, o.markdown)
	t.begin(machine(o.repeat))
	for _, r := range rows {
		fmt.Fprintln(os.Stderr, "measuring:", r.name)
		m, err := r.measure(ctx, o.repeat)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		t.add(r, m)
	}
	return t.end()
}

// alone is what a process does that was started for its memory's sake.
func alone(ctx context.Context, out io.Writer, dir, name string) error {
	for _, s := range sections() {
		for _, list := range s.rows {
			for _, r := range list(dir) {
				if r.name != name {
					continue
				}
				if err := r.prepare(); err != nil {
					return err
				}
				if err := r.ours.run(ctx); err != nil {
					return err
				}
				peak, err := memory()
				if err == nil {
					_, err = fmt.Fprintln(out, peak)
				}
				return err
			}
		}
	}
	return fmt.Errorf("no row is called %q", name)
}
