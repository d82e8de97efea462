// Package codedeploy releases versions of a Lambda function onto an alias by
// CodeDeploy, which moves the weights, invokes its hooks, watches the alarms
// and goes back by itself: the release goes on when nobody follows it.
//
// A group has one deployment at a time, and CreateDeployment has no client
// token. So what a lost answer began is found again as the group's last
// attempt, by the digest of its AppSpec, which names both versions. A roll-back
// is a deployment of its own, named in the one that failed a moment after it
// failed; until then the group looks idle and is not.
//
// A deployment that was stopped without a roll-back leaves two weights in the
// alias, and CodeDeploy fails every later one. Weights that no deployment is
// about are therefore cleared before a new one is made, and on the way back
// where no roll-back of CodeDeploy's own comes.
package codedeploy
