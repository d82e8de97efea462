// Package ecr signs in to Amazon ECR's registries.
//
// A registry of ECR takes the user "AWS" and a password that
// GetAuthorizationToken gives out for twelve hours, valid for every repository
// that the caller's policies allow, in any account of that region. The
// keychain asks for it with the provider's own credentials, in the region that
// the registry's name carries, once for as long as it lasts. ECR Public has an
// API of its own for that, and takes pulls of anybody. Other registries are
// left to the keychain that comes after it.
package ecr
