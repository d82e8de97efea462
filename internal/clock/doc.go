// Package clock is the only place that reads the wall clock or waits on it.
//
// Telling the time and waiting are one interface: a clock that can only tell
// the time leaves every wait untestable. Three clocks implement it. System is
// real time. Scaled is real time made faster, for a provider that runs as a
// process of its own beside an emulator. Virtual moves only when everybody
// who works on it sleeps, so that a test waits for hours in milliseconds and
// always for the same hours.
package clock
