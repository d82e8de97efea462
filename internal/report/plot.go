package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The plots' own units; the page scales them.
const (
	plotWidth  = 720.0
	plotHeight = 200.0
	plotLeft   = 56.0 // room for the axis' numbers
	plotRight  = 10.0
	plotTop    = 8.0
)

// plot is the geometry of a page's pictures: everything that happened on one
// axis of time.
type plot struct {
	Width, Height, Bottom float64
	Left, Right           float64
	Areas                 []area // shares, stacked from the bottom
	Serving, Floor        string // lines; empty when nothing is known of them
	Most                  int    // the capacity axis' upper end
	Marks                 []mark
	Phases                []mark
	Ticks                 []mark
	Alarms                []span
}

// area is one version's share over time.
type area struct {
	Version string
	Class   string // v0 is the new version, v1 the previous one, then others
	Points  string
}

// mark is a moment: a check's verdict, a phase, a tick of the time axis.
type mark struct {
	X     float64
	Class string
	Text  string
	Title string
}

// span is a stretch of time in which an alarm fired.
type span struct {
	X, Width float64
	Name     string
	Row      int
}

// draw makes the pictures of a story.
func draw(s story) plot {
	p := plot{Width: plotWidth, Height: plotHeight, Bottom: plotTop + plotHeight, Left: plotLeft, Right: plotWidth - plotRight}
	p.Areas = p.areas(s)
	p.capacity(s)
	phase := ""
	for _, e := range s.events {
		switch {
		case e.Kind == Check:
			p.Marks = append(p.Marks, mark{X: p.x(s, e.Time), Class: e.Check.Outcome, Text: symbol(e.Check.Outcome),
				Title: fmt.Sprintf("%s %s: %s", at(s, e.Time), e.Check.Outcome, e.Check.Detail)})
		case e.Kind == Phase && e.Phase != phase:
			phase = e.Phase
			p.Phases = append(p.Phases, mark{X: p.x(s, e.Time), Text: e.Phase, Title: at(s, e.Time) + " " + e.Phase})
		}
	}
	p.Alarms = p.alarms(s)
	p.Ticks = p.ticks(s)
	return p
}

// symbol tells a verdict without colour.
func symbol(outcome string) string {
	switch outcome {
	case "pass":
		return "✓"
	case "fail":
		return "✗"
	}
	return "?"
}

// x is where a moment lies.
func (p plot) x(s story, t time.Time) float64 {
	whole := s.End.Sub(s.Start)
	if whole <= 0 {
		return p.Left
	}
	return round(p.Left + (p.Right-p.Left)*float64(t.Sub(s.Start))/float64(whole))
}

// y is where a share of a whole lies.
func (p plot) y(part float64) float64 { return round(p.Bottom - p.Height*part) }

func round(f float64) float64 { return float64(int(f*10+0.5)) / 10 }

// areas are the versions' shares as polygons: each holds its value until the
// next event.
func (p plot) areas(s story) []area {
	var out []area
	for i, version := range s.Versions {
		var upper, lower []string
		for n, e := range s.events {
			if e.Shares == nil {
				continue
			}
			base := 0.0
			for _, below := range s.Versions[:i] {
				base += e.Shares[below]
			}
			end := s.End
			if n+1 < len(s.events) {
				end = s.events[n+1].Time
			}
			for _, t := range []time.Time{e.Time, end} {
				x := p.x(s, t)
				upper = append(upper, fmt.Sprintf("%g,%g", x, p.y((base+e.Shares[version])/100)))
				lower = append(lower, fmt.Sprintf("%g,%g", x, p.y(base/100)))
			}
		}
		slices.Reverse(lower)
		out = append(out, area{Version: version, Class: fmt.Sprintf("v%d", min(i+s.missing(), 3)), Points: strings.Join(append(upper, lower...), " ")})
	}
	return out
}

// missing is 1 when the new version never had a share: the colours stay the
// versions' own.
func (s story) missing() int {
	if len(s.Versions) > 0 && s.Versions[0] == s.Version {
		return 0
	}
	return 1
}

// capacity draws what was in service, and the fewest that were allowed.
func (p *plot) capacity(s story) {
	for _, e := range s.events {
		p.Most = max(p.Most, e.Serving, e.Floor)
	}
	if p.Most == 0 {
		return
	}
	var serving, floor []string
	for n, e := range s.events {
		if e.Kind == Began {
			continue
		}
		end := s.End
		if n+1 < len(s.events) {
			end = s.events[n+1].Time
		}
		for _, t := range []time.Time{e.Time, end} {
			serving = append(serving, fmt.Sprintf("%g,%g", p.x(s, t), p.y(float64(e.Serving)/float64(p.Most))))
			floor = append(floor, fmt.Sprintf("%g,%g", p.x(s, t), p.y(float64(e.Floor)/float64(p.Most))))
		}
	}
	p.Serving, p.Floor = strings.Join(serving, " "), strings.Join(floor, " ")
}

// alarms are the times in which each alarm fired, a row for each.
func (p plot) alarms(s story) []span {
	var out []span
	var names []string
	for n, e := range s.events {
		end := s.End
		if n+1 < len(s.events) {
			end = s.events[n+1].Time
		}
		for _, name := range e.Alarms {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			x := p.x(s, e.Time)
			out = append(out, span{X: x, Width: max(p.x(s, end)-x, 2), Name: name, Row: slices.Index(names, name)})
		}
	}
	return out
}

// ticks are the time axis' numbers: five of them, from the release's start.
func (p plot) ticks(s story) []mark {
	const parts = 4
	var out []mark
	for i := range parts + 1 {
		t := s.Start.Add(s.End.Sub(s.Start) * time.Duration(i) / parts)
		anchor := "middle"
		if i == parts {
			anchor = "end" // else it would leave the picture
		}
		out = append(out, mark{X: p.x(s, t), Text: spell(t.Sub(s.Start)), Class: anchor})
	}
	if s.End.Equal(s.Start) {
		return out[:1]
	}
	return out
}

// at is a moment in words: the time since the release began.
func at(s story, t time.Time) string { return "after " + spell(t.Sub(s.Start)) }

// spell is a duration for people: 90s is 1m30s, 2h0m0s is 2h.
func spell(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// percent is a share in words.
func percent(p float64) string { return fmt.Sprintf("%g %%", round(p)) }
