package emulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// formulaParser reads an expression by precedence.
type formulaParser struct {
	tokens []string
}

func parseFormula(text string) (formula, error) {
	tokens, err := formulaTokens(text)
	if err != nil {
		return nil, err
	}
	p := &formulaParser{tokens}
	f, err := p.binary(0)
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("unexpected %q", p.tokens[0])
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func formulaTokens(text string) ([]string, error) {
	var out []string
	for i := 0; i < len(text); {
		c := rune(text[i])
		end := i + 1
		switch {
		case unicode.IsSpace(c):
			i++
			continue
		case unicode.IsLetter(c), unicode.IsDigit(c), c == '.', c == '_':
			for end < len(text) && (unicode.IsLetter(rune(text[end])) || unicode.IsDigit(rune(text[end])) || text[end] == '.' || text[end] == '_') {
				end++
			}
		case strings.ContainsRune("<>=!", c) && end < len(text) && text[end] == '=':
			end++
		case !strings.ContainsRune("+-*/^()<>,", c):
			return nil, fmt.Errorf("%q is not supported by this emulator", text[i:])
		}
		out, i = append(out, text[i:end]), end
	}
	return out, nil
}

// precedence lists the binary operators from the weakest on.
func precedence() [][]string {
	return [][]string{{"<", ">", "<=", ">=", "==", "!="}, {"+", "-"}, {"*", "/"}, {"^"}}
}

func (p *formulaParser) binary(level int) (formula, error) {
	if level == len(precedence()) {
		return p.operand()
	}
	left, err := p.binary(level + 1)
	for err == nil && len(p.tokens) > 0 && slices.Contains(precedence()[level], p.tokens[0]) {
		sign := p.next()
		var right formula
		right, err = p.binary(level + 1)
		left = formulaBinary{sign, left, right}
	}
	return left, err
}

func (p *formulaParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	return token
}

func (p *formulaParser) operand() (formula, error) {
	token := p.next()
	// Go reads words such as inf, which are identifiers here, as numbers too.
	if strings.Trim(token, ".0123456789eE") == "" {
		if v, err := strconv.ParseFloat(token, 64); err == nil {
			return formulaNumber(v), nil
		}
	}
	switch {
	case token == "-":
		of, err := p.operand()
		return formulaBinary{"-", formulaNumber(0), of}, err
	case token == "(":
		inner, err := p.binary(0)
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("a ) is missing")
		}
		return inner, err
	case token == "FILL" || token == "IF":
		return p.function(token)
	case queryID.MatchString(token):
		return formulaName(token), nil
	}
	return nil, fmt.Errorf("%q is not supported by this emulator", token)
}

func (p *formulaParser) function(name string) (formula, error) {
	if p.next() != "(" {
		return nil, fmt.Errorf("a ( is missing after %s", name)
	}
	var arguments []formula
	for sign := ","; sign == ","; {
		argument, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, argument)
		if sign = p.next(); sign != "," && sign != ")" {
			return nil, fmt.Errorf("a ) is missing")
		}
	}
	if name == "IF" && len(arguments) == 3 {
		return formulaIf{arguments[0], arguments[1], arguments[2]}, nil
	}
	if name == "FILL" && len(arguments) == 2 {
		if with, constant := arguments[1].(formulaNumber); constant {
			return formulaFill{arguments[0], float64(with)}, nil
		}
	}
	return nil, fmt.Errorf("these arguments of %s are not supported by this emulator", name)
}
