package main

import (
	"context"
	"errors"

	"github.com/aws/smithy-go"
)

// fact is a switch of the emulator and how its value is found out.
type fact struct {
	name   string
	settle func(context.Context, *account) (bool, error)
}

// facts are the switches of emulator.Switches that a few instances and one
// function can settle. NewTargetsNeedThreshold needs a server behind a load
// balancer, and is not among them.
func facts() []fact {
	return []fact{
		{"UnknownAlarmsAccepted", unknownAlarmsAccepted},
		{"PlainTemplateReplacesPolicy", plainTemplateReplacesPolicy},
		{"ConfigurationEchoesName", configurationEchoesName},
		{"AlarmStateAtStartIgnored", alarmStateAtStartIgnored},
		{"BakingCannotBeCancelled", bakingCannotBeCancelled},
		{"BakingCannotBeRolledBack", bakingCannotBeRolledBack},
		{"FinalCheckpointWaits", finalCheckpointWaits},
		{"CheckpointsCountRemaining", checkpointsCountRemaining},
		{"RollbackKeepsEarlier", rollbackKeepsEarlier},
		{"SingleInstanceTerminatesFirst", singleInstanceTerminatesFirst},
		{"SurgeStopsAtMaxSize", surgeStopsAtMaxSize},
		{"WeightOneRefused", weightOneRefused},
		{"WeightZeroRefused", weightZeroRefused},
		{"WeightsRefusedWhenProvisioned", weightsRefusedWhenProvisioned},
	}
}

// refused tells a refusal for one of the codes from every other outcome: an
// error for another reason settles nothing.
func refused(err error, codes ...string) (bool, error) {
	if err == nil {
		return false, nil
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		for _, code := range codes {
			if api.ErrorCode() == code {
				return true, nil
			}
		}
	}
	return false, err
}
