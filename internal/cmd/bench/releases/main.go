// Releases measures many releases at once, in one provider process, beside what
// people write today: a part of make bench. AWS is the emulator with request
// rates, on a clock that moves only when everybody sleeps, so that an hour takes
// no hour and the figures are the same on every machine, but for memory and
// processor time. Each row runs in a process of its own, which holds the
// emulator too.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// title is that of the section in BENCHMARKS.md.
const title = "Releases at scale"

func main() {
	only := flag.String("run", "", `measure only the rows that this regular expression finds in "section: row"`)
	alone := flag.String("alone", "", "measure the named row in this process")
	flag.Int("n", 1, "is taken and means nothing: these figures do not vary")
	flag.Bool("markdown", true, "is taken and means nothing: there is no other table")
	flag.Parse()
	if err := run(os.Stdout, *only, *alone); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, only, alone string) error {
	if alone != "" {
		return measure(out, alone)
	}
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	began := clock.System{}.Now()
	heading := "\n## " + title + "\n\n" + head()
	for _, r := range rows() {
		if !pattern.MatchString(title + ": " + r.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring:", r.name)
		m, err := apart(r.name)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		fmt.Fprint(out, heading+m.line(r.name))
		heading = ""
	}
	fmt.Fprintln(os.Stderr, "took", clock.System{}.Now().Sub(began).Round(time.Second))
	return nil
}

// apart measures a row in a process of its own.
func apart(name string) (m measured, err error) {
	self, err := os.Executable()
	if err != nil {
		return m, err
	}
	var answer bytes.Buffer
	cmd := exec.Command(self, "-alone", name)
	cmd.Stdout, cmd.Stderr = &answer, os.Stderr
	if err := cmd.Run(); err != nil {
		return m, err
	}
	m.Processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return m, json.Unmarshal(answer.Bytes(), &m)
}

func measure(out io.Writer, name string) error {
	for _, r := range rows() {
		if r.name == name {
			m, err := r.measure()
			if err != nil {
				return err
			}
			return json.NewEncoder(out).Encode(m)
		}
	}
	return fmt.Errorf("no row is called %q", name)
}

// memory is the most that this process had at once, in bytes; 0 where the
// system does not tell.
func memory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	_, _ = fmt.Sscan(after, &kib)
	return kib * 1024
}
