package codedeploy

import (
	"context"
	"fmt"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// follow tells how the deployment of this release stands, and its roll-back.
func (t *Target) follow(ctx context.Context, o *rollout.Observation) error {
	d, err := t.find(ctx, t.id)
	if err != nil {
		return err
	}
	if t.backID == "" {
		t.backID = d.rollbackID
	}
	if t.back == "" && d.current != t.Version {
		t.back = d.current
	}
	switch {
	case t.strange():
		o.Moved = fmt.Sprintf("somebody else moved alias %s to versions %s and %s during deployment %s; CloudTrail knows who (UpdateAlias)",
			t.name(), t.at.Version, orNone(t.at.Other), d.id)
	case d.active():
		o.Idle, o.Activity = false, fmt.Sprintf("%s, %.4g %% on version %s", d.tell(), t.at.share(t.Version), t.Version)
		return nil
	case d.status == succeeded:
		o.Idle = t.at.Other == "" || t.clock.Now().Sub(d.completed) > returnTime // the alias may be seen as it was a moment ago
		return nil
	case d.stoppedByHand() && !t.stopped() && t.backID == "":
		o.Moved = fmt.Sprintf("deployment %s was stopped by somebody else; CloudTrail knows who (StopDeployment)", d.id)
	}
	if !t.stopped() {
		o.Failure = t.reason(ctx, d)
	}
	if t.backID == "" {
		o.Returning = t.returns(d)
		o.Idle = !o.Returning
		o.Activity = d.tell()
		return nil
	}
	back, err := t.find(ctx, t.backID)
	if err != nil {
		return err
	}
	o.Returning, o.Idle = back.active(), !back.active()
	o.Activity = "roll-back " + back.tell()
	return nil
}

// strange tells that the alias has a version that is none of the release's.
func (t *Target) strange() bool {
	for _, v := range []string{t.at.Version, t.at.Other} {
		if v != "" && v != t.Version && v != t.back && t.back != "" {
			return true
		}
	}
	return false
}

// reason is why a deployment ended badly, with the hook that failed.
func (t *Target) reason(ctx context.Context, d deployment) string {
	text := fmt.Sprintf("deployment %s is %s", d.id, d.status)
	if d.code != "" {
		text += fmt.Sprintf(": %s: %s", d.code, d.message)
	}
	if hook := t.failedHook(ctx, d.id); hook != "" {
		text += "; " + hook
	}
	return text
}

// Shift begins the deployment, which takes all of the steps by itself.
func (t *Target) Shift(ctx context.Context, _ rollout.Step) error {
	t.begun = true
	last, err := t.last(ctx)
	if err != nil {
		return err
	}
	if t.id != "" && (last.id != t.id || !last.active() && last.status != succeeded) { // one that was waited for has ended
		t.before, t.id, t.backID = last.id, "", ""
	}
	switch {
	case t.id != "":
		return nil
	case last.id != t.before && last.sha256 == t.digest():
		t.id = last.id
		return nil
	case last.active() && last.rollback:
		return fmt.Errorf("%s has to end first", last.tell())
	case last.active() && (last.current == t.Version || last.id == t.before):
		if err := t.stop(ctx, last.id, last.current == t.Version); err != nil {
			return err
		}
		return fmt.Errorf("%s has to end first", last.tell())
	case last.active():
		return fmt.Errorf("%w: deployment group %s has another deployment, %s", rollout.ErrRefused, t.Group, last.tell())
	case t.returns(last):
		return fmt.Errorf("the roll-back of %s is about to begin", last.id)
	}
	if t.at, err = t.alias.Find(ctx); err != nil {
		return err
	}
	if t.at.Other != "" { // see the package comment
		if err := t.alias.Restore(ctx, t.at.Version); err != nil {
			return err
		}
		t.at = Shares{Version: t.at.Version}
	}
	if t.at.whole(t.Version) {
		return nil
	}
	t.back = t.at.Version // what the AppSpec must say
	if err := t.ensure(ctx); err != nil {
		return err
	}
	return t.create(ctx)
}

// End ends the release. A promotion is CodeDeploy's own.
func (t *Target) End(ctx context.Context, how rollout.Ending) error {
	t.begun = true
	if how == rollout.Promote {
		return nil
	}
	last, err := t.last(ctx)
	if err != nil {
		return err
	}
	if t.id == "" && last.id != t.before && last.sha256 == t.digest() {
		t.id = last.id
	}
	if last.active() {
		if last.rollback && how == rollout.GoBack {
			return nil // on its way already
		}
		return t.stop(ctx, last.id, how == rollout.GoBack)
	}
	switch {
	case how != rollout.GoBack, t.returns(last):
		return nil
	case t.back == "":
		return fmt.Errorf("%w: alias %s has no previous version to go back to", rollout.ErrRefused, t.name())
	}
	if t.at, err = t.alias.Find(ctx); err != nil || t.at.whole(t.back) {
		return err
	}
	return t.alias.Restore(ctx, t.back)
}

// stopped tells that the deployment of this release was stopped by us.
func (t *Target) stopped() bool {
	_, ok := t.stops[t.id]
	return ok
}

// returns tells that the roll-back of a deployment is still to be named.
func (t *Target) returns(d deployment) bool {
	back, ours := t.stops[d.id]
	return d.ended(t.clock.Now(), returnTime) && (ours && back || !ours && d.goesBack())
}

func (t *Target) name() string { return t.Function + ":" + t.Alias }

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
