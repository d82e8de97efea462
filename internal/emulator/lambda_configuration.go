package emulator

import (
	"maps"
	"reflect"
)

const latestVersion = "$LATEST"

// functionVersion is $LATEST or a published version.
type functionVersion struct {
	function *lambdaFunction
	number   string
	config   values // the members of FunctionConfiguration that the user sets
	code     functionCode
	source   values // a published version: $LATEST's configuration when it was published

	revision string
	modified string

	state            string
	stateReason      string
	stateReasonCode  string
	update           string // LastUpdateStatus; empty while a function is created
	updateReason     string
	updateReasonCode string
}

// configurationMembers are those of CreateFunction and
// UpdateFunctionConfiguration that a description repeats as they are.
var configurationMembers = [...]string{
	"Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "VpcConfig", "DeadLetterConfig",
	"Environment", "KMSKeyArn", "TracingConfig", "FileSystemConfigs", "EphemeralStorage", "LoggingConfig",
}

// unsupportedMembers belong to features that are not emulated. Ignoring one
// would answer a request that AWS answers differently.
var unsupportedMembers = [...]string{
	"CapacityProviderConfig", "DurableConfig", "TenancyConfig", "CodeSigningConfigArn", "PublishTo",
}

func refuseUnsupported(in values) error {
	for _, name := range unsupportedMembers {
		if in.has(name) {
			return refuse("InvalidParameterValueException", "%s is not supported by this emulator", name)
		}
	}
	return nil
}

// configurationDefaults are what a function has that says nothing.
func configurationDefaults(name string) values {
	return values{
		"Description":      "",
		"Timeout":          int64(3),
		"MemorySize":       int64(128),
		"TracingConfig":    values{"Mode": "PassThrough"},
		"EphemeralStorage": values{"Size": int64(512)},
		"SnapStart":        values{"ApplyOn": "None", "OptimizationStatus": "Off"},
		"Architectures":    []any{"x86_64"},
		"PackageType":      "Zip",
		"LoggingConfig":    values{"LogFormat": "Text", "LogGroup": "/aws/lambda/" + name},
	}
}

// configure is the configuration with the members that a request changes.
func configure(config, in values) (values, error) {
	out := maps.Clone(config)
	for _, name := range configurationMembers {
		if in.has(name) {
			out[name] = in[name]
		}
	}
	if in.has("SnapStart") {
		out["SnapStart"] = values{"ApplyOn": in.sub("SnapStart").str("ApplyOn"), "OptimizationStatus": "Off"}
	}
	if in.has("ImageConfig") {
		out["ImageConfigResponse"] = values{"ImageConfig": in.sub("ImageConfig")}
	}
	if in.has("Layers") {
		var layers []any
		for _, arn := range in.strings("Layers") {
			layers = append(layers, values{"Arn": arn, "CodeSize": int64(0)})
		}
		out["Layers"] = layers
	}
	// The API's model gives Timeout no maximum; its documentation does.
	if out.integer("Timeout") > 900 {
		return nil, refuse("ValidationException", "1 validation error detected: Value '%d' at 'timeout' failed to "+
			"satisfy constraint: Member must have value less than or equal to 900", out.integer("Timeout"))
	}
	return out, nil
}

// described is the version as FunctionConfiguration. How it is named depends
// on how it was asked for: qualifier is a version, an alias or empty.
func (v *functionVersion) described(qualifier string) values {
	out := maps.Clone(v.config)
	out["FunctionName"] = v.function.name
	out["FunctionArn"] = v.function.arn
	if qualifier != "" {
		out["FunctionArn"] = v.function.arn + ":" + qualifier
	}
	out["Version"] = v.number
	out["CodeSha256"] = v.code.sha256
	out["CodeSize"] = v.code.size
	out["RevisionId"] = v.revision
	out["LastModified"] = v.modified
	for name, text := range map[string]string{
		"State": v.state, "StateReason": v.stateReason, "StateReasonCode": v.stateReasonCode,
		"LastUpdateStatus": v.update, "LastUpdateStatusReason": v.updateReason,
		"LastUpdateStatusReasonCode": v.updateReasonCode,
	} {
		if text != "" {
			out[name] = text
		}
	}
	return out
}

// listed is the version in a list: AWS leaves out what it would have to look
// up for each row.
func (v *functionVersion) listed() values {
	out := v.described(v.number)
	for _, name := range [...]string{
		"State", "StateReason", "StateReasonCode",
		"LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode",
	} {
		delete(out, name)
	}
	return out
}

func (v *functionVersion) role() string { return v.config.str("Role") }

func (v *functionVersion) deadLetterTarget() string {
	return v.config.sub("DeadLetterConfig").str("TargetArn")
}

// same reports whether publishing $LATEST now would repeat this version.
func (v *functionVersion) same(latest *functionVersion) bool {
	return v.code.sha256 == latest.code.sha256 && reflect.DeepEqual(v.source, latest.config)
}
