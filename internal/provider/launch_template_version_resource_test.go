package provider_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

const templateVersion = "awsdeploy_launch_template_version.web"

// templateWorld has a template shop-web, whose version 1 is the default, and
// three AMIs. Another AWS judges everything but inheritance from the source,
// which moto 5 ignores.
type templateWorld struct {
	*acctest.World
	client *ec2.Client
	id     string
	images []string
}

func newTemplateWorld(t *testing.T, w *acctest.World) templateWorld {
	t.Helper()
	tw := templateWorld{World: w, client: awsapi.EC2Client(w.Clients(t))}
	tw.images = tw.threeImages(t)
	template, err := tw.client.CreateLaunchTemplate(t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("shop-web-" + t.Name()),
		LaunchTemplateData: &types.RequestLaunchTemplateData{
			ImageId: aws.String(tw.images[0]), InstanceType: types.InstanceTypeT3Micro,
			TagSpecifications: []types.LaunchTemplateTagSpecificationRequest{
				{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}}},
				{ResourceType: types.ResourceTypeVolume, Tags: []types.Tag{{Key: aws.String("backup"), Value: aws.String("daily")}}},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	tw.id = aws.ToString(template.LaunchTemplate.LaunchTemplateId)
	if w.Emulator == nil {
		t.Cleanup(func() {
			if _, err := tw.client.DeleteLaunchTemplate(context.Background(), &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: aws.String(tw.id)}); err != nil {
				t.Error(err)
			}
		})
	}
	return tw
}

