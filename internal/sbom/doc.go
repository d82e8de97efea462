// Package sbom lists what files are made of, and writes the list as a bill of
// materials: a CycloneDX document.
//
//	inventory.go  which files tell something, and what each of them told
//	java.go       JARs and WARs, and the JARs in them
//	golang.go     Go programs
//	node.go       npm's packages
//	python.go     Python's distributions
//	system.go     the packages of Debian, Ubuntu and Alpine
//	purl.go       package URLs
//	document.go   the document
//
// A document is a function of the files: it holds no time, no random number
// and no path of this machine. It says what it does not cover, and claims
// nothing that no file told.
package sbom
