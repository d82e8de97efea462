// Command emulator serves an emulated AWS account on a loopback address, for
// trying modules and examples without an account. It starts empty and keeps
// nothing. What it emulates, and what is known about each behaviour, is in
// FACTS.md.
package main
