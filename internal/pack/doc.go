// Package pack turns sources into one packaged file: it runs the build tool
// that a Spec names, picks the artifact, makes it reproducible, and keeps it
// in the machine's cache by the hash of its content.
//
// Spec.Walk reads the sources, and Spec.Recipe names what the build depends
// on. Store.Find answers from the cache what a recipe gave before, so that a
// plan knows the artifact without building. Store.Build builds.
package pack
