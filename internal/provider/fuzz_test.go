package provider

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// FuzzDuration reads any text as a duration. What is accepted is whole seconds
// forward, and its shortest spelling is the same duration, is accepted and
// stays as it is; what a refusal proposes is accepted.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{"90s", "1h30m", "300", "5", "-1s", "1.5s", "0.5m", "+2h", "1e3", "Inf", "0x10", "0", "", "10m0s", "1ns", "2540400h10m10s", "µs", " 5s", "1_0"} {
		f.Add(text, int64(len(text)))
	}
	proposal := regexp.MustCompile(`write "([^"]*)" for seconds, "([^"]*)" for minutes or "([^"]*)" for hours`)
	f.Fuzz(func(t *testing.T, text string, n int64) {
		fault := durationFault(text)
		if fault == "" {
			d, err := time.ParseDuration(text)
			if err != nil || d < 0 || d%time.Second != 0 {
				t.Fatalf("%q is accepted: %s, %v", text, d, err)
			}
			short := spell(d)
			if durationFault(short) != "" || !sameDuration(short, text) || len(short) > len(d.String()) {
				t.Fatalf("%q is spelled %q", text, short)
			}
			if again, _ := time.ParseDuration(short); spell(again) != short {
				t.Fatalf("%q is spelled %q and then %q", text, short, spell(again))
			}
		}
		if strings.Contains(fault, "write") {
			for _, m := range proposal.FindAllStringSubmatch(fault, -1) {
				for _, one := range m[1:] {
					if again := durationFault(one); strings.Contains(again, "is not a duration") {
						t.Fatalf("%q: it is proposed to write %q, and then: %s", text, one, again)
					}
				}
			}
		}
		d := time.Duration(n)
		if back, err := time.ParseDuration(spell(d)); err != nil || back != d {
			t.Fatalf("%s is spelled %q: %v", d, spell(d), err)
		}
		if newDuration(d).Duration() != d {
			t.Fatalf("%s became %s", d, newDuration(d).Duration())
		}
		// The clock of tests is text of the same kind.
		if c, err := clock.Parse(text); err == nil {
			if s, ok := c.(clock.Scaled); ok {
				if again, err := clock.Parse(s.String()); err != nil || again != c {
					t.Fatalf("the clock %q is %v, and then %v, %v", text, c, again, err)
				}
			}
		}
	})
}
