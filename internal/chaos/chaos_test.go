package chaos

import (
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"testing"
)

// sample is the part of the cells that `make test` runs, of every other
// variant.
const sample = "0/96"

// sparse is from where on a share is too small for every variant, each of
// which costs a release that no fault meets.
const sparse = 64

// TestMain gives the packages and images of all cells a cache of their own.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "chaos")
	if err == nil {
		err = os.Setenv("AWSDEPLOY_CACHE_DIR", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func TestChaos(t *testing.T) {
	part, err := parse(os.Getenv("AWSDEPLOY_CHAOS"))
	if err != nil {
		t.Fatal(err)
	}
	tally := tally{file: os.Getenv("AWSDEPLOY_CHAOS_TABLE")}
	t.Run("cells", func(t *testing.T) {
		for _, s := range subjects() {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				matrix(t, s, part, &tally)
			})
		}
	})
	t.Log("\n" + tally.tables())
}

// matrix tries a subject in its variants. The release that is reverted needs
// the plain one, to know where its middle is.
func matrix(t *testing.T, s subject, part share, tally *tally) {
	middle := 0
	for _, v := range s.variants() {
		if v.reverted && middle == 0 || part.of >= sparse && v.name != plain && hash(s.name+"/"+v.name)%2 > 0 {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			c := cell{subject: s, variant: v, middle: middle}
			calls, _ := c.run(t)
			if t.Failed() {
				t.Fatal("the release that no fault meets fails")
			}
			if v.name == plain {
				middle = applying(calls) / 2
			}
			for _, f := range faults() {
				for n := 1; n <= len(calls); n++ {
					c.fault, c.n = f, n
					if f.meets(c, calls[n-1]) && c.chosen(part, calls) {
						t.Run(c.at(calls), func(t *testing.T) { try(t, c, tally) })
					}
				}
			}
		})
	}
}

// applying counts the calls of the apply itself.
func applying(calls []call) (n int) {
	for _, c := range calls {
		if c.applying {
			n++
		}
	}
	return n
}

// share is a part of all cells: those whose hash is nth among so many.
type share struct{ nth, of uint32 }

// parse reads AWSDEPLOY_CHAOS: "full", or a part such as "3/16", which several
// machines may take from one another.
func parse(text string) (p share, err error) {
	switch text {
	case "":
		text = sample
	case "full":
		text = "0/1"
	}
	if _, err := fmt.Sscanf(text, "%d/%d", &p.nth, &p.of); err != nil || p.nth >= p.of {
		return p, fmt.Errorf("AWSDEPLOY_CHAOS is %q, want full or a part such as 3/16", text)
	}
	return p, nil
}

// chosen tells whether a cell is run: by its name, so always the same ones.
func (c cell) chosen(part share, calls []call) bool {
	n, of := hash(c.subject.name+"/"+c.variant.name+"/"+c.at(calls)), uint32(max(c.of, 1))
	return n%of == 0 && n/of%part.of == part.nth
}

func hash(name string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	sum := h.Sum32()
	return sum ^ sum>>16 // its low bits alone tell little of the name
}

// try runs a cell beside others, and counts how it went.
func try(t *testing.T, c cell, tally *tally) {
	t.Parallel()
	met := false
	defer func() {
		if met || t.Failed() {
			if err := tally.count(c, !t.Failed()); err != nil {
				t.Error(err)
			}
		}
		if t.Failed() {
			t.Logf("%s, %s: %s at call %d. Just this one: AWSDEPLOY_CHAOS=full go test ./internal/chaos -run '^%s$'",
				c.subject.name, c.variant.name, c.fault.name, c.n, strings.ReplaceAll(t.Name(), "/", "$/^"))
		}
	}()
	_, met = c.run(t)
}
