package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// source is what is read of an official model.
type source struct {
	Metadata struct {
		XMLNamespace, JSONVersion, TargetPrefix string
		Protocols                               []string
		AWSQueryCompatible                      *struct{}
	}
	Operations map[string]struct {
		HTTP struct {
			Method, RequestURI string
			ResponseCode       int
		}
		Input, Output *sourceRef
		Errors        []sourceRef
	}
	Shapes map[string]sourceShape
}

type sourceRef struct {
	Shape, Location, LocationName, QueryName, ResultWrapper, TimestampFormat string
	Flattened                                                                bool
}

type sourceShape struct {
	Type                     string
	Required, Enum           []string
	Members                  map[string]sourceRef
	Member, Key, Value       *sourceRef
	Payload, TimestampFormat string
	Flattened, Exception     bool
	Fault                    bool
	Min, Max                 *float64
	Pattern                  string
	Error                    *struct {
		Code           string
		HTTPStatusCode int
	}
}

// The tables: internal/emulator reads the same names.
type table struct {
	Version         string               `json:"version"`
	Namespace       string               `json:"namespace,omitempty"`
	JSONVersion     string               `json:"jsonVersion,omitempty"`
	TargetPrefix    string               `json:"targetPrefix,omitempty"`
	Protocols       []string             `json:"protocols"`
	QueryCompatible bool                 `json:"queryCompatible,omitempty"`
	Others          map[string]string    `json:"others"` // operations left out, with method and path
	Operations      map[string]operation `json:"operations"`
	Shapes          map[string]shape     `json:"shapes"`
}

type operation struct {
	Method  string   `json:"method"`
	Path    string   `json:"path"`
	Status  int      `json:"status,omitempty"`
	Input   string   `json:"input,omitempty"`
	Output  string   `json:"output,omitempty"`
	Wrapper string   `json:"wrapper,omitempty"`
	Errors  []string `json:"errors,omitempty"`
}

type ref struct {
	Shape     string `json:"shape"`
	Wire      string `json:"wire,omitempty"`
	Query     string `json:"query,omitempty"`
	In        string `json:"in,omitempty"`
	Time      string `json:"time,omitempty"`
	Flattened bool   `json:"flattened,omitempty"`
}

type shape struct {
	Type      string         `json:"type"`
	Members   map[string]ref `json:"members,omitempty"`
	Required  []string       `json:"required,omitempty"`
	Payload   string         `json:"payload,omitempty"`
	Item      *ref           `json:"item,omitempty"`
	Key       *ref           `json:"key,omitempty"`
	Value     *ref           `json:"value,omitempty"`
	Flattened bool           `json:"flattened,omitempty"`
	Min       *float64       `json:"min,omitempty"`
	Max       *float64       `json:"max,omitempty"`
	Pattern   string         `json:"pattern,omitempty"`
	Source    string         `json:"source,omitempty"` // the pattern as the model has it, if it had to change
	Enum      []string       `json:"enum,omitempty"`
	Time      string         `json:"time,omitempty"`
	Error     *failure       `json:"error,omitempty"`
}

type failure struct {
	Code   string `json:"code,omitempty"`
	Status int    `json:"status"`
}

// reduce keeps the wanted operations and every shape reachable from them.
func reduce(w *wanted, in *source) (*table, error) {
	out := &table{
		Version: w.version, Namespace: in.Metadata.XMLNamespace, JSONVersion: in.Metadata.JSONVersion,
		TargetPrefix: in.Metadata.TargetPrefix, Protocols: in.Metadata.Protocols,
		QueryCompatible: in.Metadata.AWSQueryCompatible != nil,
		Others:          map[string]string{}, Operations: map[string]operation{}, Shapes: map[string]shape{},
	}
	for name, op := range in.Operations {
		out.Others[name] = op.HTTP.Method + " " + op.HTTP.RequestURI
	}
	for _, name := range w.operations {
		op, ok := in.Operations[name]
		if !ok {
			return nil, fmt.Errorf("the model has no operation %s", name)
		}
		delete(out.Others, name)
		o := operation{Method: op.HTTP.Method, Path: op.HTTP.RequestURI, Status: op.HTTP.ResponseCode}
		if op.Input != nil {
			o.Input = op.Input.Shape
			out.keep(in, o.Input)
		}
		if op.Output != nil {
			o.Output, o.Wrapper = op.Output.Shape, op.Output.ResultWrapper
			out.keep(in, o.Output)
		}
		for _, e := range op.Errors {
			o.Errors = append(o.Errors, e.Shape)
			out.keep(in, e.Shape)
		}
		out.Operations[name] = o
	}
	return out, nil
}

