package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Schema is the number of the events' schema.
const Schema = 1

// Kind says what an event tells of.
type Kind string

// Kinds of events.
const (
	Began  Kind = "release" // what is released, and how it will travel
	Phase  Kind = "phase"   // the engine entered another phase or step
	Sample Kind = "sample"  // something that can be seen has changed
	Check  Kind = "check"   // our own checks gave a verdict
	Ended  Kind = "end"     // how it ended
)

// Event is one line of a report.
type Event struct {
	Schema   int                `json:"schema"`
	Time     time.Time          `json:"time"`
	Kind     Kind               `json:"event"`
	Release  *Release           `json:"release,omitempty"`
	Phase    string             `json:"phase,omitempty"`
	Step     int                `json:"step,omitempty"`
	Percent  float64            `json:"percent,omitempty"`
	Shares   map[string]float64 `json:"shares,omitempty"`
	Serving  int                `json:"serving,omitempty"`
	Floor    int                `json:"floor,omitempty"`
	Alarms   []string           `json:"alarms,omitempty"`
	Activity string             `json:"activity,omitempty"`
	Check    *Verdict           `json:"check,omitempty"`
	Reason   string             `json:"reason,omitempty"`
	Evidence string             `json:"evidence,omitempty"`
	Status   string             `json:"status,omitempty"`
}

// Release is what is released, where, and how it will travel.
type Release struct {
	// Kind is the resource type without the provider's prefix.
	Kind string `json:"kind"`
	// Target is what serves, by its name: a group, function:alias.
	Target   string `json:"target"`
	Version  string `json:"version"`
	Previous string `json:"previous,omitempty"`
	Steps    []Step `json:"steps"`
	Bake     int    `json:"bake_seconds,omitempty"`
	HoldAt   int    `json:"hold_at,omitempty"`
	// Alarms are the names of those that can stop it.
	Alarms []string `json:"alarms,omitempty"`
	// Checks are the names of our own checks.
	Checks []string `json:"checks,omitempty"`
}

// Step is a share, and how long it is watched.
type Step struct {
	Percent int `json:"percent"`
	Pause   int `json:"pause_seconds,omitempty"`
}

// Verdict is what our checks said.
type Verdict struct {
	Outcome string `json:"outcome"` // pass, fail, inconclusive
	Detail  string `json:"detail,omitempty"`
}

// longestLine is more than any event needs: diagnoses have a few hundred lines.
const longestLine = 4 << 20

// ErrNewer is wrapped when a report was written by a later version of the
// provider in a schema that this one does not know.
var ErrNewer = errors.New("written in a newer schema")

// Read is the events of a report, in order. A last line that is not whole is
// being written right now, and left out.
func Read(r io.Reader) ([]Event, error) {
	var out []Event
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	var broken error
	for n := 1; lines.Scan(); n++ {
		if broken != nil {
			return out, broken
		}
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			broken = fmt.Errorf("line %d is no event: %w", n, err)
			continue
		}
		if e.Schema > Schema {
			return out, fmt.Errorf("line %d: %w (%d, this is %d)", n, ErrNewer, e.Schema, Schema)
		}
		if e.Kind == Check && e.Check == nil {
			return out, fmt.Errorf("line %d is no event: a check without its verdict", n)
		}
		out = append(out, e)
	}
	if err := lines.Err(); err != nil {
		return out, fmt.Errorf("reading events: %w", err)
	}
	return out, nil
}
