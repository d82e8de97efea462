package main

import "fmt"

// check is one fact that was looked up.
type check struct{ what, want, got string }

type checks []check

// add notes what was wanted and what is so.
func (c *checks) add(what string, want, got any) {
	*c = append(*c, check{what, fmt.Sprint(want), fmt.Sprint(got)})
}

// print writes the table and returns how many checks failed.
func (c checks) print(s *screen) (failed int) {
	act := ""
	for _, one := range c {
		var text string
		if a, rest, ok := cutAct(one.what); ok {
			if a != act {
				s.say("%s", a)
				act = a
			}
			text = rest
		}
		if one.want == one.got {
			s.say("  %s  %-58s %s", s.green("ok    "), text, one.got)
			continue
		}
		failed++
		s.say("  %s  %-58s %s, want %s", s.red("FAILED"), text, one.got, one.want)
	}
	return failed
}

func cutAct(what string) (act, rest string, ok bool) {
	for i := range what {
		if what[i] == '|' {
			return what[:i], what[i+1:], true
		}
	}
	return "", what, false
}
