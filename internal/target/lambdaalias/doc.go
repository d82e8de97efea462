// Package lambdaalias releases versions of a Lambda function onto an alias,
// by moving the alias's weights under its revision id.
//
// While a release to version N travels, the alias's FunctionVersion stays the
// previous version and N is the additional one, at the step's weight, at the
// last step 1.0. Only the promotion moves FunctionVersion to N and clears the
// weights. So AWS itself remembers an interrupted release, and the way back
// is one UpdateAlias at any moment.
//
// Should AWS refuse a weight of exactly 1.0, the last step is FunctionVersion
// N beside the previous version with weight 0.0: as visible, and one call from
// the way back too. Two versions that cannot share an alias (another role,
// another dead-letter queue) are changed over in one call without weights.
//
// A version that is to get provisioned concurrency is named with weight 0.0
// before, and until that is gone again when the release goes back: what a kill
// leaves behind is then known by the alias whose release asked for it.
//
// The alias is observed against what we last wrote. Anything else there is
// another's move, which ends the release and is never fought.
package lambdaalias
