package main

import (
	"fmt"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// goal is what a row should reach. Met is not known where what it is compared
// with is not there.
type goal struct {
	text string
	met  func(measured) (met, known bool)
}

// within is a goal on the clock on the wall.
func within(most time.Duration) goal {
	return goal{"≤ " + milliseconds(most), func(m measured) (bool, bool) { return m.ours.wall <= most, true }}
}

// ofFloor bounds what is done beside the least that has to be.
func ofFloor(factor float64) goal {
	return goal{fmt.Sprintf("≤ %.2f × the floor", factor), func(m measured) (bool, bool) {
		return float64(m.ours.wall) <= factor*float64(m.floor.wall), m.floor.wall > 0
	}}
}

// faster compares with a peer.
func faster(peer string, factor float64) goal {
	return goal{fmt.Sprintf("≥ %g × as fast as %s", factor, peer), func(m measured) (bool, bool) {
		p, there := m.peers[peer]
		return factor*float64(m.ours.wall) <= float64(p.wall), there
	}}
}

// asks bounds what a server is asked.
func asks(requests, trips int) goal {
	return goal{fmt.Sprintf("%d requests, %d round trips", requests, trips), func(m measured) (bool, bool) {
		return m.ours.requests <= requests && m.ours.trips <= trips, m.ours.requests > 0
	}}
}

// takes bounds the memory.
func takes(most int64) goal {
	return goal{"≤ " + source.Bytes(most), func(m measured) (bool, bool) { return m.ours.memory <= most, m.ours.memory > 0 }}
}
