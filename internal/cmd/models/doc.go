// Command models writes the emulator's tables from the official API models.
//
// It reads the service-2.json files that the botocore Python package ships and
// keeps what a codec and a validator need of the operations listed in
// internal/emulator/models/operations.txt: wire names and locations, required
// members, ranges, patterns, enumerations, and error codes with their status.
// Nothing of the documentation is kept. Run it by hand with `make models`.
package main
