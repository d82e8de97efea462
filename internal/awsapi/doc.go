// Package awsapi turns the provider's configuration into AWS clients.
//
// New resolves credentials the way users of the hashicorp/aws provider know
// it and checks them once, quickly, so that a wrong key or an endpoint that
// does not answer is an error of the configuration and not of the first
// resource. Clients holds one client for each service, and the reads that
// many releases share: Groups and Alarms gather what is asked for within one
// moment into one call.
//
// All waiting goes through the clock that New was given: the SDK's back-off
// between attempts, and the moment in which reads are gathered. Errors keep
// the SDK's types; the Is functions tell their kinds, and Describe words them
// for a diagnostic.
package awsapi
