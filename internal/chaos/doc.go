// Package chaos tries each type against each fault at each of its calls.
//
// A cell is one apply that one fault meets at one call to AWS, on the virtual
// clock, in an account of its own; then what a person does: apply again where
// it failed, and look at the plan. After each cell the target must serve
// exactly what was planned, nothing may have been started twice, capacity not
// have fallen, the checks have run after the last of it arrived, the state
// tell so, and the next plan be empty.
//
// `make test` runs a sample that is always the same; AWSDEPLOY_CHAOS=full, as
// `make chaos` sets it, runs every cell. A cell that fails says how to run just
// it.
package chaos
