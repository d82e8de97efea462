package emulator

// Each type moves to its service's own file.
type elbState struct{}

func elbOperations() map[string]operation { return nil }

func newELBState(*region) *elbState { return &elbState{} }
