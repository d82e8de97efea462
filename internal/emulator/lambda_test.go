package emulator

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

const (
	roleA = "arn:aws:iam::123456789012:role/a"
	roleB = "arn:aws:iam::123456789012:role/b"
)

func driveLambda(t *testing.T) *driver { return drive(t, "lambda", Switches{}) }

// createApp creates the function app and waits until it is active.
func (d *driver) createApp() values {
	d.t.Helper()
	out := d.must("CreateFunction", values{"FunctionName": "app", "Role": roleA, "Runtime": "provided.al2023",
		"Handler": "bootstrap", "Code": values{"ZipFile": zipped(d.t, "one")}})
	d.pass(5 * time.Second)
	return out
}

// publishCode puts code into the function and publishes it.
func (d *driver) publishCode(text string) string {
	d.t.Helper()
	d.must("UpdateFunctionCode", values{"FunctionName": "app", "ZipFile": zipped(d.t, text)})
	d.pass(5 * time.Second)
	out := d.must("PublishVersion", values{"FunctionName": "app"})
	d.pass(5 * time.Second)
	return out.str("Version")
}

func (d *driver) app() values {
	d.t.Helper()
	return d.must("GetFunctionConfiguration", values{"FunctionName": "app"})
}

func TestFunctionBecomesActive(t *testing.T) {
	d := driveLambda(t)
	in := values{"FunctionName": "app", "Role": roleA, "Runtime": "provided.al2023", "Handler": "bootstrap",
		"Code": values{"ZipFile": zipped(t, "one")}, "Tags": values{"team": "web"}}
	created := d.must("CreateFunction", in)
	check(t, "state at once", created.str("State"), "Pending")
	d.refused("ResourceConflictException", "CreateFunction", in)
	d.refused("ResourceConflictException", "UpdateFunctionCode", values{"FunctionName": "app", "ZipFile": zipped(t, "two")})
	d.refused("ResourceConflictException", "Invoke", values{"FunctionName": "app"})
	d.pass(3 * time.Second)
	active := d.app()
	check(t, "state later", active.str("State"), "Active")
	check(t, "update status", active.str("LastUpdateStatus"), "Successful")
	check(t, "arn", active.str("FunctionArn"), "arn:aws:lambda:eu-west-1:123456789012:function:app")
	if active.str("RevisionId") == created.str("RevisionId") {
		t.Error("the revision did not change with the state")
	}
	got := d.must("GetFunction", values{"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:app:$LATEST"})
	check(t, "qualified arn", got.sub("Configuration").str("FunctionArn"), active.str("FunctionArn")+":$LATEST")
	check(t, "tag", got.sub("Tags").str("team"), "web")
}

