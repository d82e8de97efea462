// Package lambdafunction puts code into a Lambda function and publishes it as
// an immutable version.
//
// $LATEST is one thing that everybody may change, and publishing takes two
// calls and two waits. So each change names the revision that was read before
// it: when somebody else moves $LATEST in between, AWS refuses, and the answer
// is an error that says what moved, never a version of somebody else's code. A
// refusal may also be the second answer to a call whose first answer was lost,
// so what is there is read back before it is believed.
package lambdafunction