// threeImages are AMIs: Amazon's where there are some, else registered here.
func (tw templateWorld) threeImages(t *testing.T) (ids []string) {
	t.Helper()
	found, err := tw.client.DescribeImages(t.Context(), &ec2.DescribeImagesInput{
		Owners: []string{"amazon"}, Filters: []types.Filter{{Name: aws.String("name"), Values: []string{"al2023-ami-2023*-x86_64"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range found.Images {
		ids = append(ids, aws.ToString(image.ImageId))
	}
	for i := len(ids); i < 3; i++ {
		image, err := tw.client.RegisterImage(t.Context(), &ec2.RegisterImageInput{
			Name: aws.String(fmt.Sprintf("%s-%d", t.Name(), i)), RootDeviceName: aws.String("/dev/xvda"),
			BlockDeviceMappings: []types.BlockDeviceMapping{{DeviceName: aws.String("/dev/xvda"), Ebs: &types.EbsBlockDevice{SnapshotId: aws.String("snap-0123456789abcdef0")}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, aws.ToString(image.ImageId))
	}
	return ids[:3]
}

func (tw templateWorld) config(body string) string {
	return tw.Provider() + fmt.Sprintf(`
resource "awsdeploy_launch_template_version" "web" {
  launch_template_id = %q
%s
}`, tw.id, body)
}

// data is what the cloud holds as a version; nil when it holds none.
func (tw templateWorld) data(t *testing.T, number string) *types.ResponseLaunchTemplateData {
	t.Helper()
	out, err := tw.client.DescribeLaunchTemplateVersions(t.Context(), &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateId: aws.String(tw.id), Versions: []string{number},
	})
	if err != nil || len(out.LaunchTemplateVersions) == 0 {
		return nil
	}
	return out.LaunchTemplateVersions[0].LaunchTemplateData
}

func TestAccLaunchTemplateVersion_makesVersionsInPlace(t *testing.T) {
	tw := newTemplateWorld(t, acctest.Portable(t))
	userData := base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\necho two\n"))
	first := fmt.Sprintf("  image_id = %q", tw.images[1])
	second := fmt.Sprintf("  image_id  = %q\n  user_data = %q\n  tags      = { release = \"two\" }", tw.images[2], userData)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: tw.Factories(),
		Steps: []resource.TestStep{
			{
				Config:           tw.config(first),
				ConfigPlanChecks: acctest.Plans(acctest.Creates(templateVersion), acctest.Unknown(templateVersion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{
					acctest.Is(templateVersion, "version", "2"), acctest.Is(templateVersion, "source_version", "1"),
					acctest.Is(templateVersion, "launch_template_name", "shop-web-"+t.Name()),
				},
			},
			{Config: tw.config(first), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				Config:            tw.config(second),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(templateVersion), acctest.Unknown(templateVersion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(templateVersion, "version", "3")},
				Check: func(*terraform.State) error {
					d := tw.data(t, "3")
					if aws.ToString(d.ImageId) != tw.images[2] || aws.ToString(d.UserData) != userData {
						t.Errorf("version 3 has image %s and user data %s", aws.ToString(d.ImageId), aws.ToString(d.UserData))
					}
					if got := fmt.Sprint(tagsOf(d)); got != "map[instance:map[release:two team:shop] volume:map[backup:daily]]" {
						t.Errorf("version 3 has tags %s", got)
					}
					if os.Getenv("AWSDEPLOY_TEST_ENDPOINT") == "" && d.InstanceType != types.InstanceTypeT3Micro {
						t.Errorf("version 3 has type %q, want the source's", d.InstanceType)
					}
					return nil
				},
			},
			{ // state alone changes
				Config:           tw.config(second + "\n  delete_on_destroy = false"),
				ConfigPlanChecks: acctest.Plans(acctest.Known(templateVersion, "version", knownvalue.StringExact("3"))),
			},
			{ // by name, it is the same template
				Config: tw.Provider() + fmt.Sprintf(`
resource "awsdeploy_launch_template_version" "web" {
  launch_template_name = "shop-web-%s"
%s
}`, t.Name(), second),
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
			{
				ResourceName: templateVersion, ImportState: true, ImportStateId: tw.id + ":3", ImportStateVerify: true,
				ImportStateVerifyIdentifierAttribute: "version",
				ImportStateVerifyIgnore:              []string{"image_id", "user_data", "tags", "source_version"},
			},
			{Config: tw.config(second), Destroy: true},
		},
	})
	if tw.data(t, "3") == nil || tw.data(t, "2") == nil {
		t.Error("destroy deleted versions, which nobody asked for")
	}
}

func tagsOf(d *types.ResponseLaunchTemplateData) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, s := range d.TagSpecifications {
		all[string(s.ResourceType)] = map[string]string{}
		for _, tag := range s.Tags {
			all[string(s.ResourceType)][aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return all
}

func TestAccLaunchTemplateVersion_outsideChanges(t *testing.T) {
	tw := newTemplateWorld(t, acctest.New(t))
	config := tw.config(fmt.Sprintf("  image_id          = %q\n  delete_on_destroy = true", tw.images[1]))
	makeDefault := func(number string) func() {
		return func() {
			if _, err := tw.client.ModifyLaunchTemplate(t.Context(), &ec2.ModifyLaunchTemplateInput{LaunchTemplateId: aws.String(tw.id), DefaultVersion: aws.String(number)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: tw.Factories(),
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: []statecheck.StateCheck{acctest.Is(templateVersion, "version", "2")}},
			{ // deleted outside
				PreConfig: func() {
					if _, err := tw.client.DeleteLaunchTemplateVersions(t.Context(), &ec2.DeleteLaunchTemplateVersionsInput{LaunchTemplateId: aws.String(tw.id), Versions: []string{"2"}}); err != nil {
						t.Fatal(err)
					}
				},
				Config:            config,
				ConfigPlanChecks:  acctest.Plans(acctest.Creates(templateVersion)),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(templateVersion, "version", "3")},
			},
			{ // the version itself became the default: nothing to do, and no longer deletable
				PreConfig: makeDefault("3"), Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
			{Config: config, Destroy: true, ExpectError: acctest.Says("is the default version of launch template")},
			{ // another default is another source
				PreConfig: func() {
					if _, err := tw.client.CreateLaunchTemplateVersion(t.Context(), &ec2.CreateLaunchTemplateVersionInput{
						LaunchTemplateId: aws.String(tw.id), SourceVersion: aws.String("1"),
						LaunchTemplateData: &types.RequestLaunchTemplateData{InstanceType: types.InstanceTypeT3Small},
					}); err != nil {
						t.Fatal(err)
					}
					makeDefault("4")()
				},
				Config:            config,
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(templateVersion), acctest.Unknown(templateVersion, "source_version")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(templateVersion, "version", "5"), acctest.Is(templateVersion, "source_version", "4")},
				Check: func(*terraform.State) error {
					if d := tw.data(t, "5"); d.InstanceType != types.InstanceTypeT3Small || aws.ToString(d.ImageId) != tw.images[1] {
						t.Errorf("version 5 has type %s and image %s", d.InstanceType, aws.ToString(d.ImageId))
					}
					return nil
				},
			},
		},
	})
	if tw.data(t, "5") != nil {
		t.Error("version 5 is still there in spite of delete_on_destroy")
	}
}
