package emulator

import (
	"math"
	"testing"
	"time"
)

// driveAliases has the function app with versions 1, 2 and 3 (of another
// role) and the alias live on 1.
func driveAliases(t *testing.T, switches Switches) *driver {
	t.Helper()
	d := drive(t, "lambda", switches)
	d.createApp()
	d.publishCode("1")
	d.publishCode("2")
	d.must("UpdateFunctionConfiguration", values{"FunctionName": "app", "Role": roleB})
	d.pass(5 * time.Second)
	d.must("PublishVersion", values{"FunctionName": "app"})
	d.pass(5 * time.Second)
	d.must("CreateAlias", values{"FunctionName": "app", "Name": "live", "FunctionVersion": "1"})
	return d
}

func routing(version string, weight float64) values {
	return values{"AdditionalVersionWeights": values{version: weight}}
}

func live(change values) values {
	in := values{"FunctionName": "app", "Name": "live"}
	for k, v := range change {
		in[k] = v
	}
	return in
}

func TestAliasRefusals(t *testing.T) {
	d := driveAliases(t, Switches{})
	two := routing("2", 0.1)
	two.sub("AdditionalVersionWeights")["3"] = 0.1
	for name, c := range map[string]struct {
		code string
		in   values
	}{
		"stale revision":       {"PreconditionFailedException", live(values{"RevisionId": "x"})},
		"unknown version":      {"ResourceNotFoundException", live(values{"FunctionVersion": "9"})},
		"two additional":       {"InvalidParameterValueException", live(values{"RoutingConfig": two})},
		"weight over 1":        {"ValidationException", live(values{"RoutingConfig": routing("2", 1.01)})},
		"weight below 0":       {"ValidationException", live(values{"RoutingConfig": routing("2", -0.1)})},
		"weight for an alias":  {"ValidationException", live(values{"RoutingConfig": routing("live", 0.1)})},
		"same version":         {"InvalidParameterValueException", live(values{"RoutingConfig": routing("1", 0.1)})},
		"weight for $LATEST":   {"ValidationException", live(values{"RoutingConfig": routing("$LATEST", 0.1)})},
		"weights with $LATEST": {"InvalidParameterValueException", live(values{"FunctionVersion": "$LATEST", "RoutingConfig": routing("2", 0.1)})},
		"unknown additional":   {"ResourceNotFoundException", live(values{"RoutingConfig": routing("9", 0.1)})},
		"another role":         {"InvalidParameterValueException", live(values{"RoutingConfig": routing("3", 0.1)})},
		"unknown alias":        {"ResourceNotFoundException", values{"FunctionName": "app", "Name": "none"}},
		"unknown function":     {"ResourceNotFoundException", values{"FunctionName": "none", "Name": "live"}},
	} {
		t.Run(name, func(t *testing.T) {
			d.t = t
			before := d.must("GetAlias", live(nil))
			d.refused(c.code, "UpdateAlias", c.in)
			check(t, "revision", d.must("GetAlias", live(nil)).str("RevisionId"), before.str("RevisionId"))
		})
	}
	d.refused("ResourceConflictException", "CreateAlias", live(values{"FunctionVersion": "1"}))
	d.refused("ValidationException", "CreateAlias", values{"FunctionName": "app", "Name": "12", "FunctionVersion": "1"})
}

func TestAliasMoves(t *testing.T) {
	d := driveAliases(t, Switches{})
	start := d.must("GetAlias", live(nil))
	check(t, "no routing", start.has("RoutingConfig"), false)

	shifted := d.must("UpdateAlias", live(values{"RoutingConfig": routing("2", 0.1), "RevisionId": start["RevisionId"]}))
	check(t, "weight", shifted.sub("RoutingConfig").sub("AdditionalVersionWeights").number("2"), 0.1)
	check(t, "version", shifted.str("FunctionVersion"), "1")
	d.refused("PreconditionFailedException", "UpdateAlias", live(values{"RevisionId": start["RevisionId"]}))

	described := d.must("UpdateAlias", live(values{"Description": "x"}))
	check(t, "weights are left alone", described.has("RoutingConfig"), true)
	if described["RevisionId"] == shifted["RevisionId"] {
		t.Error("the revision did not change")
	}
	d.refused("InvalidParameterValueException", "UpdateAlias", live(values{"FunctionVersion": "2"}))
	promoted := d.must("UpdateAlias", live(values{"FunctionVersion": "2", "RoutingConfig": values{}}))
	check(t, "promoted", promoted.str("FunctionVersion"), "2")
	check(t, "routing is cleared", promoted.has("RoutingConfig"), false)
	check(t, "by alias", d.must("GetFunction", values{"FunctionName": "app:live"}).sub("Configuration").str("Version"), "2")
}

