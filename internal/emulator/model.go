package emulator

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"
)

// The tables are written from the official API models by `make models`.
//
//go:embed models/*.json
var modelFiles embed.FS

// loadModels reads the tables once in a process; nothing changes them after.
var loadModels = sync.OnceValues(func() (map[string]*model, error) {
	names, err := modelFiles.ReadDir("models")
	if err != nil {
		return nil, err
	}
	all := map[string]*model{}
	for _, entry := range names {
		text, err := modelFiles.ReadFile(path.Join("models", entry.Name()))
		if err != nil {
			return nil, err
		}
		m := &model{}
		if err := json.Unmarshal(text, m); err != nil {
			return nil, fmt.Errorf("reading %s: %w", entry.Name(), err)
		}
		if err := m.link(); err != nil {
			return nil, fmt.Errorf("reading %s: %w", entry.Name(), err)
		}
		m.Service = strings.TrimSuffix(entry.Name(), ".json")
		all[m.Service] = m
	}
	return all, nil
})

// model is the wire contract of one service.
type model struct {
	Service         string `json:"-"`
	Version         string
	Namespace       string
	JSONVersion     string
	TargetPrefix    string
	Protocols       []string
	QueryCompatible bool
	Others          map[string]string // operations that are not emulated: method and path
	Operations      map[string]*modelOperation
	Shapes          map[string]*shape
}

type modelOperation struct {
	Name    string `json:"-"`
	Method  string
	Path    string
	Status  int
	Input   string
	Output  string
	Wrapper string
	Errors  []string

	in, out *shape // never nil: an operation without input takes no members
}

// shape is one type of the model.
type shape struct {
	Name      string `json:"-"`
	Type      string // structure, list, map, string, integer, long, float, double, boolean, timestamp, blob
	Members   map[string]*reference
	Required  []string
	Payload   string
	Item      *reference
	Key       *reference
	Value     *reference
	Flattened bool
	Min, Max  *float64
	Pattern   string
	Source    string
	Enum      []string
	Time      string
	Error     *struct {
		Code   string
		Status int
	}

	pattern  *regexp.Regexp
	required map[string]bool
	enum     map[string]bool
}

// reference is a use of a shape: as a member, an item, a key or a value.
type reference struct {
	Shape     string
	Wire      string // the name on the wire, where it differs
	Query     string // the name in an EC2 request, where that differs too
	In        string // uri, querystring, header, headers, statusCode; else the body
	Time      string
	Flattened bool

	to *shape
}

// link replaces names by pointers and compiles patterns.
func (m *model) link() error {
	for name, s := range m.Shapes {
		s.Name = name
		refs := []*reference{s.Item, s.Key, s.Value}
		for _, r := range s.Members {
			refs = append(refs, r)
		}
		for _, r := range refs {
			if r == nil {
				continue
			}
			if r.to = m.Shapes[r.Shape]; r.to == nil {
				return fmt.Errorf("%s refers to %s, which is missing", name, r.Shape)
			}
		}
		if s.Pattern != "" {
			p, err := regexp.Compile(s.Pattern)
			if err != nil {
				return err
			}
			s.pattern = p
		}
		s.required = set(s.Required)
		s.enum = set(s.Enum)
	}
	for name, op := range m.Operations {
		op.Name = name
		op.in, op.out = m.shapeOrNone(op.Input), m.shapeOrNone(op.Output)
	}
	return nil
}

func (m *model) shapeOrNone(name string) *shape {
	if s := m.Shapes[name]; s != nil {
		return s
	}
	return &shape{Type: "structure"}
}

func set(names []string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

// speaks tells whether the service answers a protocol.
func (m *model) speaks(protocol string) bool {
	for _, p := range m.Protocols {
		if p == protocol {
			return true
		}
	}
	return false
}

// failure finds the error shape behind a code on the wire: nil for the codes
// that every service shares and no model lists.
func (m *model) failure(op *modelOperation, code string) *shape {
	if op == nil {
		return nil
	}
	for _, name := range op.Errors {
		s := m.Shapes[name]
		if s.Error != nil && (s.Error.Code == code || name == code) {
			return s
		}
	}
	return nil
}

// timeFormat is how a timestamp is written: the use's own format first.
func (r *reference) timeFormat(otherwise string) string {
	if r.Time != "" {
		return r.Time
	}
	if r.to.Time != "" {
		return r.to.Time
	}
	return otherwise
}
