package watch

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
)

// barWidth is how many characters a whole bar has.
const barWidth = 24

// display shows events: as progress bars that are drawn again on a terminal,
// as plain lines elsewhere.
type display struct {
	Screen
	drawn int // lines of bars on the screen
}

func newDisplay(s Screen) *display { return &display{Screen: s} }

// event tells what happened, where lines are plain; on a terminal only how a
// release ended stays on the screen.
func (d *display) event(t *tracked, e report.Event) {
	if d.Terminal && e.Kind != report.Ended {
		return
	}
	d.clear()
	fmt.Fprintln(d.Out, line(fmt.Sprintf("%s %s %s", e.Time.Format(time.TimeOnly), t.name, sentence(t.about, e))))
}

// bars draws a bar for each release that is under way.
func (d *display) bars(all []*tracked) {
	if !d.Terminal {
		return
	}
	d.clear()
	for _, t := range all {
		if !t.ended {
			fmt.Fprintln(d.Out, line(fmt.Sprintf("%s [%s] %3.0f %% %s %s", t.name, bar(t.last.Percent), t.last.Percent, words(t.last.Phase), shorten(t.last.Activity))))
			d.drawn++
		}
	}
}

// clear takes the bars off the screen.
func (d *display) clear() {
	if d.drawn > 0 {
		fmt.Fprintf(d.Out, "\x1b[%dA\x1b[J", d.drawn)
	}
	d.drawn = 0
}

func bar(percent float64) string {
	n := int(min(max(percent, 0), 100) * barWidth / 100)
	return strings.Repeat("█", n) + strings.Repeat("░", barWidth-n)
}

// sentence is an event in words.
func sentence(about report.Release, e report.Event) string {
	switch e.Kind {
	case report.Began:
		text := "begins: " + about.Version
		if about.Previous != "" && about.Previous != about.Version {
			text += " in place of " + about.Previous
		}
		return text + ", " + schedule(about)
	case report.Check:
		return strings.TrimSpace(fmt.Sprintf("%.0f %% checks: %s %s", e.Percent, e.Check.Outcome, e.Check.Detail))
	case report.Ended:
		return strings.TrimSuffix(fmt.Sprintf("ended: %s. %s", words(e.Status), e.Reason), " ")
	}
	text := fmt.Sprintf("%.0f %% %s", e.Percent, words(e.Phase))
	if len(e.Alarms) > 0 {
		text += ", in ALARM: " + strings.Join(e.Alarms, ", ")
	}
	if e.Activity != "" {
		text += ": " + e.Activity
	}
	return text
}

// schedule is the steps in words: 10 % (10m0s), 100 %.
func schedule(about report.Release) string {
	var out []string
	for _, s := range about.Steps {
		text := fmt.Sprintf("%d %%", s.Percent)
		if pause := s.Pause; pause > 0 {
			text += fmt.Sprintf(" (%s)", time.Duration(pause)*time.Second)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// line is text on one line. What a terminal would take for a command, or for
// the end of the line, comes from files and names, not from us.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '.'
		}
		return r
	}, text)
}

func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// shorten keeps an activity on its line.
func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
