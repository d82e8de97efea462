package emulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ec2State is what EC2 keeps in one region.
type ec2State struct {
	region *region

	templates  map[string]*launchTemplate // by id
	images     map[string]*image
	behaviours map[string]Behaviour // by image id
	instances  map[string]*instance
	launched   []*instance // in order of launch; terminated ones stay for an hour
	types      map[string]instanceType
	network    network
	parameters map[string]string // of Systems Manager, as far as images are concerned
}

func newEC2State(r *region) *ec2State {
	return &ec2State{
		region:     r,
		templates:  map[string]*launchTemplate{},
		images:     map[string]*image{},
		behaviours: map[string]Behaviour{},
		instances:  map[string]*instance{},
		types:      knownTypes(),
		network:    newNetwork(r.name),
		parameters: map[string]string{},
	}
}

// ec2Operations are the operations of EC2 that are emulated.
func ec2Operations() map[string]operation {
	return map[string]operation{
		"CreateLaunchTemplate":           (*call).createLaunchTemplate,
		"CreateLaunchTemplateVersion":    (*call).createLaunchTemplateVersion,
		"DescribeLaunchTemplates":        (*call).describeLaunchTemplates,
		"DescribeLaunchTemplateVersions": (*call).describeLaunchTemplateVersions,
		"DeleteLaunchTemplate":           (*call).deleteLaunchTemplate,
		"DeleteLaunchTemplateVersions":   (*call).deleteLaunchTemplateVersions,
		"ModifyLaunchTemplate":           (*call).modifyLaunchTemplate,

		"RunInstances":           (*call).runInstances,
		"DescribeInstances":      (*call).describeInstances,
		"DescribeInstanceStatus": (*call).describeInstanceStatus,
		"TerminateInstances":     (*call).terminateInstances,
		"GetConsoleOutput":       (*call).getConsoleOutput,
		"CreateTags":             (*call).ec2CreateTags,
		"DescribeTags":           (*call).ec2DescribeTags,

		"RegisterImage":   (*call).registerImage,
		"DescribeImages":  (*call).describeImages,
		"DeregisterImage": (*call).deregisterImage,

		"DescribeVpcs":              (*call).describeVpcs,
		"DescribeSubnets":           (*call).describeSubnets,
		"DescribeSecurityGroups":    (*call).describeSecurityGroups,
		"DescribeKeyPairs":          (*call).describeKeyPairs,
		"DescribeRegions":           (*call).describeRegions,
		"DescribeAvailabilityZones": (*call).describeAvailabilityZones,
		"DescribeInstanceTypes":     (*call).describeInstanceTypes,
	}
}

// dryRun refuses a request that only asks whether it would succeed. EC2
// answers so after its own checks and before it changes anything.
func dryRun(in values) error {
	if !in.boolean("DryRun") {
		return nil
	}
	return &apiError{
		Code:    "DryRunOperation",
		Message: "Request would have succeeded, but DryRun flag is set.",
		Status:  412,
	}
}

// page cuts one page out of items. EC2's tokens are opaque to clients; here
// they hold the position.
func page[T any](items []T, token string, size int) ([]T, string, bool) {
	start := 0
	if token != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(token, "page-"))
		if err != nil || !strings.HasPrefix(token, "page-") || n < 0 || n > len(items) {
			return nil, "", false
		}
		start = n
	}
	end := len(items)
	if size > 0 && start+size < end {
		end = start + size
		return items[start:end], fmt.Sprintf("page-%d", end), true
	}
	return items[start:end], "", true
}

// ec2Page is page with EC2's limits and refusals. A MaxResults below EC2's
// minimum of 5 or above its maximum is refused.
func ec2Page(items []values, in values, least, most int) ([]values, string, error) {
	size := in.integer("MaxResults")
	if in.has("MaxResults") && (size < least || size > most) {
		return nil, "", refuse("InvalidParameterValue",
			"Value ( %d ) for parameter maxResults is invalid. Expecting a value between %d and %d.", size, least, most)
	}
	out, next, ok := page(items, in.str("NextToken"), size)
	if !ok {
		return nil, "", refuse("InvalidNextToken", "The token '%s' is invalid", in.str("NextToken"))
	}
	return out, next, nil
}

// ec2Answer is a described list with its continuation.
func ec2Answer(member string, items []values, next string) values {
	out := values{member: items}
	if next != "" {
		out["NextToken"] = next
	}
	return out
}

// filter keeps the items that match every filter of a request. fields gives an
// item's values for a filter name, and false for a name that EC2 does not know.
func filter[T any](items []T, in values, fields func(T, string) ([]string, bool)) ([]T, error) {
	var out []T
	for _, item := range items {
		keep := true
		for _, f := range in.structs("Filters") {
			have, known := fields(item, f.str("Name"))
			if !known {
				return nil, refuse("InvalidParameterValue", "The filter '%s' is invalid", f.str("Name"))
			}
			keep = keep && slices.ContainsFunc(have, func(h string) bool {
				return slices.ContainsFunc(f.strings("Values"), func(w string) bool { return wildcard(w, h) })
			})
		}
		if keep {
			out = append(out, item)
		}
	}
	return out, nil
}

// wildcard matches EC2's filter values: * is any text, ? any character.
func wildcard(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	switch pattern[0] {
	case '*':
		return wildcard(pattern[1:], text) || (text != "" && wildcard(pattern, text[1:]))
	case '?':
		return text != "" && wildcard(pattern[1:], text[1:])
	}
	return text != "" && text[0] == pattern[0] && wildcard(pattern[1:], text[1:])
}

// tagFields answers the tag filters that most resources share.
func tagFields(tags []values, name string) ([]string, bool) {
	if key, ok := strings.CutPrefix(name, "tag:"); ok {
		for _, t := range tags {
			if t.str("Key") == key {
				return []string{t.str("Value")}, true
			}
		}
		return nil, true
	}
	if name == "tag-key" {
		var keys []string
		for _, t := range tags {
			keys = append(keys, t.str("Key"))
		}
		return keys, true
	}
	return nil, false
}

// tagsFor are the tags that a request gives for one type of resource.
func tagsFor(in values, resourceType string) []values {
	var tags []values
	for _, spec := range in.structs("TagSpecifications") {
		if spec.str("ResourceType") == resourceType {
			tags = mergeTags(tags, spec.structs("Tags"))
		}
	}
	return tags
}

// mergeTags puts tags over others of the same key.
func mergeTags(tags, over []values) []values {
	out := slices.Clone(tags)
	for _, t := range over {
		i := slices.IndexFunc(out, func(o values) bool { return o.str("Key") == t.str("Key") })
		kept := values{"Key": t.str("Key"), "Value": t.str("Value")}
		if i < 0 {
			out = append(out, kept)
		} else {
			out[i] = kept
		}
	}
	return out
}