func TestFunctionIsRefused(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	with := func(change values) values {
		in := values{"FunctionName": "other", "Role": roleA, "Runtime": "provided.al2023", "Handler": "x",
			"Code": values{"ZipFile": zipped(t, "one")}}
		for k, v := range change {
			in[k] = v
		}
		return in
	}
	for name, c := range map[string]struct {
		code, operation string
		in              values
	}{
		"no archive":       {"InvalidParameterValueException", "CreateFunction", with(values{"Code": values{"ZipFile": []byte("text")}})},
		"no code":          {"InvalidParameterValueException", "CreateFunction", with(values{"Code": values{}})},
		"no such object":   {"InvalidParameterValueException", "CreateFunction", with(values{"Code": values{"S3Bucket": "none", "S3Key": "x"}})},
		"no such image":    {"InvalidParameterValueException", "CreateFunction", with(values{"PackageType": "Image", "Code": values{"ImageUri": "r/x:1"}})},
		"image as zip":     {"InvalidParameterValueException", "UpdateFunctionCode", values{"FunctionName": "app", "ImageUri": "r/x:1"}},
		"timeout":          {"ValidationException", "UpdateFunctionConfiguration", values{"FunctionName": "app", "Timeout": int64(901)}},
		"durable":          {"InvalidParameterValueException", "CreateFunction", with(values{"DurableConfig": values{}})},
		"unknown function": {"ResourceNotFoundException", "GetFunction", values{"FunctionName": "none"}},
		"unknown version":  {"ResourceNotFoundException", "GetFunction", values{"FunctionName": "app", "Qualifier": "7"}},
		"two qualifiers":   {"InvalidParameterValueException", "GetFunction", values{"FunctionName": "app:1", "Qualifier": "2"}},
		"update version":   {"InvalidParameterValueException", "UpdateFunctionCode", values{"FunctionName": "app:1", "ZipFile": zipped(t, "2")}},
		"delete latest":    {"InvalidParameterValueException", "DeleteFunction", values{"FunctionName": "app", "Qualifier": "$LATEST"}},
		"delete missing":   {"ResourceNotFoundException", "DeleteFunction", values{"FunctionName": "app", "Qualifier": "9"}},
		"too large": {"RequestEntityTooLargeException", "UpdateFunctionCode",
			values{"FunctionName": "app", "ZipFile": bytes.Repeat([]byte{1}, maxCodeRequest/4*3+3)}},
	} {
		t.Run(name, func(t *testing.T) {
			d.t = t
			d.refused(c.code, c.operation, c.in)
		})
	}
}

func TestUpdateHoldsThenSucceeds(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	before := d.app()
	code := values{"FunctionName": "app", "ZipFile": zipped(t, "two"), "RevisionId": before.str("RevisionId")}

	dry := d.must("UpdateFunctionCode", values{"FunctionName": "app", "ZipFile": zipped(t, "two"), "DryRun": true})
	check(t, "revision after a dry run", d.app().str("RevisionId"), before.str("RevisionId"))

	updated := d.must("UpdateFunctionCode", code)
	check(t, "dry run's digest", dry.str("CodeSha256"), updated.str("CodeSha256"))
	check(t, "status at once", updated.str("LastUpdateStatus"), "InProgress")
	d.refused("PreconditionFailedException", "UpdateFunctionCode", code)
	delete(code, "RevisionId")
	d.refused("ResourceConflictException", "UpdateFunctionCode", code)
	d.refused("ResourceConflictException", "PublishVersion", values{"FunctionName": "app"})
	d.pass(3 * time.Second)
	after := d.app()
	check(t, "status later", after.str("LastUpdateStatus"), "Successful")
	if after.str("CodeSha256") == before.str("CodeSha256") || after.str("RevisionId") == updated.str("RevisionId") {
		t.Error("code or revision did not change")
	}
}

func TestUpdateFails(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	before := d.app()
	d.FailFunction(testRegion, "app", FunctionFailure{Operation: "update", Reason: "gone", ReasonCode: "ImageDeleted"})
	d.must("UpdateFunctionConfiguration", values{"FunctionName": "app", "MemorySize": int64(256)})
	d.pass(5 * time.Second)
	failed := d.app()
	check(t, "status", failed.str("LastUpdateStatus"), "Failed")
	check(t, "reason", failed.str("LastUpdateStatusReason"), "gone")
	check(t, "memory", failed["MemorySize"], before["MemorySize"])
	d.must("UpdateFunctionConfiguration", values{"FunctionName": "app", "MemorySize": int64(512)})
	d.pass(5 * time.Second)
	check(t, "next update", d.app().str("LastUpdateStatus"), "Successful")
}

