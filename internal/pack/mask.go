package pack

import (
	"bytes"
	"cmp"
	"io"
	"slices"
)

const (
	// shortest is the shortest value that is masked: a shorter one is in
	// every log by chance.
	shortest = 4
	// longest is how much of a line is held back for the rest of it.
	longest = 64 << 10
)

// masker writes lines on with secrets made unreadable. It is used by one
// program at a time, whose outputs come through one pipe.
type masker struct {
	out     io.Writer
	secrets [][]byte
	line    []byte
}

// mask wraps out; it is nil when there is nothing to hide.
func mask(out io.Writer, secrets map[string]string) *masker {
	m := &masker{out: out}
	for _, value := range secrets {
		for line := range bytes.Lines([]byte(value)) {
			if line = bytes.TrimSpace(line); len(line) >= shortest {
				m.secrets = append(m.secrets, line)
			}
		}
	}
	if len(m.secrets) == 0 {
		return nil
	}
	// The longest first: one may hold another.
	slices.SortFunc(m.secrets, func(a, b []byte) int { return cmp.Or(cmp.Compare(len(b), len(a)), bytes.Compare(a, b)) })
	return m
}

// Write takes output in and writes the lines that are whole.
func (m *masker) Write(p []byte) (int, error) {
	m.line = append(m.line, p...)
	end := bytes.LastIndexByte(m.line, '\n') + 1
	if len(m.line)-end > longest {
		end = len(m.line)
	}
	if end == 0 {
		return len(p), nil
	}
	if err := m.write(m.line[:end]); err != nil {
		return 0, err
	}
	m.line = append(m.line[:0], m.line[end:]...)
	return len(p), nil
}

func (m *masker) write(text []byte) error {
	for _, secret := range m.secrets {
		text = bytes.ReplaceAll(text, secret, []byte("***"))
	}
	_, err := m.out.Write(text)
	return err
}

// flush writes what was held back.
func (m *masker) flush() {
	_ = m.write(m.line) // the log's last line; the build's end is told anyway
	m.line = nil
}
