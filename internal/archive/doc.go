// Package archive writes ZIP files of which every byte follows from their
// content: entries in one order, one time, two modes, no extra fields, one
// compressor. Zip packs a source tree, Rewrite does the same for a JAR, WAR or
// ZIP that a build tool wrote. Compressing is shared by several workers, which
// moves no byte.
package archive
