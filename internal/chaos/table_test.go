package chaos

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// tally counts the cells of all subjects. Its file, where it has one, tells
// at every moment how far they are.
type tally struct {
	file     string
	mu       sync.Mutex
	faults   map[[2]string]score // by fault and subject
	variants map[[2]string]score // by variant and subject
}

type score struct{ tried, survived int }

func (y *tally) count(c cell, survived bool) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.faults == nil {
		y.faults, y.variants = map[[2]string]score{}, map[[2]string]score{}
	}
	one := score{tried: 1}
	if survived {
		one.survived = 1
	}
	for in, row := range map[*map[[2]string]score]string{&y.faults: c.fault.name, &y.variants: c.variant.name} {
		s := (*in)[[2]string{row, c.subject.name}]
		(*in)[[2]string{row, c.subject.name}] = score{s.tried + one.tried, s.survived + one.survived}
	}
	if y.file == "" {
		return nil
	}
	return os.WriteFile(y.file, []byte(y.text()), 0o644)
}

// tables are a row for each fault, and one for each variant: the cells tried,
// and how many of them failed where any did.
func (y *tally) tables() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.text()
}

// text is the tables; the caller holds mu.
func (y *tally) text() string {
	var met, beside []string
	for _, f := range faults() {
		met = append(met, f.name)
	}
	for _, s := range subjects() {
		for _, v := range s.variants() {
			if !slices.Contains(beside, v.name) {
				beside = append(beside, v.name)
			}
		}
	}
	var total score
	for _, s := range y.faults {
		total.tried, total.survived = total.tried+s.tried, total.survived+s.survived
	}
	return fmt.Sprintf("%s\n%s\n%d cells tried, %d survived, %d failed\n",
		table("fault", met, y.faults), table("beside it", beside, y.variants), total.tried, total.survived, total.tried-total.survived)
}

func table(corner string, rows []string, cells map[[2]string]score) string {
	var out strings.Builder
	out.WriteString("| " + corner + " |")
	for _, s := range subjects() {
		out.WriteString(" " + s.name + " |")
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(subjects())) + "\n")
	for _, row := range rows {
		out.WriteString("| " + row + " |")
		for _, s := range subjects() {
			out.WriteString(" " + cells[[2]string{row, s.name}].String() + " |")
		}
		out.WriteString("\n")
	}
	return out.String()
}

func (s score) String() string {
	switch s.tried {
	case 0:
		return "–"
	case s.survived:
		return fmt.Sprint(s.tried)
	}
	return fmt.Sprintf("%d, **%d failed**", s.tried, s.tried-s.survived)
}
