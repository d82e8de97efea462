package lambdaalias

import (
	"context"
	"errors"
	"fmt"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// A version is named by the alias, without a share, before it is given
// provisioned concurrency and until that is gone again: so AWS itself
// remembers what a killed release has asked for, and for which alias. Nothing
// else tells: provisioned concurrency has neither tags nor an owner.
//
// A share of 0 has another meaning where a weight of 1.0 is refused: there it
// names the version that is being left. Home tells the two apart: it is the
// version that state calls promoted, and a release away from it names the new
// version beside it.

// names tells that the alias names a version in this way.
func (t *Target) names(at Routing) bool {
	return at.Other != "" && at.Weight == 0 && t.Home != "" && at.Version == t.Home
}

// announce makes the alias name the version that is about to get provisioned
// concurrency. What cannot be named is provided for all the same: the release
// does not depend on it.
func (t *Target) announce(ctx context.Context) error {
	divides := !t.unnamed && !t.Undivided && !t.Carries
	free := t.at.Whole(t.Home) || t.names(t.at) && t.at.Other != t.Version
	if t.provided() || !divides || t.Home == "" || t.Home == t.Version || !free {
		return nil
	}
	return t.writeNamed(ctx, fmt.Sprintf("naming version %s on alias %s", t.Version, t.name()), Routing{Version: t.Home, Other: t.Version})
}

// writeNamed writes a routing that names a version without a share, or where AWS
// takes or keeps none, the same without it.
func (t *Target) writeNamed(ctx context.Context, doing string, want Routing) error {
	err := t.write(ctx, doing, want)
	switch {
	case isInvalid(err):
		t.unnamed = true
		return t.write(ctx, doing, Routing{Version: want.Version})
	case err == nil && t.at.Whole(want.Version):
		t.unnamed, t.want = true, t.at
	}
	return err
}

// leaving is where an alias points that leaves a version, which may hold
// provisioned concurrency until the release has ended.
func (t *Target) leaving(to string) Routing {
	left := t.at.Version
	if left == to {
		left = t.at.Other
	}
	if t.Allots && !t.unnamed && !t.Undivided && !t.Carries && t.Home == to {
		return Routing{Version: to, Other: left}
	}
	return Routing{Version: to}
}

// relieve takes the provisioned concurrency of a version that the alias only
// names, and is about to forget. It is tried once: what is left is for whoever
// ends the release to tell.
func (t *Target) relieve(ctx context.Context) {
	if t.names(t.at) && t.at.Other != t.Version {
		_ = Release(ctx, t.concurrencyAPI, t.Function, t.at.Other, t.Alias)
	}
}

// Naming is the version that the alias names without a share when the release
// has ended; empty when there is none, or when somebody else moved the alias.
func (t *Target) Naming() string {
	if t.names(t.at) && t.moved == "" {
		return t.at.Other
	}
	return ""
}

// Forget makes the alias no longer name such a version.
func (t *Target) Forget(ctx context.Context) error {
	var err error
	for range rewrites {
		if t.Naming() == "" {
			return nil
		}
		if err = t.write(ctx, "clearing the weights of alias "+t.name(), Routing{Version: t.at.Version}); err == nil || errors.Is(err, rollout.ErrRefused) {
			return err
		}
		if _, lost := t.Observe(ctx); lost != nil {
			return lost
		}
	}
	return err
}
