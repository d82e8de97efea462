package chaos

import (
	"reflect"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// variant is what else happens beside a fault.
type variant struct {
	name     string
	created  bool   // the release is not in state yet
	reverted bool   // it was killed in its middle, and the fault meets the way back
	scaled   bool   // the target is scaled out in mid-release
	hand     string // an operator puts a hand in
	bad      bool   // an alarm fires in mid-release, and it is taken back
	moment   time.Duration
	// interrupt is on_interrupt, for who presses Ctrl-C.
	interrupt string
	reading   emulator.Switches
	// one of so many cells is run in full; 0 means all of them
	of int
}

// plain is the variant in which nothing else happens.
const plain = "as planned"

// variants are those that a subject is tried in.
func (s subject) variants() []variant {
	out := []variant{{name: plain}, {name: "created", created: true}}
	if s.release {
		out = append(out, variant{name: "reverted", reverted: true})
	}
	for _, moment := range s.moments {
		if s.scales {
			out = append(out, variant{name: "scaled out after " + moment.String(), scaled: true, moment: moment, of: 2})
		}
		for _, h := range s.hands {
			out = append(out, variant{name: h + " after " + moment.String(), hand: h, moment: moment, of: 2})
		}
	}
	for _, action := range []string{"detach", "rollback", "cancel"} {
		if s.release {
			out = append(out, variant{name: "on_interrupt " + action, interrupt: action})
		}
	}
	if s.release {
		bad := variant{name: "taken back", bad: true, moment: s.moments[0]}
		out = append(out, bad)
		bad.name, bad.interrupt = "taken back, on_interrupt rollback", "rollback"
		out = append(out, bad)
	}
	var all emulator.Switches
	for _, name := range s.switches {
		var one emulator.Switches
		turn(&one, name)
		turn(&all, name)
		out = append(out, variant{name: "with " + name, reading: one, of: 6})
	}
	if len(s.switches) > 1 {
		out = append(out, variant{name: "with all switches", reading: all, of: 2})
	}
	return out
}

// turn turns a switch of the emulator to its less likely side.
func turn(s *emulator.Switches, name string) {
	reflect.ValueOf(s).Elem().FieldByName(name).SetBool(true)
}
