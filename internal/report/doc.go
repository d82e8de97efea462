// Package report writes down what a release does while it does it: events as
// JSON lines, a summary in Markdown, and an HTML page that renews itself and
// needs nothing but its own file. Page and summary are made of the events
// alone, so that they can be made again of the JSON lines.
//
// # Events
//
// A report's directory holds events.jsonl: one JSON object a line, in the
// order in which things were seen. Members that have nothing to say are left
// out. Schema is 1; a later schema adds members, and only a change that would
// make a reader wrong raises the number.
//
//	schema    1
//	time      when it was seen, RFC 3339 in UTC
//	event     "release" (the first line), "phase", "sample", "check", "end" (the last)
//	release   with "release": kind, target, version, previous, steps, bake_seconds, hold_at, alarms, checks
//	phase     where the engine stands: waiting, shifting, pausing, baking, …
//	step      the percentage of the step under way
//	percent   the share of the new version
//	shares    the share of each version in percent
//	serving   members in service; floor: the fewest that are allowed
//	alarms    the names of the alarms that fire
//	activity  what the target does, in AWS's words
//	check     with "check": outcome and detail of our own checks
//	reason    why the release goes back, stops or ended badly
//	evidence  what was found out about the failure, a line for each finding
//	status    with "end": promoted, held, rolled_back, failed, stranded, …
//
// A report without a last line "end" is one of a process that was killed.
package report
