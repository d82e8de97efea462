// Package provider is the only code that speaks to Terraform.
//
// Every resource type has four files: <type>_schema.go says what users write,
// <type>_model.go holds it as Go values, <type>_resource.go turns Terraform's
// requests into calls on internal/target and internal/rollout, and
// <type>_resource_test.go runs it through the real Terraform. What several
// types share, durations and their validators for example, is a file of its
// own, named after the thing.
//
// No AWS service client is imported here: the packages under internal/target
// adapt one AWS service each.
package provider
