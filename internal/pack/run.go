package pack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// lastLines is how much of a failed build's output its error carries.
const lastLines = 60

// BuildError is a build that failed.
type BuildError struct {
	Args   []string
	Err    error  // how the program ended
	First  string // the first line that looks like the cause
	Last   string // the last lines
	Log    string // the file with the whole output
	Missed bool   // the program was not found
}

func (e *BuildError) Error() string {
	if e.Missed {
		return fmt.Sprintf("%s was not found: install it, or name another program in build.command", e.Args[0])
	}
	text := fmt.Sprintf("%s: %v", strings.Join(e.Args, " "), e.Err)
	if e.First != "" {
		text += "\n\nFirst error:\n  " + e.First
	}
	if e.Last != "" {
		text += fmt.Sprintf("\n\nLast lines of the output:\n%s", e.Last)
	}
	return text + "\n\nThe whole output is in " + e.Log
}

// Unwrap is how the program ended.
func (e *BuildError) Unwrap() error { return e.Err }

// run runs the build's commands in Dir one after the other, their output going
// to the file log. When ctx ends, the program and all that it started are
// killed.
func (s Spec) run(ctx context.Context, log string, w workplace) error {
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	steps, err := s.steps(w)
	if err != nil {
		return err
	}
	for _, args := range steps {
		if len(steps) > 1 {
			if _, err := fmt.Fprintf(file, "# %s\n", strings.Join(args, " ")); err != nil {
				return err
			}
		}
		if err := s.step(ctx, args, file); err != nil {
			return err
		}
	}
	return nil
}

func (s Spec) step(ctx context.Context, args []string, log *os.File) error {
	env := s.environment()
	program, err := s.lookUp(args[0], env)
	if err != nil {
		return &BuildError{Args: args, Log: log.Name(), Missed: true, Err: err}
	}
	err = Program{File: program, Args: args, Dir: s.Dir, Env: env, Secrets: s.Secrets, Log: log}.Run(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("the build was stopped: %w", context.Cause(ctx))
	}
	return err
}

// lookUp finds the program on the PATH that the build has, or relative to Dir
// when its name holds a slash.
func (s Spec) lookUp(name string, env []string) (string, error) {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(name, `/\`) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return exec.LookPath(name)
	}
	var list string
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, "PATH="); ok {
			list = value
		}
	}
	for _, d := range filepath.SplitList(list) {
		if !filepath.IsAbs(d) {
			continue
		}
		if found, err := exec.LookPath(filepath.Join(d, name)); err == nil {
			return found, nil
		}
	}
	return "", exec.ErrNotFound
}

// excerpt takes the first error line and the last lines out of a log.
func excerpt(log string) (first, last string) {
	f, err := os.Open(log)
	if err != nil {
		return "", ""
	}
	defer f.Close()
	const most = 8 << 20 // enough of a log to look for the cause in
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return "", ""
	}
	head := strings.Split(string(bytes.TrimRight(data, "\n")), "\n")
	// A compiler's position, or a line that says so. Maven and Gradle begin
	// such lines with a word, compilers in the middle.
	cause := regexp.MustCompile(`(?i)^\S*:\d+(:\d+)?: |\b(error|fatal|panic|exception|failed|cannot|not found)\b`)
	harmless := regexp.MustCompile(`(?i)\b(no|0|without) (errors?|failures?|exceptions?)\b|errors?: 0\b|warn(ing)?\b|COMPILATION ERROR|^#|FAILURE: Build failed with an exception|^npm (error|ERR!) (code|errno|command|path|syscall)\b`)
	// What BuildKit puts before each line of a RUN.
	stamp := regexp.MustCompile(`^#\d+ \d+\.\d+ `)
	for _, line := range head {
		line = stamp.ReplaceAllString(line, "")
		if cause.MatchString(line) && !harmless.MatchString(line) {
			first = strings.TrimSpace(line)
			break
		}
	}
	return first, tail(f, head)
}

// tail is the log's last lines; head is what was read of its beginning.
func tail(f *os.File, head []string) string {
	const most = 64 << 10
	lines := head
	if info, err := f.Stat(); err == nil && info.Size() > most {
		data := make([]byte, most)
		n, err := f.ReadAt(data, info.Size()-most)
		if err != nil && !errors.Is(err, io.EOF) {
			return ""
		}
		lines = strings.Split(string(bytes.TrimRight(data[:n], "\n")), "\n")[1:]
	}
	return "  " + strings.Join(lines[max(0, len(lines)-lastLines):], "\n  ")
}
