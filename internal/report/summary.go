package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Markdown is a summary of the events' release, for a job's summary or a
// comment: what, where, how it ended, its steps, and the cause if it failed.
func Markdown(events []Event) string {
	s := tell(events)
	var out strings.Builder
	sign := "✅"
	switch {
	case s.Running():
		sign = "⏳"
	case !s.Good():
		sign = "❌"
	}
	fmt.Fprintf(&out, "### %s %s: %s\n\n", sign, escape(s.Target), escape(strings.ReplaceAll(s.Status, "_", " ")))
	fmt.Fprintf(&out, "| | |\n|---|---|\n| version | %s |\n", code(s.Version))
	if s.Previous != "" {
		fmt.Fprintf(&out, "| before | %s |\n", code(s.Previous))
	}
	fmt.Fprintf(&out, "| began | %s |\n| took | %s |\n| share of the new version | %s |\n",
		s.Start.Format(time.RFC3339), spell(s.Lasted()), percent(s.Percent))
	if len(s.Alarms) > 0 {
		fmt.Fprintf(&out, "| alarms | %s |\n", code(strings.Join(s.Alarms, ", ")))
	}
	fmt.Fprintf(&out, "\n| step | watched for | state | reached after |\n|---|---|---|---|\n")
	for _, st := range s.Stages {
		reached := ""
		if !st.Began.IsZero() {
			reached = spell(st.Began.Sub(s.Start))
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", st.Name, spell(st.Pause), st.State, reached)
	}
	if len(s.Checks) > 0 {
		out.WriteString("\n| check | after | |\n|---|---|---|\n")
		for _, c := range s.Checks {
			fmt.Fprintf(&out, "| %s %s | %s | %s |\n", symbol(c.Check.Outcome), escape(c.Check.Outcome), spell(c.Time.Sub(s.Start)), escape(c.Check.Detail))
		}
	}
	if s.Reason != "" {
		fmt.Fprintf(&out, "\n**Cause:** %s\n", escape(s.Reason))
	}
	if s.Evidence != "" {
		fmt.Fprintf(&out, "\n%s\n", fenced(s.Evidence))
	}
	return out.String()
}

// escape keeps text from being read as Markdown or HTML, on one line.
func escape(text string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "\\*", "_", "\\_", "~", "\\~", "`", "\\`", "[", "\\[", "]", "\\]").Replace(oneLine(text))
}

// code is text in a code span. What could end the span or its table cell is
// written as HTML, whose entities mean nothing to Markdown.
func code(text string) string {
	text = oneLine(text)
	switch {
	case text == "":
		return ""
	case !strings.ContainsAny(text, "`|\\"):
		return "`" + text + "`"
	}
	var out strings.Builder
	for _, r := range text {
		if r < 0x80 && r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			fmt.Fprintf(&out, "&#%d;", r)
			continue
		}
		out.WriteRune(r)
	}
	return "<code>" + out.String() + "</code>"
}

// oneLine is text without line ends and other characters that cannot be seen.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// fenced is text in a block that no fence of its own can end.
func fenced(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "text\n" + strings.TrimRight(text, "\n") + "\n" + fence
}
