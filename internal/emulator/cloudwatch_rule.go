package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// alarmRule is a composite alarm's rule, parsed.
type alarmRule interface {
	holds(state func(alarm string) string) bool
	alarms() []string // each once, in the rule's order
}

type (
	ruleConstant bool
	ruleState    struct{ alarm, state string }
	ruleNot      struct{ of alarmRule }
	ruleBoth     struct{ left, right alarmRule }
	ruleEither   struct{ left, right alarmRule }
)

func (r ruleConstant) holds(func(string) string) bool    { return bool(r) }
func (r ruleState) holds(state func(string) string) bool { return state(r.alarm) == r.state }
func (r ruleNot) holds(state func(string) string) bool   { return !r.of.holds(state) }
func (r ruleBoth) holds(state func(string) string) bool {
	return r.left.holds(state) && r.right.holds(state)
}
func (r ruleEither) holds(state func(string) string) bool {
	return r.left.holds(state) || r.right.holds(state)
}
func (r ruleConstant) alarms() []string { return nil }
func (r ruleState) alarms() []string    { return []string{r.alarm} }
func (r ruleNot) alarms() []string      { return r.of.alarms() }
func (r ruleBoth) alarms() []string     { return union(r.left.alarms(), r.right.alarms()) }
func (r ruleEither) alarms() []string   { return union(r.left.alarms(), r.right.alarms()) }

func union(a, b []string) []string {
	for _, name := range b {
		if !slices.Contains(a, name) {
			a = append(a, name)
		}
	}
	return a
}

// ruleParser reads a rule: OR binds weakest, then AND, then NOT. The words are
// written in capitals, as AWS demands.
type ruleParser struct{ rest string }

func parseRule(text string) (alarmRule, error) {
	p := &ruleParser{rest: text}
	rule, err := p.either()
	if err == nil && p.word() != "" {
		err = fmt.Errorf("unexpected %q", p.word())
	}
	if err != nil {
		return nil, err
	}
	return rule, nil
}

// word is the next word or sign, which take consumes.
func (p *ruleParser) word() string {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return ""
	}
	if strings.ContainsRune(`()"`, rune(p.rest[0])) {
		return p.rest[:1]
	}
	if end := strings.IndexAny(p.rest, "() \t\r\n"); end > 0 {
		return p.rest[:end]
	}
	return p.rest
}

func (p *ruleParser) take(want string) bool {
	if p.word() != want || want == "" {
		return false
	}
	p.rest = p.rest[len(want):]
	return true
}

func (p *ruleParser) either() (alarmRule, error) {
	left, err := p.both()
	for err == nil && p.take("OR") {
		var right alarmRule
		right, err = p.both()
		left = ruleEither{left, right}
	}
	return left, err
}

func (p *ruleParser) both() (alarmRule, error) {
	left, err := p.single()
	for err == nil && p.take("AND") {
		var right alarmRule
		right, err = p.single()
		left = ruleBoth{left, right}
	}
	return left, err
}

func (p *ruleParser) single() (alarmRule, error) {
	switch {
	case p.take("NOT"):
		of, err := p.single()
		return ruleNot{of}, err
	case p.take("("):
		inner, err := p.either()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("missing ) before %q", p.rest)
		}
		return inner, err
	case p.take("TRUE"):
		return ruleConstant(true), nil
	case p.take("FALSE"):
		return ruleConstant(false), nil
	}
	for _, state := range [...]string{alarmFiring, alarmOK, alarmInsufficient} {
		if p.take(state) {
			name, err := p.operand()
			return ruleState{name, state}, err
		}
	}
	return nil, fmt.Errorf("unexpected %q", p.word())
}

// operand is an alarm in parentheses, by name or ARN, quoted or not.
func (p *ruleParser) operand() (string, error) {
	if !p.take("(") {
		return "", fmt.Errorf("missing ( before %q", p.rest)
	}
	text, quoted := "", p.take(`"`)
	end := strings.IndexByte(p.rest, ')')
	if quoted {
		end = strings.IndexByte(p.rest, '"')
	}
	if end < 0 {
		return "", fmt.Errorf("the name of an alarm does not end in %q", p.rest)
	}
	text, p.rest = p.rest[:end], p.rest[end:]
	if quoted {
		p.rest = p.rest[1:]
	}
	if !p.take(")") {
		return "", fmt.Errorf("missing ) before %q", p.rest)
	}
	name := strings.TrimSpace(text)
	if _, after, isARN := strings.Cut(name, ":alarm:"); isARN && strings.HasPrefix(name, "arn:") {
		name = after
	}
	if name == "" {
		return "", fmt.Errorf("an alarm without a name")
	}
	return name, nil
}