func TestPublishVersion(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	latest := d.app()
	d.refused("InvalidParameterValueException", "PublishVersion", values{"FunctionName": "app", "CodeSha256": "x"})
	d.refused("PreconditionFailedException", "PublishVersion", values{"FunctionName": "app", "RevisionId": "x"})

	one := d.must("PublishVersion", values{"FunctionName": "app", "CodeSha256": latest["CodeSha256"],
		"RevisionId": latest["RevisionId"], "Description": "first"})
	check(t, "number", one.str("Version"), "1")
	check(t, "state", one.str("State"), "Pending")
	check(t, "description", one.str("Description"), "first")
	d.pass(2 * time.Second)
	check(t, "state later", d.must("GetFunction", values{"FunctionName": "app:1"}).sub("Configuration").str("State"), "Active")

	again := d.must("PublishVersion", values{"FunctionName": "app", "Description": "second"})
	check(t, "unchanged publishes no new version", again.str("Version"), "1")
	d.must("UpdateFunctionConfiguration", values{"FunctionName": "app", "Timeout": int64(9)})
	d.pass(5 * time.Second)
	check(t, "changed", d.must("PublishVersion", values{"FunctionName": "app"}).str("Version"), "2")
	check(t, "old version keeps its configuration",
		d.must("GetFunctionConfiguration", values{"FunctionName": "app:1"})["Timeout"], int64(3))

	d.must("DeleteFunction", values{"FunctionName": "app", "Qualifier": "2"})
	check(t, "numbers are not reused", d.must("PublishVersion", values{"FunctionName": "app"}).str("Version"), "3")

	published := d.must("UpdateFunctionCode", values{"FunctionName": "app", "ZipFile": zipped(t, "x"), "Publish": true})
	check(t, "update with publish", published.str("Version"), "4")
}

func TestPublishFails(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	d.FailFunction(testRegion, "app", FunctionFailure{Operation: "publish", Reason: "bad init", ReasonCode: "FunctionError"})
	d.must("PublishVersion", values{"FunctionName": "app"})
	d.pass(5 * time.Second)
	v := d.must("GetFunctionConfiguration", values{"FunctionName": "app", "Qualifier": "1"})
	check(t, "state", v.str("State"), "Failed")
	check(t, "reason", v.str("StateReason"), "bad init")
}

func TestPublishTakesLongerWithSnapStart(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	d.must("UpdateFunctionConfiguration", values{"FunctionName": "app", "SnapStart": values{"ApplyOn": "PublishedVersions"}})
	d.pass(5 * time.Second)
	check(t, "$LATEST", d.app().sub("SnapStart").str("OptimizationStatus"), "Off")
	d.must("PublishVersion", values{"FunctionName": "app"})
	version := values{"FunctionName": "app", "Qualifier": "1"}
	d.pass(80 * time.Second)
	check(t, "after 80 s", d.must("GetFunctionConfiguration", version).str("State"), "Pending")
	d.pass(20 * time.Second)
	check(t, "after 100 s", d.must("GetFunctionConfiguration", version).str("State"), "Active")
	check(t, "version", d.must("GetFunctionConfiguration", version).sub("SnapStart").str("OptimizationStatus"), "On")
	check(t, "publishing again", d.must("PublishVersion", values{"FunctionName": "app"}).str("Version"), "1")
}

func TestListVersionsPages(t *testing.T) {
	d := driveLambda(t)
	d.createApp()
	for i := range 60 {
		d.must("UpdateFunctionCode", values{"FunctionName": "app", "ZipFile": zipped(t, fmt.Sprint(i)), "Publish": true})
		d.pass(5 * time.Second)
	}
	first := d.must("ListVersionsByFunction", values{"FunctionName": "app", "MaxItems": int64(10000)})
	second := d.must("ListVersionsByFunction", values{"FunctionName": "app", "Marker": first.str("NextMarker")})
	check(t, "first page", len(first.list("Versions")), 50)
	check(t, "second page", len(second.list("Versions")), 11)
	check(t, "first row", first.structs("Versions")[0].str("Version"), "$LATEST")
	last := second.structs("Versions")[10]
	check(t, "last row", last.str("Version"), "60")
	check(t, "state is not listed", last.has("State"), false)
	check(t, "no third page", second.has("NextMarker"), false)
}
