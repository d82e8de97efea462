package provider_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestKillMatrix_launchTemplateVersion: what a killed apply made and did not
// save is the version that the next apply ends with, not the first of twins.
func TestKillMatrix_launchTemplateVersion(t *testing.T) {
	c := killCase{kind: "awsdeploy_launch_template_version", build: func(t *testing.T, w *acctest.World) killEstate {
		tw := newTemplateWorld(t, w)
		return killEstate{old: tw.version(1, "one"), planned: tw.version(2, "two"), check: func(then aftermath) error {
			want := int64(3) // the source, the old one, the new one
			if then == created {
				want = 2
			}
			template, err := tw.client.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{tw.id}})
			if err != nil {
				return err
			}
			if n := aws.ToInt64(template.LaunchTemplates[0].LatestVersionNumber); n != want {
				return fmt.Errorf("the template has %d versions, want %d", n, want)
			}
			return nil
		}}
	}}
	for _, then := range []aftermath{again, created} {
		t.Run(string(then), func(t *testing.T) { runKillMatrix(t, c, then) })
	}
}

// version is a configuration: which AMI, and a tag of its own.
func (tw templateWorld) version(image int, release string) map[string]any {
	return map[string]any{"launch_template_id": tw.id, "source_version": "1", "image_id": tw.images[image],
		"tags": map[string]any{"release": release}, "monitoring": true}
}
