package emulator

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// driver calls one service in one region, on a clock that the test moves.
type driver struct {
	*Emulator
	t       *testing.T
	service string
}

const testRegion = "eu-west-1"

func driveStart() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func drive(t *testing.T, service string, switches Switches) *driver {
	t.Helper()
	return &driver{New(clock.NewVirtual(driveStart()), WithSwitches(switches)), t, service}
}

// pass lets time pass.
func (d *driver) pass(by time.Duration) {
	d.t.Helper()
	if err := d.clock.Sleep(context.Background(), by); err != nil {
		d.t.Fatal(err)
	}
}

// try makes a call as one over HTTP is made, without the wire.
func (d *driver) try(operation string, in values) (out values, err error) {
	d.t.Helper()
	s := d.Emulator.service(d.service)
	op := s.model.Operations[operation]
	if op == nil || s.operations[operation] == nil {
		d.t.Fatalf("no operation %s", operation)
	}
	d.locked(func() {
		var read values
		if read, err = goValues().structure(op.in, in, ""); err == nil {
			err = s.validate(op, read)
		}
		if err == nil {
			out, err = s.run(&call{Emulator: d.Emulator, region: d.region(testRegion)}, op, read)
		}
	})
	return out, err
}

func (d *driver) must(operation string, in values) values {
	d.t.Helper()
	out, err := d.try(operation, in)
	if err != nil {
		d.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

// refused asserts that the call is refused with the code.
func (d *driver) refused(code, operation string, in values) {
	d.t.Helper()
	_, err := d.try(operation, in)
	var refusal *apiError
	if !errors.As(err, &refusal) || refusal.Code != code {
		d.t.Errorf("%s: got %v, want %s", operation, err, code)
	}
}

// check asserts a value.
func check[T comparable](t *testing.T, what string, got any, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// zipped is a deployment package with one file of that text.
func zipped(t *testing.T, text string) []byte {
	t.Helper()
	return []byte(zipOf(text))
}
