// Package image makes container images from files and packages, without a
// container engine, and pushes them to a registry.
//
// The way of an image, in the order to read:
//
//	recipe.go    all that the digest depends on
//	content.go   what goes in: local files or a package, named by content
//	nodes.go     that content as a list of files in the image
//	java.go      a JAR or WAR: whole, or unpacked by what changes together
//	layering.go  the files of all contents, gathered into layers
//	tar.go       a layer as a tar whose bytes depend on nothing else
//	store.go     tar → compressed blob in one pass, kept by digest
//	memory.go    which layers and blobs contents became before
//	base.go      the image that it is laid upon, locked by digest
//	config.go    what a container of it runs
//	build.go     base + layers + config → manifests and a digest
//	built.go     the same of what a container builder made (builtread.go)
//	push.go      blobs, manifests by digest, and only then the tags
//
// A digest is a function of the content, the configuration and the base's
// digest. Three things keep it so: file times, owners and modes never reach a
// layer; the compression is pinned; and a layer that was compressed once is
// remembered by what it holds (Memory), so that another codec never moves the
// digest of an image whose content stayed.
//
// Credentials come in as a keychain. Nothing here knows Terraform or AWS.
package image
