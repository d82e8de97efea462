package clock

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Clock tells the time and waits.
type Clock interface {
	// Now is the clock's time.
	Now() time.Time
	// Sleep waits for d of the clock's time, or until ctx ends: then it
	// returns the context's cause.
	Sleep(ctx context.Context, d time.Duration) error
	// Join counts the caller as a worker until leave is called: a virtual
	// clock never moves while a joined worker is awake. A worker that waits
	// for another one must not be joined, or must sleep itself.
	Join() (leave func())
}

// System is the real clock.
type System struct{}

// Now is the wall clock's time.
func (System) Now() time.Time { return time.Now() }

// Join does nothing: real time moves by itself.
func (System) Join() func() { return func() {} }

// Sleep waits for d, or until ctx ends.
func (System) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// Scaled is real time made Speed times faster: at the real instant Real it
// shows Epoch. Processes that share the three values share the clock.
type Scaled struct {
	Real  time.Time
	Epoch time.Time
	Speed float64
}

// Now is the scaled time.
func (s Scaled) Now() time.Time {
	return s.Epoch.Add(time.Duration(float64(time.Since(s.Real)) * s.Speed))
}

// Join does nothing: scaled time moves by itself.
func (s Scaled) Join() func() { return func() {} }

// Sleep waits for d of scaled time, or until ctx ends.
func (s Scaled) Sleep(ctx context.Context, d time.Duration) error {
	return System{}.Sleep(ctx, time.Duration(float64(d)/s.Speed))
}

// String is the form that Parse reads: "speed,real,epoch", instants in
// nanoseconds since 1970.
func (s Scaled) String() string {
	return fmt.Sprintf("%g,%d,%d", s.Speed, s.Real.UnixNano(), s.Epoch.UnixNano())
}

// Parse reads what Scaled.String wrote. Empty text is the system's clock.
func Parse(text string) (Clock, error) {
	if text == "" {
		return System{}, nil
	}
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return nil, fmt.Errorf("clock %q: want speed,real,epoch", text)
	}
	speed, err := strconv.ParseFloat(parts[0], 64)
	if err != nil || !(speed > 0) {
		return nil, fmt.Errorf("clock %q: speed must be a number above 0", text)
	}
	var instants [2]time.Time
	for i, p := range parts[1:] {
		ns, err := strconv.ParseInt(p, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("clock %q: %w", text, err)
		}
		instants[i] = time.Unix(0, ns).UTC()
	}
	return Scaled{Real: instants[0], Epoch: instants[1], Speed: speed}, nil
}
