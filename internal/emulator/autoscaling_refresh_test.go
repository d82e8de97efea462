package emulator

import (
	"testing"
	"time"
)

func TestRefresh(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 4})
	check(t, "instances before", f.versions()[1], 4)
	f.start(f.to(2, values{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 125, "InstanceWarmup": 60}))
	check(t, "status at once", f.refresh().str("Status"), "Pending")
	check(t, "percent while pending", f.refresh().has("PercentageComplete"), false)
	f.pass(10 * time.Second)
	r := f.refresh()
	check(t, "status", r.str("Status"), "InProgress")
	check(t, "percent", r.integer("PercentageComplete"), 0)
	check(t, "to update", r.integer("InstancesToUpdate"), 4)
	check(t, "instances with one more", f.versions()[1]+f.versions()[2], 5)
	r = f.until("Successful", time.Hour)
	check(t, "percent at the end", r.integer("PercentageComplete"), 100)
	check(t, "to update at the end", r.integer("InstancesToUpdate"), 0)
	check(t, "end time", r.has("EndTime"), true)
	check(t, "new instances", f.versions()[2], 4)
	check(t, "old instances", f.versions()[1], 0)
	check(t, "floor", f.LowestInService(testRegion, fleetName), 4)
	check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "2")
}
