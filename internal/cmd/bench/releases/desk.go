package main

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// desk stands in for a test where the fixtures of tests are used outside of
// one: what would end a test ends the process.
type desk struct {
	testing.TB
	last []func()
}

func (d *desk) Helper() {}

func (d *desk) Cleanup(f func()) { d.last = append(d.last, f) }

func (d *desk) Context() context.Context { return context.Background() }

func (d *desk) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}

func (d *desk) Fatalf(format string, args ...any) { d.Fatal(fmt.Sprintf(format, args...)) }

func (d *desk) Errorf(format string, args ...any) { d.Fatal(fmt.Sprintf(format, args...)) }

func (d *desk) Skip(args ...any) { d.Fatal(args...) }

func (d *desk) Skipf(format string, args ...any) { d.Fatal(fmt.Sprintf(format, args...)) }

func (d *desk) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// clear does what was left for the end, the last first.
func (d *desk) clear() {
	for n := len(d.last) - 1; n >= 0; n-- {
		d.last[n]()
	}
}
