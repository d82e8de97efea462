// Package doctest holds what people copy to what Terraform accepts: every
// block of configuration in README and docs/ and every directory of examples/
// is validated by the real CLI with the provider as it is built, and every
// link leads somewhere.
//
// hashicorp/aws is not here. A stand-in takes its place that knows of each
// aws_* type what the blocks themselves write and read: so the syntax, all
// references, and everything of awsdeploy are checked, and the names and
// values of hashicorp/aws's own attributes are not.
package doctest
