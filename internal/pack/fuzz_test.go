package pack

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzMask writes a log that holds a secret, in pieces of any size: the secret
// does not come through, and everything else does.
func FuzzMask(f *testing.F) {
	f.Add("hunter2", "the password is ", "\ndone\n", 3)
	f.Add("two\nlines of it", "a", "b", 1)
	f.Add("aaaa", "aaa", "aaaaa", 2)
	f.Add("s3cr3t", strings.Repeat("x", 70000), strings.Repeat("y", 70000), 60000)
	f.Add("\t padded \t", "<", ">", 100)
	f.Fuzz(func(t *testing.T, secret, before, after string, size int) {
		if strings.Contains(secret, "*") || size < 1 {
			return // stars are what the mask is made of
		}
		var out bytes.Buffer
		m := mask(&out, map[string]string{"A": secret})
		text := before + secret + after + "\n" + secret
		if m == nil {
			for line := range strings.Lines(secret) {
				if len(strings.TrimSpace(line)) >= shortest {
					t.Fatalf("%q is not masked", line)
				}
			}
			return
		}
		for rest := []byte(text); len(rest) > 0; {
			piece := rest[:min(size, len(rest))]
			if n, err := m.Write(piece); n != len(piece) || err != nil {
				t.Fatal(n, err)
			}
			rest = rest[len(piece):]
		}
		m.flush()
		for line := range strings.Lines(secret) {
			if line = strings.TrimSpace(line); len(line) >= shortest && strings.Contains(out.String(), line) {
				t.Fatalf("%q came through: %q", line, out.String())
			}
		}
		out.Reset()
		harmless := strings.Map(func(r rune) rune {
			if strings.ContainsRune(secret, r) {
				return -1
			}
			return r
		}, before+after)
		_, _ = m.Write([]byte(harmless))
		m.flush()
		if out.String() != harmless {
			t.Fatalf("%q became %q", harmless, out.String())
		}
	})
}

// FuzzLocate takes any path of a package apart: what it takes for one leads
// to the store's own place, and nowhere else.
func FuzzLocate(f *testing.F) {
	f.Add("/cache/packages/" + strings.Repeat("ab", 32) + "/shop.jar")
	f.Add(`C:\cache\packages\` + strings.Repeat("ab", 32) + `\shop.jar`)
	f.Add("packages/../" + strings.Repeat("ab", 32) + "/..")
	f.Fuzz(func(t *testing.T, path string) {
		sha, name, ok := Locate(path)
		if !ok {
			return
		}
		s := Store{Dir: "/store"}
		at := s.Path(Package{SHA256: sha, Name: name})
		if !strings.HasPrefix(at, "/store/packages/"+sha+"/") {
			t.Fatalf("%q leads to %s", path, at)
		}
		if again, same, ok := Locate(at); !ok || again != sha || same != name {
			t.Fatalf("%s is another one: %s %s", at, again, same)
		}
	})
}

func TestSecretsOf(t *testing.T) {
	found := secretsOf([]string{"AWS_SECRET_ACCESS_KEY=abcdefgh", "HTTPS_PROXY=http://ann:pa55word@proxy:3128/", "PIP_EXTRA_INDEX_URL=https://a:one1@b/ https://c:two2@d/",
		"TF_VAR_anything=something", "npm_config__authToken=tokentoken", "CI_TOKEN=true", "HOME=/home/ann", "PATH=/usr/bin:/bin", "URL=https://user@host/", "EMPTY="})
	var got []string
	for _, value := range found {
		got = append(got, value)
	}
	slices.Sort(got)
	if text := strings.Join(got, " "); text != "abcdefgh one1 pa55word something tokentoken two2" {
		t.Errorf("the secrets are %s", text)
	}
}

// TestMask_forms checks a value in the spellings that programs have for it.
func TestMask_forms(t *testing.T) {
	const secret = `p"a\s<s> ö`
	var out bytes.Buffer
	m := mask(&out, map[string]string{"A": secret})
	asJSON, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join([]string{secret, string(asJSON), url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))}, "\n")
	if _, err := m.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	m.flush()
	if got := strings.ReplaceAll(out.String(), "=", ""); got != "***\n\"***\"\n***\n***\n***" {
		t.Errorf("the log says %q", got)
	}
}
