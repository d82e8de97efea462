// Package simulate tells the bounds of a rolling release before it begins: the
// batches in which a group is replaced, how many instances serve meanwhile,
// which checkpoints a small group runs through, and how long it takes at least
// and at most. It is pure: numbers in, numbers out.
//
// Where AWS leaves open how it counts or rounds, each reading is worked out
// and the bounds hold for all of them.
package simulate
