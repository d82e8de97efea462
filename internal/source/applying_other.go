//go:build !linux

package source

// applyingSavedPlan is unknown here: a process cannot ask for another one's
// arguments.
func applyingSavedPlan() bool { return false }
