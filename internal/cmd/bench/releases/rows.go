package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// row is one measurement: so many releases at once.
type row struct {
	name  string
	count int
	loop  bool    // a shell's start-and-poll loop in place of the provider
	part  float64 // of the rates
}

func rows() []row {
	var out []row
	for _, n := range []int{1, 10, 100, 1000} {
		out = append(out, row{name: fmt.Sprintf("%d, awsdeploy", n), count: n, part: 1},
			row{name: fmt.Sprintf("%d, AWS CLI loop", n), count: n, part: 1, loop: true})
	}
	return append(out, row{name: "100, awsdeploy, half the rates", count: 100, part: 0.5})
}

// measured is what a row found.
type measured struct {
	Plan, Apply acctest.Figures
	Loop        bool
	Memory      int64 // of the process, emulator included
	Processor   time.Duration
}

func (r row) measure() (measured, error) {
	var d desk
	defer d.clear()
	rates := acctest.Rates()
	for key, rate := range rates {
		rates[key] = emulator.Rate{PerSecond: rate.PerSecond * r.part, Burst: rate.Burst * r.part}
	}
	w := acctest.New(&d, emulator.WithRates(rates))
	f := w.NewFleet(&d, r.count, "2m")
	m := measured{Plan: f.Plans, Loop: r.loop}
	if r.loop {
		m.Apply = f.Loop(&d, 10*time.Second)
	} else {
		m.Apply = f.Apply(2)
	}
	m.Memory = memory()
	return m, nil
}

func head() string {
	return "| Releases, and how | Calls | a release | Throttled | Failed | Lag: median | 95 % | most | Virtual time | Memory | Empty plan: calls | time |\n" +
		"|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
}

func (m measured) line(name string) string {
	a := m.Apply
	plan, memory := fmt.Sprintf("%d | %s", m.Plan.Total(), m.Plan.Took.Round(10*time.Millisecond)), fmt.Sprintf("%d MB", m.Memory>>20)
	if m.Loop {
		plan, memory = "- | -", "-"
	}
	released := len(a.Lags)
	line := fmt.Sprintf("| %s | %d | %.0f | %d (%.1f %%) | %d | %s | %s | %s | %s | %s | %s |\n", name,
		a.Total(), float64(a.Total())/float64(max(released, 1)), a.Throttled, 100*float64(a.Throttled)/float64(max(a.Total(), 1)), len(a.Failed),
		seconds(a.Lag(0.5)), seconds(a.Lag(0.95)), seconds(a.Lag(1)), a.Took.Round(time.Second), memory, plan)
	var calls []string
	for _, operation := range slices.Sorted(maps.Keys(a.Calls)) {
		_, short, _ := strings.Cut(operation, ":")
		calls = append(calls, fmt.Sprintf("%s %d", short, a.Calls[operation]))
	}
	return line + "|   calls by operation: " + strings.Join(calls, ", ") + strings.Repeat(" |", 12) + "\n"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
