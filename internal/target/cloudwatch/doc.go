// Package cloudwatch reads metrics for checks: one metric, or an expression
// over several, with the number of samples that the answer rests on.
package cloudwatch