func TestWeightOne(t *testing.T) {
	d := driveAliases(t, Switches{})
	d.must("UpdateAlias", live(values{"RoutingConfig": routing("2", 1)}))
	out := d.must("Invoke", values{"FunctionName": "app", "Qualifier": "live"})
	check(t, "executed version", out.str("ExecutedVersion"), "2")

	d = driveAliases(t, Switches{WeightOneRefused: true})
	d.refused("InvalidParameterValueException", "UpdateAlias", live(values{"RoutingConfig": routing("2", 1)}))
	d.must("UpdateAlias", live(values{"RoutingConfig": routing("2", 0.99)}))
}

func TestAliasKeepsItsVersions(t *testing.T) {
	d := driveAliases(t, Switches{})
	d.must("UpdateAlias", live(values{"RoutingConfig": routing("2", 0)}))
	d.refused("ResourceConflictException", "DeleteFunction", values{"FunctionName": "app", "Qualifier": "1"})
	d.refused("ResourceConflictException", "DeleteFunction", values{"FunctionName": "app", "Qualifier": "2"})
	d.refused("InvalidParameterValueException", "DeleteFunction", values{"FunctionName": "app", "Qualifier": "live"})
	d.must("DeleteFunction", values{"FunctionName": "app", "Qualifier": "3"})
	d.must("DeleteAlias", live(nil))
	d.must("DeleteAlias", live(nil))
	d.must("DeleteFunction", values{"FunctionName": "app", "Qualifier": "1"})
	d.refused("ResourceNotFoundException", "GetAlias", live(nil))
	d.must("DeleteFunction", values{"FunctionName": "app"})
	d.refused("ResourceNotFoundException", "GetFunction", values{"FunctionName": "app"})
}

func TestListAliases(t *testing.T) {
	d := driveAliases(t, Switches{})
	d.must("CreateAlias", values{"FunctionName": "app", "Name": "beta", "FunctionVersion": "2"})
	d.must("CreateAlias", values{"FunctionName": "app", "Name": "edge", "FunctionVersion": "$LATEST"})
	page := d.must("ListAliases", values{"FunctionName": "app", "MaxItems": int64(2)})
	rest := d.must("ListAliases", values{"FunctionName": "app", "Marker": page["NextMarker"]})
	check(t, "first page", len(page.list("Aliases")), 2)
	check(t, "second page", rest.structs("Aliases")[0].str("Name"), "live")
	filtered := d.must("ListAliases", values{"FunctionName": "app", "FunctionVersion": "2"})
	check(t, "of version 2", len(filtered.list("Aliases")), 1)
	d.refused("InvalidParameterValueException", "ListAliases", values{"FunctionName": "app", "Marker": "x"})
}

func TestInvokeSplitsByWeight(t *testing.T) {
	for _, weight := range []float64{0, 0.01, 0.1, 0.25, 1.0 / 3, 0.5, 0.9, 1} {
		d := driveAliases(t, Switches{})
		d.must("UpdateAlias", live(values{"RoutingConfig": routing("2", weight)}))
		hits := 0
		for n := 1; n <= 300; n++ {
			if d.must("Invoke", values{"FunctionName": "app:live"}).str("ExecutedVersion") == "2" {
				hits++
			}
			if off := math.Abs(float64(hits) - float64(n)*weight); off >= 1+1e-6 {
				t.Fatalf("weight %v: %d of %d", weight, hits, n)
			}
		}
	}
}

func TestInvoke(t *testing.T) {
	d := driveAliases(t, Switches{})
	broken := FunctionBehaviour{Log: "panic", Respond: func([]byte) ([]byte, string) {
		return []byte(`{"errorMessage":"boom"}`), "Unhandled"
	}}
	d.SetFunctionBehaviour(testRegion, "app", "2", broken)
	echo := d.must("Invoke", values{"FunctionName": "app", "Qualifier": "1", "Payload": []byte(`{"a":1}`)})
	check(t, "echo", string(echo["Payload"].([]byte)), `{"a":1}`)
	check(t, "version", echo.str("ExecutedVersion"), "1")
	check(t, "no error", echo.has("FunctionError"), false)
	failed := d.must("Invoke", values{"FunctionName": "app", "Qualifier": "2", "LogType": "Tail"})
	check(t, "error", failed.str("FunctionError"), "Unhandled")
	check(t, "status", failed["StatusCode"], int64(200))
	if failed.str("LogResult") == "" {
		t.Error("no log")
	}
	check(t, "dry run", d.must("Invoke", values{"FunctionName": "app", "InvocationType": "DryRun"})["StatusCode"], int64(204))
	check(t, "event", d.must("Invoke", values{"FunctionName": "app", "Qualifier": "2", "InvocationType": "Event"})["StatusCode"], int64(202))
	d.refused("InvalidRequestContentException", "Invoke", values{"FunctionName": "app", "Payload": []byte("{")})
	d.refused("RequestTooLargeException", "Invoke", values{"FunctionName": "app", "Payload": make([]byte, maxSyncPayload+1)})
	d.pass(time.Hour)
	d.locked(func() {
		series := d.region(testRegion).cloudwatch.seriesOf(lambdaNamespace, "Errors",
			dimensions{"FunctionName": "app", "Resource": "app:2"})
		all := series.between(driveStart(), driveStart().Add(time.Hour), "Count")
		check(t, "errors: the event was tried three times", all.sum, 4.0)
	})
}

