package main

import (
	"fmt"
	"strings"
)

// document is the list and the texts, each text once.
func document(modules []module) ([]byte, error) {
	var out strings.Builder
	out.WriteString("# Third-party licences\n\n" +
		"The provider's binaries are made of these modules beside its own, on one platform or another. Written by `make licenses`; do not edit.\n\n" +
		"| module | version | licence | texts |\n|---|---|---|---|\n")
	numbers := map[string]int{}
	var order []string
	var users [][]string
	for _, m := range modules {
		licences, err := m.licences()
		if err != nil {
			return nil, err
		}
		var refs []string
		for _, t := range m.files {
			n, known := numbers[t.content]
			if !known {
				n = len(order)
				numbers[t.content] = n
				order, users = append(order, t.content), append(users, nil)
			}
			users[n] = append(users[n], m.path+" ("+t.name+")")
			refs = append(refs, fmt.Sprintf("[%d](#text-%d)", n+1, n+1))
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", m.path, m.version, strings.Join(licences, " AND "), strings.Join(refs, ", "))
	}
	for n, content := range order {
		fence := "```"
		for strings.Contains(content, fence) {
			fence += "`"
		}
		fmt.Fprintf(&out, "\n## Text %d\n\nOf %s:\n\n%stext\n%s%s\n", n+1, strings.Join(users[n], ", "), fence, content, fence)
	}
	return []byte(out.String()), nil
}
