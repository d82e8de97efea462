package acctest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// Released checks a group whose release ended, whatever happened to it on the
// way: all of it runs and launches the version, its capacity never fell, and
// at most so many refreshes were started.
func (g *Group) Released(version, starts int) error {
	return g.ReleasedAbove(version, starts, g.world.Emulator.Group(Region, g.Name).Desired)
}

// ReleasedAbove is Released for a group that was scaled on the way: its
// capacity never fell below the floor.
func (g *Group) ReleasedAbove(version, starts, floor int) error {
	view := g.world.Emulator.Group(Region, g.Name)
	versions, size, started := g.Versions(), 0, 0
	for _, n := range versions {
		size += n
	}
	for _, c := range g.world.Emulator.Calls() {
		if c.Operation == "StartInstanceRefresh" && c.Acted && (c.ErrorCode == "" || c.ErrorCode == "ConnectionDropped") {
			started++
		}
	}
	low := g.world.Emulator.LowestInService(Region, g.Name)
	switch {
	case versions[version] != size || size != view.Desired:
		return fmt.Errorf("instances by version %v of %d, want all on %d", versions, view.Desired, version)
	case view.LaunchTemplateVersion != strconv.Itoa(version):
		return fmt.Errorf("the group launches version %s, want %d", view.LaunchTemplateVersion, version)
	case started > starts:
		return fmt.Errorf("%d refreshes were started, want %d", started, starts)
	case low < floor:
		return fmt.Errorf("capacity fell to %d of %d", low, floor)
	}
	return nil
}

// Promoted checks an alias whose release ended: it serves the version alone,
// the version's share never fell on the way, no move was made twice, and every
// check ran after the last of it arrived.
func (f *Function) Promoted(alias, version string, checks ...Check) error {
	share := 0.0
	for _, c := range f.world.Emulator.Calls() {
		if !moved(c) {
			continue
		}
		now := shareOf(c.Input, version)
		if now < share {
			return fmt.Errorf("the share of %s fell from %g to %g: moved %s", version, share, now, f.Moves())
		}
		share = now
	}
	if err := f.Checked(version, checks...); err != nil {
		return err
	}
	return f.Settled(alias, version)
}

// Checked checks that every check ran after the last of a version's share
// arrived.
func (f *Function) Checked(version string, checks ...Check) error {
	calls := f.world.Emulator.Calls()
	arrived, share := -1, 0.0
	for n, c := range calls {
		if !moved(c) {
			continue
		}
		now := shareOf(c.Input, version)
		if now > share {
			arrived = n
		}
		share = now
	}
	for n, check := range checks {
		if check(calls) < float64(arrived) {
			return fmt.Errorf("check %d did not run after the last weight arrived: moved %s", n, f.Moves())
		}
	}
	return nil
}

// Settled checks that an alias serves a version alone, and that no move was
// made twice.
func (f *Function) Settled(alias, version string) error {
	if got := f.Serves(alias); got != version {
		return fmt.Errorf("the alias serves %s, want %s", got, version)
	}
	moves := strings.Fields(f.Moves())
	for n := 1; n < len(moves); n++ {
		if moves[n] == moves[n-1] {
			return fmt.Errorf("moved twice to the same: %v", moves)
		}
	}
	return nil
}

// moved tells a call that changed an alias, whatever its caller heard of it.
func moved(c emulator.Call) bool {
	return (c.Operation == "UpdateAlias" || c.Operation == "CreateAlias") && c.Acted && (c.ErrorCode == "" || c.ErrorCode == "ConnectionDropped")
}

// shareOf is the share that an UpdateAlias gives to a version.
func shareOf(in map[string]any, version string) float64 {
	routing, _ := in["RoutingConfig"].(map[string]any)
	weights, _ := routing["AdditionalVersionWeights"].(map[string]any)
	sum := 0.0
	for v, weight := range weights {
		w, _ := weight.(float64)
		if sum += w; v == version {
			return w
		}
	}
	if in["FunctionVersion"] == version {
		return 1 - sum
	}
	return 0
}
