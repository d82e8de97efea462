package emulator

import (
	"fmt"
	"testing"
)

// templates drives EC2 with one launch template of one version.
func templates(t *testing.T) (*driver, string) {
	t.Helper()
	d := drive(t, "ec2", Switches{})
	made := d.must("CreateLaunchTemplate", values{
		"LaunchTemplateName": "web", "VersionDescription": "first",
		"LaunchTemplateData": values{
			"ImageId": ami(1), "InstanceType": "t3.micro", "UserData": "Zmlyc3Q=",
			"TagSpecifications": []values{{"ResourceType": "instance", "Tags": []values{{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}}}},
		},
		"TagSpecifications": []values{{"ResourceType": "launch-template", "Tags": []values{{"Key": "env", "Value": "test"}}}},
	}).sub("LaunchTemplate")
	check(t, "default version", made.integer("DefaultVersionNumber"), 1)
	check(t, "tag", made.structs("Tags")[0].str("Value"), "test")
	return d, made.str("LaunchTemplateId")
}

func TestLaunchTemplateVersions(t *testing.T) {
	d, id := templates(t)
	made := d.must("CreateLaunchTemplateVersion", values{
		"LaunchTemplateName": "web", "SourceVersion": "$Latest", "VersionDescription": "second",
		"LaunchTemplateData": values{
			"ImageId":           ami(2),
			"TagSpecifications": []values{{"ResourceType": "instance", "Tags": []values{{"Key": "c", "Value": "3"}}}},
		},
	}).sub("LaunchTemplateVersion")
	check(t, "number", made.integer("VersionNumber"), 2)
	check(t, "is the default", made.boolean("DefaultVersion"), false)
	data := made.sub("LaunchTemplateData")
	check(t, "overridden", data.str("ImageId"), ami(2))
	check(t, "inherited", data.str("InstanceType"), "t3.micro")
	check(t, "inherited", data.str("UserData"), "Zmlyc3Q=")
	check(t, "a member is replaced as a whole", len(data.structs("TagSpecifications")[0].structs("Tags")), 1)
	bare := d.must("CreateLaunchTemplateVersion", values{"LaunchTemplateId": id, "LaunchTemplateData": values{"ImageId": ami(3)}}).sub("LaunchTemplateVersion")
	check(t, "nothing inherited without a source", bare.sub("LaunchTemplateData").has("InstanceType"), false)

	for asked, want := range map[string][]int{
		"$Latest": {3}, "$Default": {1}, "2": {2},
	} {
		got := d.must("DescribeLaunchTemplateVersions", values{"LaunchTemplateId": id, "Versions": []string{asked}}).structs("LaunchTemplateVersions")
		check(t, asked, fmt.Sprint(numbersOf(got)), fmt.Sprint(want))
	}
	all := d.must("DescribeLaunchTemplateVersions", values{"LaunchTemplateId": id})
	check(t, "all, newest first", fmt.Sprint(numbersOf(all.structs("LaunchTemplateVersions"))), "[3 2 1]")
	some := d.must("DescribeLaunchTemplateVersions", values{"LaunchTemplateId": id, "MinVersion": "2", "MaxVersion": "3", "MaxResults": 1})
	check(t, "a page of a range", fmt.Sprint(numbersOf(some.structs("LaunchTemplateVersions"))), "[3]")
	some = d.must("DescribeLaunchTemplateVersions", values{"LaunchTemplateId": id, "MinVersion": "2", "MaxVersion": "3", "MaxResults": 1, "NextToken": some.str("NextToken")})
	check(t, "the rest", fmt.Sprint(numbersOf(some.structs("LaunchTemplateVersions"))), "[2]")
	anyTemplate := d.must("DescribeLaunchTemplateVersions", values{"Versions": []string{"$Latest", "$Default"}})
	check(t, "of all templates", fmt.Sprint(numbersOf(anyTemplate.structs("LaunchTemplateVersions"))), "[3 1]")

	check(t, "default", d.must("ModifyLaunchTemplate", values{"LaunchTemplateId": id, "DefaultVersion": "2"}).sub("LaunchTemplate").integer("DefaultVersionNumber"), 2)
	out := d.must("DeleteLaunchTemplateVersions", values{"LaunchTemplateId": id, "Versions": []string{"2", "3", "9"}})
	gone, kept := out.structs("SuccessfullyDeletedLaunchTemplateVersions"), out.structs("UnsuccessfullyDeletedLaunchTemplateVersions")
	check(t, "deleted", fmt.Sprint(numbersOf(gone)), "[3]")
	check(t, "not deleted", fmt.Sprint(numbersOf(kept)), "[2 9]")
	check(t, "code of the missing one", kept[1].sub("ResponseError").str("Code"), "launchTemplateVersionDoesNotExist")
	check(t, "latest", d.must("DescribeLaunchTemplates", values{}).structs("LaunchTemplates")[0].integer("LatestVersionNumber"), 2)
	again := d.must("CreateLaunchTemplateVersion", values{"LaunchTemplateId": id, "LaunchTemplateData": values{}}).sub("LaunchTemplateVersion")
	check(t, "numbers are never used twice", again.integer("VersionNumber"), 4)
	d.must("DeleteLaunchTemplate", values{"LaunchTemplateName": "web"})
	d.refused("InvalidLaunchTemplateId.NotFound", "DeleteLaunchTemplate", values{"LaunchTemplateId": id})
}

