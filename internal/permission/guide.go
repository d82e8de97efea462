package permission

import (
	"fmt"
	"strings"
)

// Guide is the generated part of the guide IAM.
func Guide(types []Type) (string, error) {
	var b strings.Builder
	for _, t := range types {
		fmt.Fprintf(&b, "## %s\n\n", t.Name)
		for _, note := range t.Notes {
			fmt.Fprintf(&b, "%s\n\n", note)
		}
		b.WriteString("| action | needed for | with | what for | without it |\n|---|---|---|---|---|\n")
		for _, p := range t.All {
			b.WriteString(row(p))
		}
		b.WriteString("\n")
		plan, err := Policy(t.Of(false, t.Features()...))
		if err != nil {
			return "", err
		}
		apply, err := Policy(t.Of(true, t.Features()...))
		if err != nil {
			return "", err
		}
		if plan == apply {
			fmt.Fprintf(&b, "For plan and apply:\n\n```json\n%s\n```\n\n", apply)
			continue
		}
		if len(t.Of(false, t.Features()...)) > 0 {
			fmt.Fprintf(&b, "For a plan:\n\n```json\n%s\n```\n\n", plan)
		}
		fmt.Fprintf(&b, "For an apply:\n\n```json\n%s\n```\n\n", apply)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func row(p Permission) string {
	phase, feature, without := "plan, apply", "", "an error that names it"
	if p.Apply {
		phase = "apply"
	}
	if p.Feature != "" {
		feature = "`" + p.Feature + "`"
	}
	if p.Without != "" {
		without = p.Without
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", p.Action, phase, feature, p.Why, without)
}

// Legend is the table of the placeholders.
func Legend() string {
	var b strings.Builder
	b.WriteString("| placeholder | stands for |\n|---|---|\n")
	for _, p := range Placeholders() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", p[0], p[1])
	}
	return b.String()
}
