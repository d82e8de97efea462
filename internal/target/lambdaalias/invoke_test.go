package lambdaalias

import (
	"encoding/base64"
	"testing"
	"time"
)

func TestReported(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"START RequestId: a Version: 7\nREPORT RequestId: a\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tInit Duration: 130.00 ms\t\n": 12340 * time.Microsecond,
		`{"time":"2030-01-01T00:00:00Z","type":"platform.report","record":{"requestId":"a","metrics":{"durationMs":42.5,"billedDurationMs":43}}}`:           42500 * time.Microsecond,
		"my own line\nDuration: 5 ms": 0,
	} {
		if got := reported(base64.StdEncoding.EncodeToString([]byte(text))); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := reported("%"); got != 0 {
		t.Errorf("no log is %s", got)
	}
}
