package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	source := flag.String("botocore", "", "the data directory of an installed botocore package")
	dir := flag.String("dir", "internal/emulator/models", "where operations.txt is and the tables go")
	flag.Parse()
	if err := run(*source, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "models:", err)
		os.Exit(1)
	}
}

func run(source, dir string) error {
	if source == "" {
		return errors.New("-botocore is required, for example $(python3 -c 'import botocore,os;print(os.path.dirname(botocore.__file__))')/data")
	}
	list, err := os.ReadFile(filepath.Join(dir, "operations.txt"))
	if err != nil {
		return err
	}
	wanted, err := parseList(string(list))
	if err != nil {
		return err
	}
	for _, w := range wanted {
		in, err := readSource(filepath.Join(source, w.directory, w.version))
		if err != nil {
			return fmt.Errorf("reading the model of %s: %w", w.service, err)
		}
		out, err := reduce(w, in)
		if err != nil {
			return fmt.Errorf("reducing the model of %s: %w", w.service, err)
		}
		text, err := print(out)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, w.service+".json"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// wanted is one service of the list.
type wanted struct {
	service, directory, version string
	operations                  []string
}

func parseList(text string) ([]*wanted, error) {
	var all []*wanted
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " "):
			if len(all) == 0 {
				return nil, fmt.Errorf("line %d: operations before a service", n+1)
			}
			last := all[len(all)-1]
			last.operations = append(last.operations, words...)
		case len(words) == 3:
			all = append(all, &wanted{service: words[0], directory: words[1], version: words[2]})
		default:
			return nil, fmt.Errorf("line %d: want service, directory, version", n+1)
		}
	}
	return all, nil
}

// readSource reads the model in a directory, packed or not.
func readSource(dir string) (*source, error) {
	name := filepath.Join(dir, "service-2.json")
	file, err := os.Open(name)
	var in io.Reader = file
	if errors.Is(err, os.ErrNotExist) {
		if file, err = os.Open(name + ".gz"); err == nil {
			in, err = gzip.NewReader(file)
		}
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var s source
	return &s, json.NewDecoder(in).Decode(&s)
}
