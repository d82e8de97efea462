// Package storytest runs each story of examples/stories against the emulator,
// through the real CLI: what people copy is what is tested.
package storytest
