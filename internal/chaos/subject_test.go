package chaos

import (
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// subject is a kind of release, or of something that is built.
type subject struct {
	name, kind string
	// build makes the estate, with the old version live.
	build func(t *testing.T, w *acctest.World) estate
	// release: it moves something that serves, and has a status.
	release bool
	// starts are the operations that begin or move something, and running is
	// what an apply that ends after one of them must say of what goes on.
	starts  []string
	running string
	// hands are those of an operator who acts in mid-release, at the moments.
	hands   []string
	moments []time.Duration
	// scales: its target can be scaled out.
	scales bool
	// switches are those that it may meet.
	switches []string
}

// estate is what a release is aimed at.
type estate struct {
	old, planned map[string]any // configurations
	// check tells what is wrong when all has ended.
	check func(b *acctest.Bench, now ending) error
	// back tells what is wrong when the old version must serve again.
	back func() error
	// scale puts more capacity into the target, in mid-release.
	scale func(call emulator.CallFunc) error
	// hand is what an operator does, by the name of the hand. It tells
	// whether there was a release to put a hand to.
	hand map[string]func(call emulator.CallFunc) bool
}

// alarm is the alarm of every release.
const alarm = "shop-5xx"

// ending is how a cell went.
type ending struct {
	variant
	applies int // how many it took after the first
}

// subjects are all that is tried.
func subjects() []subject {
	return []subject{rolling(), rollingVerified(), promotion(), deployment(), templateVersion(), functionVersion(), appPackage(), appImage()}
}
