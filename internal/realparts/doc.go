// Package realparts starts what others made for the tests that ask for it: a
// registry, an engine, and the tools around them. Each is found on this
// machine, serves on the loopback interface alone, and ends with its test.
package realparts
