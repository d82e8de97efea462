// Package launchtemplate makes versions of EC2 launch templates.
//
// A version never changes: what is wanted otherwise is another version, made
// from a source version and overrides. AWS takes each override as a whole, so
// tags, which users think of one by one, are first put together with those of
// the source.
package launchtemplate
