// Package killtest kills processes in the middle of a release: the provider,
// or Terraform, as they run in the field, on an account whose time is real time
// made faster.
//
// A cell of the matrix is one apply with SIGKILL at one call to AWS, before or
// after AWS acted on it, and then what a person does: apply again, and look at
// the plan. Unlike the matrix on the virtual clock, AWS goes on between the two
// and polls meet its moves in any order. `make test` runs a sample: each call
// that changes something, and each operation once; AWSDEPLOY_KILL=full runs
// every call of the release.
package killtest
