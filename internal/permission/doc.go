// Package permission says what the provider must be allowed in AWS.
//
// Each resource type declares it beside its own code, in
// internal/provider/<type>_permissions.go: actions, the resources they can be
// narrowed to, the attribute that asks for them, and whether a plan needs them
// or only an apply. The guide IAM and its policies are written from these
// declarations, and a test runs each type on an emulator that allows exactly
// what is declared.
package permission
