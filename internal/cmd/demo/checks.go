package main

import (
	"fmt"
	"strings"
)

// check is one fact that was looked up; what is "Act|fact".
type check struct{ what, want, got string }

type checks []check

// add notes what was wanted and what is so.
func (c *checks) add(what string, want, got any) {
	*c = append(*c, check{what, fmt.Sprint(want), fmt.Sprint(got)})
}

const yes = "yes"

// said is a fact in words.
func said(fact bool) string {
	if fact {
		return yes
	}
	return "no"
}

// print writes the table and returns how many checks failed.
func (c checks) print(s *screen) (failed int) {
	shown := ""
	for _, one := range c {
		act, fact, _ := strings.Cut(one.what, "|")
		if act != shown {
			s.say("%s", act)
			shown = act
		}
		if one.want == one.got {
			s.say("  %s  %-56s %s", s.green("ok    "), fact, one.got)
			continue
		}
		failed++
		s.say("  %s  %-56s %s, want %s", s.red("FAILED"), fact, one.got, one.want)
	}
	return failed
}
