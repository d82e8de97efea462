package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// row is one thing to do, and the ways to do it.
type row struct {
	name  string
	ready func() error // makes what all ways work on; may be nil
	ours  way
	peers []way
	floor *way // the least that has to be done, without anything around it
	goals []goal
	done  func() error // ends what ready started; may be nil
	once  bool         // too long for a median
}

// way is one way to do a row's work.
type way struct {
	name    string
	missing string                      // why it is not there on this machine
	before  func(context.Context) error // what does not count; may be nil
	run     func(context.Context) error
	observe func(*result) // adds what neither clock tells of the run before; may be nil
	// elsewhere tells that most of the work is another process's, whose
	// processor time is not known.
	elsewhere bool
	// apart runs the way in a process of its own, and measures its memory.
	apart bool
}

// result is what a way took: the median of each.
type result struct {
	wall, processor time.Duration // processor is 0 when it is not known
	memory          int64         // the most bytes at once; 0 when that was not measured
	requests, trips int           // asked of a server, and how many of them one after another
}

// measured are the results of a row; peers by their names.
type measured struct {
	ours  result
	peers map[string]result
	floor result
}

// prepare makes what the row works on.
func (r row) prepare() error {
	if r.ready == nil {
		return nil
	}
	return r.ready()
}

// measure runs all ways of a row in turns.
func (r row) measure(ctx context.Context, repeat int) (m measured, err error) {
	if r.done != nil {
		defer func() { err = errors.Join(err, r.done()) }()
	}
	if err := r.prepare(); err != nil {
		return measured{}, err
	}
	if r.once {
		repeat = 1
	}
	var ours, floor []result
	peers := map[string][]result{}
	for range repeat {
		one, err := r.ours.measure(ctx, r.name)
		if err != nil {
			return measured{}, err
		}
		ours = append(ours, one)
		for _, p := range r.peers {
			if p.missing != "" {
				continue
			}
			one, err := p.measure(ctx, r.name)
			if err != nil {
				return measured{}, fmt.Errorf("%s: %w", p.name, err)
			}
			peers[p.name] = append(peers[p.name], one)
		}
		if r.floor != nil {
			one, err := r.floor.measure(ctx, r.name)
			if err != nil {
				return measured{}, fmt.Errorf("the floor: %w", err)
			}
			floor = append(floor, one)
		}
	}
	m = measured{ours: medians(ours), floor: medians(floor), peers: map[string]result{}}
	for name, all := range peers {
		m.peers[name] = medians(all)
	}
	return m, nil
}

func (w way) measure(ctx context.Context, row string) (result, error) {
	if w.apart {
		return apart(ctx, row)
	}
	if w.before != nil {
		if err := w.before(ctx); err != nil {
			return result{}, err
		}
	}
	runtime.GC()
	processor, begun := processors(), clock.System{}.Now()
	if err := w.run(ctx); err != nil {
		return result{}, err
	}
	r := result{wall: clock.System{}.Now().Sub(begun), processor: processors() - processor}
	if w.elsewhere {
		r.processor = 0
	}
	if w.observe != nil {
		w.observe(&r)
	}
	return r, nil
}

// medians is the middle of each figure.
func medians(all []result) result {
	if len(all) == 0 {
		return result{}
	}
	return result{
		wall:      median(all, func(r result) time.Duration { return r.wall }),
		processor: median(all, func(r result) time.Duration { return r.processor }),
		memory:    median(all, func(r result) int64 { return r.memory }),
		requests:  median(all, func(r result) int { return r.requests }),
		trips:     median(all, func(r result) int { return r.trips }),
	}
}

func median[T cmp.Ordered](all []result, of func(result) T) T {
	var values []T
	for _, r := range all {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
