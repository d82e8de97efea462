package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// unknownMember is a member that a structure of the model does not have.
type unknownMember struct{ path string }

func (e *unknownMember) Error() string { return e.path + " is not a member" }

// wrongType is a value that the member's type cannot hold.
type wrongType struct {
	path  string
	value any
	want  string
}

func (e *wrongType) Error() string {
	return fmt.Sprintf("%s: %v (%T) is no %s", e.path, e.value, e.value, e.want)
}

// reader turns loosely typed data into the types of the model. The codecs
// differ in what names members have and how scalars are written.
type reader struct {
	wire func(name string, r *reference) string // nil: the model's names
	// scalar reads a value that is not of the model's own Go type.
	scalar func(r *reference, raw any) (any, bool)
}

// structure reads an object. Members that are null count as absent.
func (rd reader) structure(s *shape, raw any, at string) (values, error) {
	in, ok := asMap(raw)
	if !ok {
		return nil, &wrongType{at, raw, "structure"}
	}
	byWire := map[string]string{}
	if rd.wire != nil {
		for name, r := range s.Members {
			byWire[rd.wire(name, r)] = name
		}
	}
	out := values{}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		name := key
		if rd.wire != nil {
			name = byWire[key]
		}
		member := s.Members[name]
		if in[key] == nil {
			continue
		}
		if member == nil {
			return nil, &unknownMember{join(at, key)}
		}
		v, err := rd.value(member, in[key], join(at, name))
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[name] = v
		}
	}
	return out, nil
}

// value reads one value of any type; nil means absent.
func (rd reader) value(r *reference, raw any, at string) (any, error) {
	switch r.to.Type {
	case "structure":
		v, err := rd.structure(r.to, raw, at)
		if v == nil {
			return nil, err
		}
		return v, err
	case "map":
		in, ok := asMap(raw)
		if !ok {
			return nil, &wrongType{at, raw, "map"}
		}
		out := values{}
		for _, key := range slices.Sorted(maps.Keys(in)) {
			v, err := rd.value(r.to.Value, in[key], join(at, key))
			if err != nil {
				return nil, err
			}
			out[key] = v
		}
		return out, nil
	case "list":
		in, ok := asList(raw)
		if !ok {
			return nil, &wrongType{at, raw, "list"}
		}
		out := make([]any, 0, len(in))
		for i, item := range in {
			v, err := rd.value(r.to.Item, item, fmt.Sprintf("%s.%d", at, i+1))
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	if v, ok := rd.scalar(r, raw); ok {
		return v, nil
	}
	return nil, &wrongType{at, raw, r.to.Type}
}

// goValues reads what Go callers and operations hand over.
func goValues() reader { return reader{scalar: goScalar} }

// wireScalar is goScalar without what only Go callers mean: what came over the
// wire is of the member's own type.
func wireScalar(r *reference, raw any) (any, bool) {
	switch raw.(type) {
	case string:
		if r.to.Type != "string" {
			return nil, false
		}
	case float64:
		if r.to.Type == "integer" || r.to.Type == "long" {
			return nil, false
		}
	default:
		if r.to.Type == "string" {
			return nil, false
		}
	}
	return goScalar(r, raw)
}

func goScalar(r *reference, raw any) (any, bool) {
	switch r.to.Type {
	case "string":
		switch v := raw.(type) {
		case string:
			return v, true
		case fmt.Stringer:
			return v.String(), true
		}
	case "boolean":
		v, ok := raw.(bool)
		return v, ok
	case "integer", "long":
		v, ok := integerOf(raw)
		n, whole := v.(int64)
		return v, ok && whole && (bits(r.to) == 64 || n == int64(int32(n)))
	case "float", "double":
		return floatOf(raw)
	case "timestamp":
		v, ok := raw.(time.Time)
		t, fits := moment(v)
		return t, ok && fits && !v.IsZero()
	case "blob":
		switch v := raw.(type) {
		case []byte:
			return v, true
		case string:
			return []byte(v), true
		}
	}
	return nil, false
}

func integerOf(raw any) (any, bool) {
	switch v := raw.(type) {
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<63
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return nil, false
}

func floatOf(raw any) (any, bool) {
	switch v := raw.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	}
	if n, ok := integerOf(raw); ok {
		return float64(n.(int64)), true
	}
	return nil, false
}

func asMap(raw any) (map[string]any, bool) {
	switch v := raw.(type) {
	case values:
		return v, true
	case map[string]any:
		return v, true
	case map[string]string:
		return loosen(v), true
	case map[string]float64:
		return loosen(v), true
	case map[string]int:
		return loosen(v), true
	case map[any]any: // how CBOR decodes
		out := map[string]any{}
		for k, item := range v {
			name, ok := k.(string)
			if !ok {
				return nil, false
			}
			out[name] = item
		}
		return out, true
	}
	return nil, false
}

func loosen[T any](in map[string]T) map[string]any {
	out := map[string]any{}
	for k, v := range in {
		out[k] = v
	}
	return out
}

func asList(raw any) ([]any, bool) {
	switch v := raw.(type) {
	case []any:
		return v, true
	case []string:
		return listOf(v), true
	case []values:
		return listOf(v), true
	case []map[string]any:
		return listOf(v), true
	case []int:
		return listOf(v), true
	case []float64:
		return listOf(v), true
	case []time.Time:
		return listOf(v), true
	}
	return nil, false
}

// listOf makes a list that output members take.
func listOf[T any](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

// plain turns values into the maps and slices that callers outside know.
func plain(v any) any {
	switch v := v.(type) {
	case values:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = plain(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plain(item)
		}
		return out
	}
	return v
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func decodeBase64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil
}
