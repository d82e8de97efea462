// Bench measures what a plan and an apply spend on sources and packages, beside
// what others do for the same: make bench. It prints medians and fails on
// nothing: machines differ.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// row is one measurement.
type row struct {
	name string
	goal string // as people say it; empty when there is none
	// run does the work once. What it has to make ready before, it does in a
	// call of before, which does not count.
	run    func(ctx context.Context) error
	before func() error
	once   bool // too long for a median
	// memory is measured instead of time, in a process of its own.
	memory bool
}

func main() {
	repeat := flag.Int("n", 5, "how often each row is measured")
	only := flag.String("run", "", "measure only the rows whose name contains this")
	alone := flag.String("memory", "", "run the named row once, in this process")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *repeat, *only, *alone); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, repeat int, only, alone string) error {
	dir, err := os.MkdirTemp("", "awsdeploy-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Setenv("AWSDEPLOY_CACHE_DIR", dir+"/cache"); err != nil {
		return err
	}
	groups := []func(string) ([]row, error){planRows, zipRows, javaRows, memoryRows}
	if alone != "" {
		rows, err := memoryRows(dir)
		for _, r := range rows {
			if r.name == alone {
				if err := r.run(ctx); err != nil {
					return err
				}
				most, err := memory()
				if err == nil {
					_, err = fmt.Fprintln(out, most)
				}
				return err
			}
		}
		return cmp.Or(err, fmt.Errorf("no row is called %q", alone))
	}
	fmt.Fprintf(out, "%s on %d processors, median of %d\n\n", runtime.Version(), runtime.NumCPU(), repeat)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\ttime\tprocessor\tgoal")
	for _, group := range groups {
		rows, err := group(dir)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !strings.Contains(r.name, only) {
				continue
			}
			line, err := r.measure(ctx, repeat)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\n", r.name, line, r.goal)
			if err := table.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r row) measure(ctx context.Context, repeat int) (string, error) {
	if r.memory {
		return peak(ctx, r.name)
	}
	if r.once {
		repeat = 1
	}
	var walls, cpus []time.Duration
	for range repeat {
		if r.before != nil {
			if err := r.before(); err != nil {
				return "", err
			}
		}
		runtime.GC()
		cpu, wall := processor(), clock.System{}.Now()
		if err := r.run(ctx); err != nil {
			return "", err
		}
		walls, cpus = append(walls, clock.System{}.Now().Sub(wall)), append(cpus, processor()-cpu)
	}
	return milliseconds(median(walls)) + "\t" + milliseconds(median(cpus)), nil
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.0f ms", d.Seconds()*1000) }