// keep adds a shape and what it refers to.
func (t *table) keep(in *source, name string) {
	if _, done := t.Shapes[name]; done {
		return
	}
	from := in.Shapes[name]
	s := shape{
		Type: from.Type, Required: from.Required, Payload: from.Payload, Flattened: from.Flattened,
		Min: from.Min, Max: from.Max, Enum: from.Enum, Time: from.TimestampFormat,
		Item: refOf(from.Member), Key: refOf(from.Key), Value: refOf(from.Value),
	}
	s.Pattern, s.Source = pattern(name, from.Pattern)
	if from.Exception {
		s.Error = &failure{Status: 400}
		if from.Fault {
			s.Error.Status = 500
		}
		if from.Error != nil {
			s.Error.Code = from.Error.Code
			if from.Error.HTTPStatusCode != 0 {
				s.Error.Status = from.Error.HTTPStatusCode
			}
		}
	}
	if from.Type == "structure" {
		s.Members = map[string]ref{}
	}
	for m, r := range from.Members {
		s.Members[m] = *refOf(&r)
	}
	t.Shapes[name] = s
	for _, r := range s.Members {
		t.keep(in, r.Shape)
	}
	for _, r := range []*ref{s.Item, s.Key, s.Value} {
		if r != nil {
			t.keep(in, r.Shape)
		}
	}
}

func refOf(from *sourceRef) *ref {
	if from == nil {
		return nil
	}
	return &ref{
		Shape: from.Shape, Wire: from.LocationName, Query: from.QueryName,
		In: from.Location, Time: from.TimestampFormat, Flattened: from.Flattened,
	}
}

// pattern turns a model's pattern into Go's dialect, whole strings only. What
// Go cannot express (look-ahead) is dropped, with a note. The source is
// returned when the two differ by more than the anchors: messages quote it.
func pattern(name, model string) (compiled, source string) {
	if model == "" {
		return "", ""
	}
	text := strings.ReplaceAll(model, `\uD800\uDC00-\uDBFF\uDFFF`, `\x{10000}-\x{10FFFF}`)
	text = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`).ReplaceAllStringFunc(text, func(m string) string {
		n, _ := strconv.ParseUint(m[2:], 16, 32)
		return fmt.Sprintf(`\x{%X}`, n)
	})
	text = `^(?:` + text + `)$`
	if _, err := regexp.Compile(text); err != nil {
		fmt.Fprintf(os.Stderr, "models: no pattern for %s: %v\n", name, err)
		return "", ""
	}
	return text, model
}

// print writes the table with one line for each operation and shape, so that
// a change of the model shows as a change of lines.
func print(t *table) ([]byte, error) {
	head := *t
	head.Others, head.Operations, head.Shapes = nil, nil, nil
	var out bytes.Buffer
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	out.Write(bytes.TrimSuffix(text, []byte(`"others":null,"operations":null,"shapes":null}`)))
	out.WriteString("\n\"others\":{\n")
	if err := lines(&out, t.Others); err != nil {
		return nil, err
	}
	out.WriteString("},\n\"operations\":{\n")
	if err := lines(&out, t.Operations); err != nil {
		return nil, err
	}
	out.WriteString("},\n\"shapes\":{\n")
	if err := lines(&out, t.Shapes); err != nil {
		return nil, err
	}
	out.WriteString("}}\n")
	return out.Bytes(), nil
}

func lines[T any](out *bytes.Buffer, all map[string]T) error {
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			out.WriteString(",\n")
		}
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(all[name]); err != nil {
			return err
		}
		fmt.Fprintf(out, "%q:%s", name, bytes.TrimSpace(text.Bytes()))
	}
	out.WriteString("\n")
	return nil
}
