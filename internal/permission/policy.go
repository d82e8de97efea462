package permission

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

type statement struct {
	ID        string                       `json:"Sid"`
	Effect    string                       `json:"Effect"`
	Action    list                         `json:"Action"`
	Resource  string                       `json:"Resource"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

type document struct {
	Version   string
	Statement []*statement
}

// list is one string, or several.
type list []string

// MarshalJSON writes one string without brackets, as policies may.
func (l list) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

// Policy is a policy document of the permissions. Those of one feature are
// statements of their own, named after it, so that they can be left out.
func Policy(all []Permission) (string, error) {
	var statements []*statement
	seen := map[string]int{}
	for _, p := range all {
		at := slices.IndexFunc(statements, func(s *statement) bool {
			return strings.HasPrefix(s.ID, sid(p.Feature)) && strings.TrimLeft(s.ID[len(sid(p.Feature)):], "0123456789") == "" && s.takes(p)
		})
		if at < 0 {
			seen[p.Feature]++
			s := &statement{ID: sid(p.Feature), Effect: "Allow", Resource: p.Resource}
			if seen[p.Feature] > 1 {
				s.ID += fmt.Sprint(seen[p.Feature])
			}
			if p.When != nil {
				s.Condition = map[string]map[string]string{p.When.Operator: {p.When.Key: p.When.Value}}
			}
			statements, at = append(statements, s), len(statements)
		}
		if s := statements[at]; !slices.Contains(s.Action, p.Action) {
			s.Action = append(s.Action, p.Action)
			slices.Sort(s.Action)
		}
	}
	text, err := json.MarshalIndent(document{"2012-10-17", statements}, "", "  ")
	return string(text), err
}

func (s *statement) takes(p Permission) bool {
	if s.Resource != p.Resource || (p.When == nil) != (s.Condition == nil) {
		return false
	}
	return p.When == nil || s.Condition[p.When.Operator][p.When.Key] == p.When.Value
}

// sid is a statement's id, which has letters and digits only.
func sid(feature string) string {
	if feature == "" {
		return "Always"
	}
	var b strings.Builder
	up := true
	for _, r := range feature {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			up = true
			continue
		}
		if up {
			r = unicode.ToUpper(r)
		}
		up = false
		b.WriteRune(r)
	}
	return b.String()
}
