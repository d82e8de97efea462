// Command probe settles on a real account what FACTS.md calls not established.
// For each such fact it makes a small estate, lets AWS answer, and deletes the
// estate; what it saw is the value of the emulator's switch of that name. Every
// call goes into a transcript of JSON lines, without code, user data, or the
// account's number.
//
// It costs a few instance hours and creates things, so it wants to be told
// -yes-create-and-delete. Run on the emulator it must tell both settings of
// each switch apart: its own test does that.
package main
