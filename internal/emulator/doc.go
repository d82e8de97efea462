// Package emulator is an AWS that runs in the process: an http.Handler that
// serves one account, in any number of regions, over AWS's own wire protocols
// on one endpoint. Tests, the demo and module authors use it. FACTS.md lists
// what it emulates and how each behaviour is known.
//
// A request takes this way:
//
//	server.go       signature scope → service and region → codec
//	protocol_*.go   wire → values and back, by the tables in models/
//	validate.go     the model's constraints, refused in the service's words
//	calls.go        recorded, numbered, met by faults (faults.go), rates
//	                (rates.go), credentials and policy
//	run.go          the operation; its output is checked against the model
//
// An operation is func(c *call, in values) (values, error) in its service's
// file. It runs with the emulator locked and its time advanced, so it reads
// and changes state directly; what AWS would do later, it schedules with
// after. State is therefore a function of the calls received and the clock:
// no goroutine runs beside them and nothing sleeps under the lock.
//
// Strictness is the point. A parameter, operation or output member that the
// API's model lacks is a loud error and never silently dropped, because a
// client would see only a nil.
package emulator
