// Package dockerfile turns Dockerfiles into recipes, without a container
// engine, as far as that goes: what copies files and describes containers is
// done here, by BuildKit's own parser. What runs programs, or needs files of
// another image, is told apart (EngineError) with its line. For that, Locked is
// the Dockerfile as a builder is to have it, with images named by digest.
//
// Read parses and finds the base, which a caller locks to a digest. Evaluate
// then needs the base's configuration, because variables may come from there.
//
// Like everywhere in this provider, of a file's mode the executable bit alone
// is carried over, unless --chmod says more, and times are never; so that two
// clones make one image.
package dockerfile
