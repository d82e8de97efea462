// Package source reads the files that a package or an image is made of.
//
// Walk turns a directory and glob patterns into a Tree: every file once, in
// the order of their slash paths, with the SHA-256 of its content. Tree.Digest
// is a function of relative paths, content, the executable bit and link
// targets alone, so a clone elsewhere, another umask or touched files give the
// same digest.
//
// What a walk read is kept in the machine's cache with what the system says of
// each file, its time of change above all, so that the next walk opens only
// what was touched since.
//
// A plan is made of a Tree, and Terraform makes it twice. Memory keeps the
// trees of plans in the machine's cache, so that the second plan can name the
// files that changed since the first.
package source
