// Package verify holds the checks that we run ourselves against a new version:
// a check is a function that looks once and says what it saw. Run puts
// several into one verdict. Checks know neither Terraform nor AWS: what they
// need to call comes in as a function.
package verify
