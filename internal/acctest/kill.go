package acctest

import (
	"context"
	"errors"
	"sync"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// ErrKilled is how an apply ends that a Killer met.
var ErrKilled = errors.New("killed")

// Killer ends the provider's process at one call to AWS: it cancels the call's
// context without StopProvider, and nothing of that process is heard again.
type Killer struct {
	mu      sync.Mutex
	armed   bool
	dead    bool
	at      int // which call since it was armed, from 1; 0 kills nothing
	acted   bool
	calls   int
	victim  emulator.Call
	cancel  context.CancelCauseFunc
	context context.Context
}

// Arm kills at the nth call from now, before AWS acts or after; 0 only counts.
// The context is the apply's.
func (k *Killer) Arm(n int, acted bool) context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.context, k.cancel = context.WithCancelCause(context.Background())
	k.armed, k.dead, k.at, k.acted, k.calls = false, false, n, acted, 0
	return k.context
}

// Begin starts to count: the provider is asked to apply.
func (k *Killer) Begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.armed = true
}

// Disarm ends the watch, and tells how many calls there were and at which one
// the process was killed.
func (k *Killer) Disarm() (calls int, victim emulator.Call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.armed, k.dead = false, false
	return k.calls, k.victim
}

// Hook is the emulator's hook for it.
func (k *Killer) Hook(c emulator.Call, acted bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case !k.armed:
		return true
	case k.dead:
		return false
	case !acted:
		k.calls++
	}
	if k.calls != k.at || acted != k.acted {
		return true
	}
	k.dead, k.victim = true, c
	k.cancel(ErrKilled)
	return false
}
