// Command demo tells the whole story on an emulated account: sources become a
// package, an image, a version and a release, by `terraform apply`; a bad
// release is taken back; a killed one is adopted. What it says at the end it
// has asked the emulator's API, the instances and the function.
//
//	main.go      begins, tells the acts, sums up
//	acts.go      what happens in each act
//	estate.go    the account as it is before
//	terraform.go the provider's mirror, the CLI, and its end by SIGKILL
//	cloud.go     what the account's own view says
//	traffic.go   the users' requests, all the while
//	screen.go    progress and text
//	checks.go    what was verified
//
// It needs the Go toolchain and terraform or tofu, and writes below .build
// only.
package main