func TestReservedConcurrency(t *testing.T) {
	d := driveAliases(t, Switches{})
	check(t, "none", d.must("GetFunctionConcurrency", values{"FunctionName": "app"}).has("ReservedConcurrentExecutions"), false)
	d.refused("InvalidParameterValueException", "PutFunctionConcurrency", values{"FunctionName": "app", "ReservedConcurrentExecutions": int64(901)})
	d.must("PutFunctionConcurrency", values{"FunctionName": "app", "ReservedConcurrentExecutions": int64(0)})
	d.refused("TooManyRequestsException", "Invoke", values{"FunctionName": "app"})
	d.must("DeleteFunctionConcurrency", values{"FunctionName": "app"})
	d.must("Invoke", values{"FunctionName": "app"})
}

func TestProvisionedConcurrency(t *testing.T) {
	d := driveAliases(t, Switches{})
	on := func(qualifier string) values {
		return values{"FunctionName": "app", "Qualifier": qualifier, "ProvisionedConcurrentExecutions": 5}
	}
	of := func(qualifier string) values { return values{"FunctionName": "app", "Qualifier": qualifier} }
	d.refused("InvalidParameterValueException", "PutProvisionedConcurrencyConfig", on("$LATEST"))
	d.refused("ResourceNotFoundException", "PutProvisionedConcurrencyConfig", on("none"))
	d.refused("ProvisionedConcurrencyConfigNotFoundException", "GetProvisionedConcurrencyConfig", of("live"))
	check(t, "status", d.must("PutProvisionedConcurrencyConfig", on("live")).str("Status"), "IN_PROGRESS")
	d.pass(time.Minute)
	ready := d.must("GetProvisionedConcurrencyConfig", of("live"))
	check(t, "status later", ready.str("Status"), "READY")
	check(t, "allocated", ready["AllocatedProvisionedConcurrentExecutions"], int64(5))
	d.refused("ResourceConflictException", "PutProvisionedConcurrencyConfig", on("1"))

	d.must("UpdateAlias", live(values{"FunctionVersion": "2"}))
	check(t, "moving allocates anew", d.must("GetProvisionedConcurrencyConfig", of("live")).str("Status"), "IN_PROGRESS")
	alias := values{"FunctionName": "app", "Name": "live"}
	moving := d.must("GetAlias", alias)
	check(t, "the alias's own version meanwhile", moving.str("FunctionVersion"), "2")
	check(t, "but all goes to the previous one", moving.sub("RoutingConfig").sub("AdditionalVersionWeights").number("1"), 1.0)
	d.refused("InvalidParameterValueException", "PutProvisionedConcurrencyConfig", on("live"))
	d.pass(time.Minute)
	check(t, "weights once it is there", d.must("GetAlias", alias).has("RoutingConfig"), false)
	d.must("PutProvisionedConcurrencyConfig", on("1"))
	list := d.must("ListProvisionedConcurrencyConfigs", values{"FunctionName": "app"}).structs("ProvisionedConcurrencyConfigs")
	check(t, "listed", len(list), 2)
	d.must("DeleteProvisionedConcurrencyConfig", of("live"))
	d.must("UpdateAlias", live(values{"RoutingConfig": routing("1", 0)}))
	d.refused("InvalidParameterValueException", "PutProvisionedConcurrencyConfig", on("live"))
}

func TestWeightsWhileProvisioned(t *testing.T) {
	shift := live(values{"RoutingConfig": routing("2", 0.1)})
	for _, refused := range []bool{false, true} {
		d := driveAliases(t, Switches{WeightsRefusedWhenProvisioned: refused})
		d.must("PutProvisionedConcurrencyConfig", values{"FunctionName": "app", "Qualifier": "live", "ProvisionedConcurrentExecutions": int64(1)})
		if refused {
			d.refused("InvalidParameterValueException", "UpdateAlias", shift)
		} else {
			d.must("UpdateAlias", shift)
		}
	}
}

func TestTagsAndMappings(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	arn := d.app().str("FunctionArn")
	d.must("TagResource", values{"Resource": arn, "Tags": values{"a": "1"}})
	d.must("TagResource", values{"Resource": arn, "Tags": values{"b": "2"}})
	check(t, "tags", len(d.must("ListTags", values{"Resource": arn}).sub("Tags")), 2)
	d.refused("ResourceNotFoundException", "ListTags", values{"Resource": arn + "x"})
	check(t, "mappings", len(d.must("ListEventSourceMappings", values{"FunctionName": "app"}).list("EventSourceMappings")), 0)
	d.SeedEventSourceMappings(testRegion, "app", map[string]any{"UUID": "u", "EventSourceArn": "arn:q", "FunctionArn": arn + ":live"})
	check(t, "of the function", len(d.must("ListEventSourceMappings", values{"FunctionName": "app"}).list("EventSourceMappings")), 0)
	check(t, "of all", len(d.must("ListEventSourceMappings", values{}).list("EventSourceMappings")), 1)
}
