package rollout

import (
	"fmt"
	"time"
)

// Begin decides where a release starts, from what is there: afresh, in the
// middle of one that was interrupted, or not at all. It is pure.
func (p Plan) Begin(o Observation, now time.Time) (State, error) {
	at := func(ph Phase, step int) State {
		return State{Phase: ph, Step: step, Since: now, Began: now, BestAt: now}
	}
	switch {
	case o.Active == ActiveSame || o.Active == ActiveLax:
		s := p.resume(o, at)
		s.Adopted, s.Watch = true, o.Active == ActiveLax
		return s, nil
	case o.Active == ActiveEnding:
		s := at(RollingBack, 0)
		s.Reason = o.Failure
		s.Adopted, s.Asked = true, 1 // under way already
		return s, nil
	case o.Active == ActiveEnded:
		s := p.resume(o, at)
		s.Phase = Waiting
		return s, nil
	case o.Active == ActiveReturn && p.OnActive == Adopt:
		return at(Waiting, p.first()), nil // nobody's release: its end is all that is missing
	case o.Active == ActiveOther, o.Active == ActiveReturn:
		return p.beginBeside(o, at)
	case o.Active == ActiveBack && p.OnActive == Fail:
		return State{}, fmt.Errorf("%w: %s", ErrActive, o.Activity)
	case o.Active == ActiveNone && o.Saved && o.Percent >= 100:
		s := at(Baking, len(p.Steps)-1) // nothing to move: only watch and verify
		s.Watch = !o.Arrived
		return s, nil
	}
	if p.HoldsAlone && p.From == 0 && o.Percent > 0 {
		return p.resume(o, at), nil // part of it is there, and nobody verified it
	}
	return at(Shifting, p.first()), nil
}

// resume finds the step that a release under way has reached. Its pause starts
// again: nobody watched it meanwhile.
func (p Plan) resume(o Observation, at func(Phase, int) State) State {
	if p.SelfDriven {
		return at(Shifting, len(p.Steps)-1)
	}
	step := p.first()
	for i, s := range p.Steps {
		if i > step && (o.Percent >= float64(s.Percent) || o.Heading > float64(p.Steps[i-1].Percent)) {
			step = i
		}
	}
	return at(Shifting, step)
}

// first is the step to begin with: above what was held before.
func (p Plan) first() int {
	if p.SelfDriven {
		return len(p.Steps) - 1
	}
	for i, s := range p.Steps {
		if s.Percent > p.From || p.From == 0 {
			return i
		}
	}
	return len(p.Steps) - 1
}

func (p Plan) beginBeside(o Observation, at func(Phase, int) State) (State, error) {
	switch p.OnActive {
	case Wait:
		return at(Waiting, p.first()), nil
	case Supersede:
		s := at(Stopping, p.first())
		s.Then = Shifting
		return s, nil
	}
	return State{}, fmt.Errorf("%w: %s", ErrActive, o.Activity)
}
