// Package imageuse finds out who on AWS would miss an image: versions of
// Lambda functions, task definitions of ECS, and launch templates whose user
// data names it.
//
// It reads and never changes anything. What cannot be read is told apart from
// what is not used, so that a caller who deletes can keep the image then.
package imageuse
