// Package artifactstore keeps packages in Amazon S3 under the hash of their
// content: an object is written once, and never changed or deleted here.
package artifactstore
