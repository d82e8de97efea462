// Package acctest runs the provider through the real Terraform CLI against an
// AWS that lives in the test.
//
// New makes a World: the emulator on a virtual clock behind an HTTP server on
// the loopback address, and the provider in the same process, wrapped as
// main.go wraps it. Tests use resource.UnitTest, so that plain "go test" runs
// them; the CLI is the one that TF_CLI names, else terraform or tofu from PATH.
//
// Tests that need nothing but what any AWS has call Portable instead: with
// AWSDEPLOY_TEST_ENDPOINT set they run against the server at that URL, another
// emulator for example. Their estate is made through AWS's own clients.
package acctest
