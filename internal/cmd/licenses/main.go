// Command licenses writes THIRD_PARTY_LICENSES.md: the modules that the
// provider's binaries are made of, on every platform that is released, what
// each is licensed under, and the texts that go along with the binaries. A
// module whose licence it does not know, or which the list of those that may
// be linked does not have, is an error.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
)

func main() {
	file := flag.String("o", "THIRD_PARTY_LICENSES.md", "the file to write")
	check := flag.Bool("check", false, "write nothing; fail when the file is not what would be written")
	flag.Parse()
	if err := run(*file, *check); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func run(file string, check bool) error {
	modules, err := linked(platforms())
	if err != nil {
		return err
	}
	text, err := document(modules)
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(file, text, 0o644)
	}
	have, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, text) {
		return fmt.Errorf("%s is not up to date: run `make licenses`", file)
	}
	return nil
}
