package lambdafunction

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Changed names the settings that differ between two states of a function,
// code and description left out: what a new version would freeze.
func (f Function) Changed(other Function) []string {
	var names []string
	theirs := settings(other.config)
	for i, s := range settings(f.config) {
		if s.value != theirs[i].value {
			names = append(names, s.name)
		}
	}
	return names
}

// same tells whether a version holds what the other state holds.
func (f Function) same(other Function) bool {
	return f.CodeSHA256 == other.CodeSHA256 && len(f.Changed(other)) == 0
}

type setting struct{ name, value string }

// settings are those that publishing freezes, always in the same order. What
// AWS itself moves, such as states and the patch level of the runtime, is
// left out.
func settings(c types.FunctionConfiguration) []setting {
	deref := func(s *string) string { return aws.ToString(s) }
	out := []setting{
		{"Architectures", text(c.Architectures)},
		{"Handler", deref(c.Handler)},
		{"KMSKeyArn", deref(c.KMSKeyArn)},
		{"MemorySize", fmt.Sprint(aws.ToInt32(c.MemorySize))},
		{"PackageType", string(c.PackageType)},
		{"Role", deref(c.Role)},
		{"Runtime", string(c.Runtime)},
		{"Timeout", fmt.Sprint(aws.ToInt32(c.Timeout))},
	}
	add := func(name, value string) { out = append(out, setting{name, value}) }

	var layers, disks []string
	for _, l := range c.Layers {
		layers = append(layers, deref(l.Arn)) // in the order in which they are laid
	}
	for _, d := range c.FileSystemConfigs {
		disks = append(disks, deref(d.Arn)+" at "+deref(d.LocalMountPath))
	}
	add("Layers", text(layers))
	add("FileSystemConfigs", text(disks))
	add("Environment", environment(c.Environment))
	add("VpcConfig", network(c.VpcConfig))
	add("DeadLetterConfig", "")
	if c.DeadLetterConfig != nil {
		out[len(out)-1].value = deref(c.DeadLetterConfig.TargetArn)
	}
	add("TracingConfig", "")
	if c.TracingConfig != nil {
		out[len(out)-1].value = string(c.TracingConfig.Mode)
	}
	add("EphemeralStorage", "")
	if c.EphemeralStorage != nil {
		out[len(out)-1].value = fmt.Sprint(aws.ToInt32(c.EphemeralStorage.Size))
	}
	add("SnapStart", "")
	if c.SnapStart != nil {
		out[len(out)-1].value = string(c.SnapStart.ApplyOn)
	}
	add("LoggingConfig", "")
	if l := c.LoggingConfig; l != nil {
		out[len(out)-1].value = text([]string{string(l.LogFormat), deref(l.LogGroup), string(l.ApplicationLogLevel), string(l.SystemLogLevel)})
	}
	add("ImageConfig", "")
	if c.ImageConfigResponse != nil && c.ImageConfigResponse.ImageConfig != nil {
		i := c.ImageConfigResponse.ImageConfig
		out[len(out)-1].value = text([][]string{i.EntryPoint, i.Command, {deref(i.WorkingDirectory)}})
	}
	return out
}

// text tells lists apart whatever their elements hold.
func text[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("%#v", list)
}

func environment(e *types.EnvironmentResponse) string {
	if e == nil {
		return ""
	}
	var lines []string
	for name, value := range e.Variables {
		lines = append(lines, name+"="+value)
	}
	slices.Sort(lines)
	return text(lines)
}

func network(v *types.VpcConfigResponse) string {
	if v == nil {
		return ""
	}
	subnets, groups := slices.Sorted(slices.Values(v.SubnetIds)), slices.Sorted(slices.Values(v.SecurityGroupIds))
	return strings.Join([]string{text(subnets), text(groups), fmt.Sprint(aws.ToBool(v.Ipv6AllowedForDualStack))}, "|")
}
