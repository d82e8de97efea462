package emulator

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// violation is one constraint of the model that an input breaks.
type violation struct {
	at    string // AWS's spelling: members begin in lower case
	value any    // nil for a missing member
	rule  string
	kind  violationKind
}

type violationKind int

const (
	missing violationKind = iota
	outOfRange
	notInSet
	badPattern
)

// checkMembers collects the violations of an input in the order of its members.
func checkMembers(s *shape, in values, at string, found *[]violation) {
	for _, name := range slices.Sorted(slices.Values(s.Required)) {
		if !in.has(name) {
			*found = append(*found, violation{at: join(at, lowerFirst(name)), rule: "Member must not be null", kind: missing})
		}
	}
	names := make([]string, 0, len(in))
	for name := range in {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		checkValue(s.Members[name].to, in[name], join(at, lowerFirst(name)), found)
	}
}

func checkValue(s *shape, v any, at string, found *[]violation) {
	add := func(kind violationKind, format string, args ...any) {
		*found = append(*found, violation{at: at, value: v, rule: fmt.Sprintf(format, args...), kind: kind})
	}
	switch v := v.(type) {
	case values:
		if s.Type == "map" {
			checkSize(s, len(v), add)
			for _, key := range sortedKeys(v) {
				checkValue(s.Key.to, key, at+"."+key+".member", found)
				checkValue(s.Value.to, v[key], at+"."+key+".member", found)
			}
			return
		}
		checkMembers(s, v, at, found)
	case []any:
		checkSize(s, len(v), add)
		for i, item := range v {
			checkValue(s.Item.to, item, fmt.Sprintf("%s.%d.member", at, i+1), found)
		}
	case []byte:
		checkSize(s, len(v), add)
	case string:
		checkString(s, v, add)
	case int64:
		checkRange(s, float64(v), add)
	case float64:
		checkRange(s, v, add)
	}
}

type addViolation func(kind violationKind, format string, args ...any)

func checkString(s *shape, v string, add addViolation) {
	switch {
	case len(s.Enum) > 0:
		if !s.enum[v] {
			add(notInSet, "Member must satisfy enum value set: [%s]", strings.Join(s.Enum, ", "))
		}
		return
	case s.pattern != nil && !s.pattern.MatchString(v):
		add(badPattern, "Member must satisfy regular expression pattern: %s", s.Source)
	}
	checkSize(s, utf8.RuneCountInString(v), add)
}

func checkSize(s *shape, n int, add addViolation) {
	const format = "Member must have length %s or equal to %s"
	if s.Max != nil && float64(n) > *s.Max {
		add(outOfRange, format, "less than", number(*s.Max))
	}
	if s.Min != nil && float64(n) < *s.Min {
		add(outOfRange, format, "greater than", number(*s.Min))
	}
}

func checkRange(s *shape, n float64, add addViolation) {
	if math.IsNaN(n) {
		add(outOfRange, "Member must be a number")
	}
	if s.Max != nil && n > *s.Max {
		add(outOfRange, "Member must have value less than or equal to %s", number(*s.Max))
	}
	if s.Min != nil && n < *s.Min {
		add(outOfRange, "Member must have value greater than or equal to %s", number(*s.Min))
	}
}

// refuseInput words what is wrong with an input as the service does.
func (m *model) refuseInput(found []violation) *apiError {
	if m.Service == "ec2" {
		return refuseEC2Input(found[0])
	}
	if m.Service == "ecr" {
		v := found[0]
		return refuse("InvalidParameterException", "Invalid parameter at '%s' failed to satisfy constraint: '%s'", v.at, v.rule)
	}
	code := "ValidationError"
	if m.speaks("rest-json") || m.speaks("json") && !m.QueryCompatible {
		code = "ValidationException"
	}
	noun, texts := "error", make([]string, len(found))
	if len(found) > 1 {
		noun = "errors"
	}
	for i, v := range found {
		texts[i] = fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", v.shown(), v.at, v.rule)
	}
	return refuse(code, "%d validation %s detected: %s", len(found), noun, strings.Join(texts, "; "))
}

func refuseEC2Input(v violation) *apiError {
	parts := strings.Split(v.at, ".")
	for i, p := range parts {
		parts[i] = upperFirst(p)
	}
	name := strings.ReplaceAll(strings.Join(parts, "."), ".Member", "")
	switch v.kind {
	case missing:
		return refuse("MissingParameter", "The request must contain the parameter %s", name)
	case notInSet:
		return refuse("InvalidParameterValue", "Invalid value '%v' for %s.", v.value, name)
	}
	return refuse("InvalidParameterValue", "Value (%s) for parameter %s is invalid. %s", strings.Trim(v.shown(), "'"), name,
		strings.Replace(v.rule, "Member", "The value", 1))
}

// shown is a value as AWS quotes it: composite ones in brackets.
func (v violation) shown() string {
	switch value := v.value.(type) {
	case nil:
		return "null"
	case []byte:
		return fmt.Sprintf("'%d bytes'", len(value))
	case string:
		return "'" + value + "'"
	case []any, values:
		text, _ := json.Marshal(value)
		return "'" + string(text) + "'"
	default:
		return fmt.Sprintf("'%v'", value)
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
