package watch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
)

// FuzzShow follows any file as a report. What a terminal gets is text on
// lines, and no command but our own; every event is one line.
func FuzzShow(f *testing.F) {
	begin := `{"schema":1,"time":"2030-01-01T00:00:00Z","event":"release","release":{"kind":"k","target":"shop","version":"8","previous":"7","steps":[{"percent":10,"pause_seconds":60}]}}` + "\n"
	f.Add(begin + `{"schema":1,"event":"phase","phase":"baking","percent":50,"activity":"waiting"}` + "\n")
	f.Add(strings.ReplaceAll(begin, "shop", `\u001b]0;title\u0007\n12:00:00 other ended: promoted.`) + `{"schema":1,"event":"sample","percent":-1e300,"activity":"\u001b[2J\u202e\r"}` + "\n")
	f.Add(begin + `{"schema":1,"event":"check","percent":101,"check":{"outcome":"fail","detail":"\u009b31m"}}` + "\n" + `{"schema":1,"event":"end","status":"rolled_back","reason":"a\nb"}` + "\n")
	f.Add(`{"schema":1,"event":"check"}` + "\n" + `{}`)
	file := filepath.Join(f.TempDir(), report.EventsFile)
	ours := regexp.MustCompile(`\x1b\[[0-9]+A\x1b\[J`)
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, terminal := range []bool{false, true} {
			var out strings.Builder
			one, show := &tracked{}, newDisplay(Screen{Out: &out, Terminal: terminal})
			fresh, err := one.read(file)
			if err != nil {
				return
			}
			for _, e := range fresh {
				show.event(one, e)
			}
			show.bars([]*tracked{one})
			lines := strings.Count(out.String(), "\n")
			if terminal {
				ended := 0
				for _, e := range fresh {
					if e.Kind == report.Ended {
						ended++
					}
				}
				if !one.ended {
					ended++ // its bar
				}
				fresh = make([]report.Event, ended)
			}
			if lines != len(fresh) {
				t.Fatalf("%d lines tell %d events:\n%s", lines, len(fresh), out.String())
			}
			for _, r := range ours.ReplaceAllString(out.String(), "") {
				if r != '\n' && r != ' ' && !unicode.IsPrint(r) {
					t.Fatalf("the terminal gets %q:\n%q", r, out.String())
				}
			}
		}
	})
}
