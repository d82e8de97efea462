// Package runtime runs what was released onto an emulated account, as
// processes of this machine on loopback ports.
//
//	image.go     an image, pulled by digest and unpacked
//	instance.go  an instance: pull, start, answer health checks, end
//	function.go  a Lambda function's bootstrap against its runtime API
//	api.go       that runtime API
//	process.go   a process group, its output, its end
//
// An instance runs the image that a line of its user data names:
//
//	IMAGE=registry/repository@sha256:…
//
// as a shell script would set it ("export", quotes and a comment line above
// are fine; the first such line counts). A digest is required: a tag could be
// another image by the next launch. The program gets the image's environment
// and HOST, PORT, IMAGE and INSTANCE_ID, and serves HTTP at $HOST:$PORT, which
// is of the loopback interface. It is no container: it runs without isolation,
// with the machine's own C library if it wants one; best is a static binary.
//
// A function runs when its runtime is one of provided.*: "bootstrap" in its
// archive is started once for a version and asked through
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
//
// Time here is real: a process is as fast as it is.
package runtime