func numbersOf(versions []values) []int {
	var out []int
	for _, v := range versions {
		out = append(out, v.integer("VersionNumber"))
	}
	return out
}

func TestLaunchTemplatesRefuse(t *testing.T) {
	d, id := templates(t)
	data := values{"ImageId": ami(1)}
	for _, test := range []struct {
		code, operation string
		in              values
	}{
		{"InvalidLaunchTemplateName.AlreadyExistsException", "CreateLaunchTemplate", values{"LaunchTemplateName": "web", "LaunchTemplateData": data}},
		{"InvalidLaunchTemplateId.NotFound", "CreateLaunchTemplateVersion", values{"LaunchTemplateId": "lt-0", "LaunchTemplateData": data}},
		{"InvalidLaunchTemplateId.Malformed", "CreateLaunchTemplateVersion", values{"LaunchTemplateId": "web", "LaunchTemplateData": data}},
		{"InvalidLaunchTemplateName.NotFoundException", "CreateLaunchTemplateVersion", values{"LaunchTemplateName": "none", "LaunchTemplateData": data}},
		{"InvalidLaunchTemplateId.VersionNotFound", "CreateLaunchTemplateVersion", values{"LaunchTemplateId": id, "SourceVersion": "7", "LaunchTemplateData": data}},
		{"InvalidParameterCombination", "CreateLaunchTemplateVersion", values{"LaunchTemplateId": id, "LaunchTemplateName": "web", "LaunchTemplateData": data}},
		{"MissingParameter", "CreateLaunchTemplateVersion", values{"LaunchTemplateData": data}},
		{"InvalidLaunchTemplateId.VersionNotFound", "DescribeLaunchTemplateVersions", values{"LaunchTemplateId": id, "Versions": []string{"7"}}},
		{"InvalidLaunchTemplateName.NotFoundException", "DescribeLaunchTemplates", values{"LaunchTemplateNames": []string{"none"}}},
		{"InvalidLaunchTemplateId.NotFound", "DescribeLaunchTemplates", values{"LaunchTemplateIds": []string{"lt-0"}}},
		{"InvalidLaunchTemplateId.VersionNotFound", "ModifyLaunchTemplate", values{"LaunchTemplateId": id, "DefaultVersion": "7"}},
		{"InvalidParameterValue", "DescribeLaunchTemplates", values{"Filters": []values{{"Name": "colour", "Values": []string{"red"}}}}},
		{"InvalidParameterValue", "DescribeLaunchTemplates", values{"MaxResults": 201}},
		{"DryRunOperation", "CreateLaunchTemplate", values{"LaunchTemplateName": "new", "LaunchTemplateData": data, "DryRun": true}},
		{"DryRunOperation", "CreateLaunchTemplateVersion", values{"LaunchTemplateId": id, "LaunchTemplateData": data, "DryRun": true}},
		{"DryRunOperation", "DeleteLaunchTemplate", values{"LaunchTemplateId": id, "DryRun": true}},
		{"DryRunOperation", "DeleteLaunchTemplateVersions", values{"LaunchTemplateId": id, "Versions": []string{"1"}, "DryRun": true}},
		{"DryRunOperation", "ModifyLaunchTemplate", values{"LaunchTemplateId": id, "DefaultVersion": "1", "DryRun": true}},
	} {
		d.refused(test.code, test.operation, test.in)
	}
	all := d.must("DescribeLaunchTemplates", values{}).structs("LaunchTemplates")
	check(t, "nothing was made or deleted", len(all) == 1 && all[0].integer("LatestVersionNumber") == 1, true)
}
