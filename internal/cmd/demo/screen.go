package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// screen writes for people: on a terminal with a live line at the bottom,
// elsewhere with a plain line for each change.
type screen struct {
	out      io.Writer
	terminal bool
	mu       sync.Mutex
	last     string // the progress that was shown last
	open     bool   // a live line is open
}

func newScreen(f *os.File) *screen {
	info, err := f.Stat()
	return &screen{out: f, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"}
}

func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close()
	fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *screen) title(text string) {
	s.say("")
	s.say("%s", s.style("1", "== "+text))
}

// quote shows somebody else's words.
func (s *screen) quote(text string) {
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		s.say("  %s %s", s.style("2", "|"), strings.TrimRight(line, "\n"))
	}
}

func (s *screen) green(text string) string { return s.style("32", text) }
func (s *screen) red(text string) string   { return s.style("31", text) }

func (s *screen) style(code, text string) string {
	if !s.terminal {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// close ends a live line. The caller holds mu.
func (s *screen) close() {
	if s.open {
		fmt.Fprintln(s.out)
		s.open = false
	}
}

// progress shows a line in place of the one before.
func (s *screen) progress(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.terminal:
		fmt.Fprintf(s.out, "\r\x1b[K\x1b[?7l  %s\x1b[?7h", line) // cut off at the edge, not wrapped
		s.open = true
	case line != s.last:
		fmt.Fprintf(s.out, "  %s\n", line)
	}
	s.last = line
}

// watch shows what the account looks like, until the returned function is
// called.
func (d *demo) watch(ctx context.Context) (stop func()) {
	every := time.Second // plain lines come one a second at most
	if d.screen.terminal {
		every = 100 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		for (clock.System{}).Sleep(ctx, every) == nil {
			d.screen.progress(d.line())
		}
	})
	return func() {
		cancel()
		watching.Wait()
		d.screen.progress(d.line())
		d.screen.mu.Lock()
		defer d.screen.mu.Unlock()
		d.screen.close()
	}
}

// line is the account in one line.
func (d *demo) line() string {
	now, alias, label := d.cloud.fleet(), d.cloud.alias(), d.cloud.current()
	line := fmt.Sprintf("web %s %s %s", label, bar(now.serving[label], fleet, fleet), counted(now.serving, "×"))
	if starting := counted(now.starting, "×"); starting != "none" {
		line += ", starting " + starting
	}
	return fmt.Sprintf("%-49s api %s %s", line, bar(alias[label], 100, 10), counted(alias, " %"))
}

// bar is a share as a picture.
func bar(n, of, width int) string {
	full := min(width, n*width/of)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}
