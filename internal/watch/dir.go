package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
)

// betweenLooks is how often files are read: they are small and near.
const betweenLooks = 500 * time.Millisecond

// errNothing: there is no report to follow.
var errNothing = errors.New("no report there")

// tracked is a report that is followed.
type tracked struct {
	name   string // the target's
	told   int    // events shown already
	ended  bool
	status string
	last   report.Event
	about  report.Release
}

// followDir follows all reports in a directory until each has ended.
func followDir(ctx context.Context, o options, screen Screen, clk clock.Clock) (good bool, err error) {
	seen := map[string]*tracked{}
	var order []*tracked
	show := newDisplay(screen)
	quiet := clk.Now()
	for {
		paths, err := reports(o.dir)
		if err != nil {
			return false, err
		}
		for _, path := range paths {
			t, ok := seen[path]
			if !ok {
				t = &tracked{}
				seen[path], order = t, append(order, t)
			}
			fresh, err := t.read(path)
			if err != nil {
				return false, err
			}
			for _, e := range fresh {
				show.event(t, e)
				quiet = clk.Now()
			}
		}
		show.bars(order)
		if len(order) == 0 && !o.wait {
			return false, fmt.Errorf("%w: %s has no %s; give the provider's report_dir, or -wait for the first one", errNothing, o.dir, report.EventsFile)
		}
		if len(order) > 0 && allEnded(order) && clk.Now().Sub(quiet) >= settle {
			return allGood(order), nil
		}
		if err := clk.Sleep(ctx, betweenLooks); err != nil {
			return false, err
		}
	}
}

// reports are the event files of a directory: its own, or those of the
// reports in it. A directory that does not exist yet has none.
func reports(dir string) ([]string, error) {
	own := filepath.Join(dir, report.EventsFile)
	if _, err := os.Stat(own); err == nil {
		return []string{own}, nil
	}
	entries, err := os.ReadDir(dir) // sorted
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name(), report.EventsFile)
		if _, err := os.Stat(path); err == nil {
			out = append(out, path)
		}
	}
	return out, nil
}

// read is the events that were not shown yet.
func (t *tracked) read(path string) ([]report.Event, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := report.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	fresh := all[min(t.told, len(all)):]
	t.told = len(all)
	for _, e := range fresh {
		t.last = e
		if e.Release != nil {
			t.about, t.name = *e.Release, e.Release.Target
		}
		if e.Kind == report.Ended {
			t.ended, t.status = true, e.Status
		}
	}
	return fresh, nil
}

func allEnded(all []*tracked) bool {
	for _, t := range all {
		if !t.ended {
			return false
		}
	}
	return true
}

func allGood(all []*tracked) bool {
	for _, t := range all {
		if t.status != "promoted" && t.status != "held" {
			return false
		}
	}
	return true
}
