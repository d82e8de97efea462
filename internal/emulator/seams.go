package emulator

// locked runs fn as an operation runs: with the emulator locked and its
// timeline advanced to the clock's time.
func (e *Emulator) locked(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	fn()
}
