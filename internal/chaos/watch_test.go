package chaos

import (
	"sync"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// call is one call of an apply that no fault met.
type call struct {
	service, operation string
	applying           bool // the provider was applying, and not yet planning
}

// watch counts calls and springs at one of them, before AWS acts.
type watch struct {
	mu       sync.Mutex
	counting bool
	applying bool
	at       int // from 1; 0 springs never
	spring   func()
	calls    []call
}

// begin starts to count.
func (w *watch) begin(at int, spring func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counting, w.applying, w.at, w.spring, w.calls = true, false, at, spring, nil
}

// apply notes that the plan is made.
func (w *watch) apply() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.applying = true
}

// end stops the count, and tells what was called and at which call it sprang;
// none when that call never came.
func (w *watch) end() (calls []call, victim string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counting = false
	if w.at > 0 && w.at <= len(w.calls) {
		victim = w.calls[w.at-1].operation
	}
	return w.calls, victim
}

func (w *watch) hook(c emulator.Call, acted bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if acted || !w.counting {
		return true
	}
	w.calls = append(w.calls, call{c.Service, c.Operation, w.applying})
	if len(w.calls) == w.at && w.spring != nil {
		w.spring()
	}
	return true
}
