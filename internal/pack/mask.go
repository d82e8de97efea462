package pack

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
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
				m.secrets = append(m.secrets, forms(line)...)
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

// forms are the ways in which programs print a value: as it is, in JSON, in a
// URL and in base64.
func forms(value []byte) [][]byte {
	all := [][]byte{value}
	for _, other := range []string{
		strings.Trim(strconv.Quote(string(value)), `"`), url.QueryEscape(string(value)), url.PathEscape(string(value)),
		strings.TrimRight(base64.StdEncoding.EncodeToString(value), "="), strings.TrimRight(base64.URLEncoding.EncodeToString(value), "="),
	} {
		if !slices.ContainsFunc(all, func(one []byte) bool { return string(one) == other }) {
			all = append(all, []byte(other))
		}
	}
	if quoted, err := json.Marshal(string(value)); err == nil { // with <, > and & escaped
		all = append(all, quoted[1:len(quoted)-1])
	}
	return all
}

// secretsOf are the values of an environment that are secret by their names,
// and the passwords in its URLs: of a proxy, or of the registry that packages
// come from.
func secretsOf(env []string) map[string]string {
	found := map[string]string{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		for n, m := range urlPassword.FindAllStringSubmatch(value, -1) {
			found[name+"/"+strconv.Itoa(n)] = m[1]
		}
		if secretName.MatchString(name) && len(value) >= shortestNamed {
			found[name] = value
		}
	}
	return found
}

// shortestNamed is the shortest value that a name alone makes a secret: it may
// be a word such as true.
const shortestNamed = 8

// secretName are names of variables whose values are secrets as a rule.
// Terraform's own input may be anything.
var secretName = regexp.MustCompile(`(?i)^TF_VAR_|^TF_TOKEN_|secret|token|passw|passphrase|credential|private|api_?key|access_?key|auth`)

var urlPassword = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@`)

// Write takes output in and writes the lines that are whole.
func (m *masker) Write(p []byte) (int, error) {
	m.line = append(m.line, p...)
	end := bytes.LastIndexByte(m.line, '\n') + 1
	if len(m.line)-end > longest {
		// Of an endless line a part goes on; what may be a secret's begin stays.
		m.line = m.hide(m.line)
		end = len(m.line) - len(m.secrets[0]) + 1
	}
	if end <= 0 {
		return len(p), nil
	}
	if err := m.write(m.line[:end]); err != nil {
		return 0, err
	}
	m.line = append(m.line[:0], m.line[end:]...)
	return len(p), nil
}

func (m *masker) hide(text []byte) []byte {
	for _, secret := range m.secrets {
		text = bytes.ReplaceAll(text, secret, []byte("***"))
	}
	return text
}

func (m *masker) write(text []byte) error {
	_, err := m.out.Write(m.hide(text))
	return err
}

// flush writes what was held back.
func (m *masker) flush() {
	_ = m.write(m.line) // the log's last line; the build's end is told anyway
	m.line = nil
}
