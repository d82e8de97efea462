package emulator

import "slices"

// stuck reports whether the weights of the instances leave no room to move one
// within the bounds: then one moves all the same.
func (r *refresh) stuck(p progress) bool {
	_, ceiling := r.bounds()
	return p.pending == 0 && p.leaving == 0 && p.new == p.ready && p.live >= r.group.desired &&
		p.live+r.lightest() > ceiling && r.prefs.least < 100 && p.weighted()
}

func (p progress) weighted() bool {
	return slices.ContainsFunc(p.olds, func(m *member) bool { return m.weight > 1 })
}

// indivisible reports whether weights keep more old capacity than there should
// be: the next instance to go would leave too little.
func (p progress) indivisible(keep int) bool {
	return p.blocked == 0 && !slices.ContainsFunc(p.olds, func(m *member) bool { return p.old-m.units() >= keep })
}

// heaviest is the largest weight that can be launched: by less than that an
// instance may pass the ceiling.
func (r *refresh) heaviest() int {
	all, err := r.group.state.choices(r.launchFrom())
	if err != nil {
		return 1
	}
	return max(slices.MaxFunc(all, func(a, b choice) int { return a.weight - b.weight }).weight, 1)
}

// lightest is the least weight that can be launched.
func (r *refresh) lightest() int {
	all, err := r.group.state.choices(r.launchFrom())
	if err != nil {
		return 1
	}
	return max(slices.MinFunc(all, func(a, b choice) int { return a.weight - b.weight }).weight, 1)
}
