// Package autoscaling is a release target over EC2 Auto Scaling: a launch
// template version goes onto a group by one native instance refresh, with the
// steps as its checkpoints. AWS runs it, watches the alarms and rolls back, so
// it holds when we are gone.
//
// The group is never updated first. Its saved configuration stays the previous
// version until the refresh succeeds: only so does AWS's own roll-back work.
// AutoRollback and RollbackInstanceRefresh are used only while that is so;
// otherwise the way back is a refresh of our own to the previous version.
//
//	group.go     what a group is: its saved template, its instances, its shares
//	count.go     what is in scope, and how much of it runs the version
//	pool.go      its warm pool
//	glance.go    how a large group is looked at
//	refresh.go   its instance refreshes, and whose the one under way is
//	desired.go   the desired configuration, for mixed groups too
//	target.go    Observe
//	act.go       Shift and End
//	evidence.go  what can be known about a failure
//	witness.go   what target groups and consoles say of an instance
//	facts.go     what plan and read want to know
package autoscaling
