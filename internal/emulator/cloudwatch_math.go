package emulator

import (
	"maps"
	"math"
	"time"
)

// formula is a metric math expression: numbers, the ids of other queries,
// + - * / ^, comparisons, parentheses, FILL(m, number) and IF(c, a, b).
// Anything else that CloudWatch knows is refused when it is parsed.
type formula interface {
	value(in formulaWindow) series
	names() []string
}

// formulaWindow is what an expression is computed over.
type formulaWindow struct {
	of      func(id string) series // another query's data
	moments []time.Time            // of the periods, oldest first
}

type (
	formulaNumber float64
	formulaName   string
	formulaBinary struct {
		sign        string
		left, right formula
	}
	formulaFill struct {
		of   formula
		with float64
	}
	formulaIf struct{ condition, yes, no formula }
)

func (f formulaNumber) value(formulaWindow) series  { return series{constant: float64(f)} }
func (f formulaNumber) names() []string             { return nil }
func (f formulaName) value(in formulaWindow) series { return in.of(string(f)) }
func (f formulaName) names() []string               { return []string{string(f)} }
func (f formulaBinary) names() []string             { return union(f.left.names(), f.right.names()) }
func (f formulaFill) names() []string               { return f.of.names() }
func (f formulaIf) names() []string {
	return union(f.condition.names(), union(f.yes.names(), f.no.names()))
}

func (f formulaBinary) value(in formulaWindow) series {
	return combine(f.left.value(in), f.right.value(in), func(a, b float64) float64 { return operate(f.sign, a, b) })
}

// combine has a value where both operands have one.
func combine(a, b series, by func(a, b float64) float64) series {
	switch {
	case a.at == nil && b.at == nil:
		return series{constant: by(a.constant, b.constant)}
	case a.at == nil:
		return combine(b, a, func(x, y float64) float64 { return by(y, x) })
	}
	out := series{at: map[time.Time]float64{}}
	for t, x := range a.at {
		if y, ok := b.at[t]; ok {
			out.at[t] = by(x, y)
		} else if b.at == nil {
			out.at[t] = by(x, b.constant)
		}
	}
	return out
}

// operate applies an operator. A comparison is 1 or 0; a division by zero is
// not a number and gives no datapoint.
func operate(sign string, a, b float64) float64 {
	truth := map[string]bool{"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "==": a == b, "!=": a != b}
	if holds, comparison := truth[sign]; comparison {
		if holds {
			return 1
		}
		return 0
	}
	switch sign {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	}
	return math.Pow(a, b)
}

// value gives the number to the moments that the series lacks.
func (f formulaFill) value(in formulaWindow) series {
	given := f.of.value(in)
	if given.at == nil {
		return given
	}
	out := series{at: map[time.Time]float64{}}
	for _, t := range in.moments {
		out.at[t] = f.with
	}
	maps.Copy(out.at, given.at)
	return out
}

func (f formulaIf) value(in formulaWindow) series {
	condition, yes, no := f.condition.value(in), f.yes.value(in), f.no.value(in)
	chosen := combine(condition, yes, func(c, v float64) float64 {
		if c != 0 {
			return v
		}
		return math.NaN()
	})
	other := combine(condition, no, func(c, v float64) float64 {
		if c == 0 {
			return v
		}
		return math.NaN()
	})
	if chosen.at == nil && other.at == nil {
		if condition.constant != 0 {
			return yes
		}
		return no
	}
	out := series{at: map[time.Time]float64{}}
	for _, side := range [...]series{chosen, other} {
		for t, v := range side.at {
			if !math.IsNaN(v) {
				out.at[t] = v
			}
		}
	}
	return out
}
