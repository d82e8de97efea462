// Package builder has Dockerfiles that run commands built by a container
// builder: the Docker Engine, by itself or through buildx, a BuildKit daemon,
// or Buildah. Each is run as an external program, with arguments that no shell
// reads, and leaves an archive of the image behind.
//
// Find tells which program is used, Builder.Ready whether something answers
// it, and Builder.Build runs it on a context that Stage has made: a copy of
// exactly the files that were hashed, with modes and times that are the same on
// every machine. So no builder decides what is ignored, and none sees a file
// that the plan did not.
//
// What the archive holds is settled by package image.
package builder
