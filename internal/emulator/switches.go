package emulator

// Switches are the behaviours of AWS that its documentation leaves open, one
// for each fact that FACTS.md lists as not established. The zero value is the
// reading that FACTS.md holds more likely; tests pass for both.
type Switches struct {
	// CheckpointsCountRemaining: with skip matching, checkpoint percentages
	// count the instances that still had to be replaced when the refresh
	// began, rather than the whole group.
	CheckpointsCountRemaining bool
	// BakingCannotBeCancelled: CancelInstanceRefresh is refused while Baking.
	BakingCannotBeCancelled bool
	// BakingCannotBeRolledBack: RollbackInstanceRefresh is refused while
	// Baking (IrreversibleInstanceRefresh).
	BakingCannotBeRolledBack bool
	// RollbackKeepsEarlier: a roll-back leaves instances alone that an earlier
	// refresh had brought to the new version; otherwise it replaces all that
	// do not match the saved configuration.
	RollbackKeepsEarlier bool
	// AlarmStateAtStartIgnored: an alarm already in ALARM when a refresh
	// starts does not fail it, only a transition does.
	AlarmStateAtStartIgnored bool
	// PlainTemplateReplacesPolicy: a plain launch template as the desired
	// configuration of a group with a mixed instances policy removes the
	// policy; otherwise StartInstanceRefresh refuses it.
	PlainTemplateReplacesPolicy bool
	// SingleInstanceTerminatesFirst: a group of one instance is refreshed by
	// terminating first even at a minimum healthy percentage of 100.
	SingleInstanceTerminatesFirst bool
	// SurgeStopsAtMaxSize: launching before terminating does not take the
	// group over MaxSize.
	SurgeStopsAtMaxSize bool
	// ConfigurationEchoesName: DescribeInstanceRefreshes shows the launch
	// template of a desired configuration by name as well as by id when it
	// was given by id; otherwise as it was given.
	ConfigurationEchoesName bool
	// NewTargetsNeedThreshold: a target that was just registered with an
	// application load balancer becomes healthy only after as many passed
	// checks as the healthy threshold says; otherwise after the first one.
	NewTargetsNeedThreshold bool
	// WeightOneRefused: an alias weight of exactly 1.0 is refused.
	WeightOneRefused bool
	// WeightZeroRefused: an alias weight of exactly 0.0 is refused.
	WeightZeroRefused bool
	// WeightsRefusedWhenProvisioned: routing weights on an alias that carries
	// provisioned concurrency are refused.
	WeightsRefusedWhenProvisioned bool
	// FinalCheckpointWaits: the checkpoint delay also passes after the last
	// checkpoint, before the refresh bakes or succeeds.
	FinalCheckpointWaits bool
	// UnknownAlarmsAccepted: an alarm specification may name alarms that do
	// not exist; they never fire. Otherwise StartInstanceRefresh refuses them.
	UnknownAlarmsAccepted bool
	// AlarmFailsDeployment: a deployment that CodeDeploy ends for an alarm is
	// Failed, otherwise Stopped.
	AlarmFailsDeployment bool
	// RollbackSkipsUnmoved: CodeDeploy makes no roll-back deployment when the
	// one that failed had not moved the alias yet.
	RollbackSkipsUnmoved bool
	// RollbackNeedsPredecessor: CodeDeploy makes no roll-back deployment in a
	// group that never had a successful one.
	RollbackNeedsPredecessor bool
	// SubjectUnconfirmed: ECR lists the referrers of an image and does not
	// answer the push of one with OCI-Subject.
	SubjectUnconfirmed bool
	// ReferrersGoAlong: deleting an image by its digest deletes what refers to
	// it, too.
	ReferrersGoAlong bool
}
