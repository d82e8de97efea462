package provider_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// imageBench is an image without a CLI.
type imageBench struct {
	*imageWorld
	*acctest.Bench
	t      *testing.T
	config map[string]any
}

func newImageBench(t *testing.T, config map[string]any, options ...emulator.Option) *imageBench {
	t.Helper()
	w := newImageWorld(t, options...)
	b := &imageBench{imageWorld: w, Bench: w.NewBench(t, "awsdeploy_app_image"), t: t, config: config}
	b.config["repository"], b.config["files"] = w.host()+"/shop", map[string]any{"/srv": w.dir}
	return b
}

// release pushes an image with other content and returns its digest.
func (b *imageBench) release(n int) (string, error) {
	b.t.Helper()
	b.write(b.t, "etc/app.conf", fmt.Sprintf("x = %d\n", n), 0o644)
	err := b.Apply(b.t.Context(), b.config)
	return b.Attribute("digest"), err
}

func (b *imageBench) released(n int) string {
	b.t.Helper()
	digest, err := b.release(n)
	if err != nil {
		b.t.Fatal(err)
	}
	return digest
}

// there are the repository's images: the tags of each by its digest.
func (b *imageBench) there() map[string][]string {
	b.t.Helper()
	found := map[string][]string{}
	for _, one := range b.Call(b.t, "ecr", "DescribeImages", map[string]any{"repositoryName": "shop"})["imageDetails"].([]any) {
		image := one.(map[string]any)
		tags := []string{}
		if given, ok := image["imageTags"].([]any); ok {
			for _, tag := range given {
				tags = append(tags, tag.(string))
			}
		}
		found[image["imageDigest"].(string)] = tags
	}
	return found
}

func TestAppImage_retain(t *testing.T) {
	b := newImageBench(t, map[string]any{"tags": []any{"live"}, "retain": map[string]any{"keep": 1}})
	var all []string
	use := func(n int) {
		digest := all[n]
		uri := b.host() + "/shop@" + digest
		switch n {
		case 0:
			b.Call(t, "lambda", "CreateFunction", map[string]any{
				"FunctionName": "shop", "Role": "arn:aws:iam::123456789012:role/shop", "PackageType": "Image", "Code": map[string]any{"ImageUri": uri}})
		case 1:
			b.Call(t, "ecs", "RegisterTaskDefinition", map[string]any{
				"family": "shop", "containerDefinitions": []any{map[string]any{"name": "shop", "image": uri, "memory": 64}}})
			b.Call(t, "ecs", "DeregisterTaskDefinition", map[string]any{"taskDefinition": "shop:1"})
		case 2:
			b.Call(t, "ec2", "CreateLaunchTemplate", map[string]any{"LaunchTemplateName": "shop", "LaunchTemplateData": map[string]any{
				"UserData": base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\ndocker run " + uri))}})
		}
	}
	for n := range 7 {
		all = append(all, b.released(n))
		use(n)
	}
	there := b.there()
	for n, want := range []bool{true, true, true, false, false, true, true} {
		if _, is := there[all[n]]; is != want {
			t.Errorf("image %d is there: %t", n, is)
		}
	}
	if got := there[all[6]]; !slices.Equal(got, []string{"live"}) {
		t.Errorf("the latest has the tags %q", got)
	}
	if got := there[all[5]]; len(got) != 1 || !strings.HasPrefix(got[0], "awsdeploy-") {
		t.Errorf("the one before has the tags %q", got)
	}
	// Nothing is in use any more.
	b.config["retain"] = map[string]any{"keep": 0, "protect_in_use": false}
	if err := b.Apply(t.Context(), b.config); err != nil {
		t.Fatal(err)
	}
	if there := b.there(); len(there) != 1 || there[all[6]] == nil {
		t.Errorf("left are %v", there)
	}
}

// TestAppImage_retainWhatCannotBeTold: without a permission everything stays,
// and goes once it can be told.
func TestAppImage_retainWhatCannotBeTold(t *testing.T) {
	for _, action := range []string{"ListFunctions", "ListTaskDefinitions", "DescribeLaunchTemplates", "DescribeImages"} {
		denied := true
		b := newImageBench(t, map[string]any{"tags": []any{"live"}, "retain": map[string]any{"keep": 0}},
			emulator.WithAllowedActions(func(_, operation string) bool { return !denied || operation != action }))
		b.released(1)
		b.released(2)
		if there := len(b.there()); there != 2 {
			t.Errorf("without %s, %d images are left", action, there)
		}
		denied = false
		b.released(3)
		if there := len(b.there()); there != 1 {
			t.Errorf("with %s again, %d images are left", action, there)
		}
	}
}

func TestAppImage_retainNobodyElses(t *testing.T) {
	b := newImageBench(t, map[string]any{"tags": []any{"live"}, "retain": map[string]any{"keep": 0}})
	b.base(t, "NOT=OURS") // tagged "base"
	first := b.released(1)
	b.released(2)
	there := b.there()
	if there[first] != nil || len(there) != 2 {
		t.Errorf("left are %v", there)
	}
}

func TestAppImage_gate(t *testing.T) {
	b := newImageBench(t, map[string]any{"tags": []any{"live"}, "gate": map[string]any{"fail_on": "HIGH"}})
	good := b.released(1)
	scan := func(s emulator.Scan) { b.Emulator.SetScan(acctest.Region, "shop", s) }
	scan(emulator.Scan{Findings: []emulator.Finding{{Name: "CVE-1", Severity: "LOW"}, {Name: "CVE-2", Severity: "CRITICAL", Description: "very bad"}, {Name: "CVE-3", Severity: "HIGH"}}})
	_, err := b.release(2)
	for _, want := range []string{"Image did not pass gate", "2 weaknesses of severity HIGH or graver", "CRITICAL CVE-2: very bad", "No tag was moved"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "CVE-1") {
		t.Errorf("a finding that does not count is told: %v", err)
	}
	if got := b.there()[good]; !slices.Equal(got, []string{"live"}) || b.Attribute("digest") != good {
		t.Errorf("the image before has the tags %q, and the state %s", got, b.Attribute("digest"))
	}
	scan(emulator.Scan{Status: "UNSUPPORTED_IMAGE"})
	if _, err := b.release(3); err == nil || !strings.Contains(err.Error(), "does not scan this image") {
		t.Errorf("an image that cannot be scanned: %v", err)
	}
	b.config["gate"] = map[string]any{"fail_on": "HIGH", "unscannable": "warn"}
	b.released(4)
	scan(emulator.Scan{Takes: 3600e9})
	if _, err := b.release(5); err == nil || !strings.Contains(err.Error(), "did not end in time: it is IN_PROGRESS") {
		t.Errorf("a scan that does not end: %v", err)
	}
	b.config["repository"] = "registry.example.com/shop"
	if err := b.Refused(b.config); err == nil || !strings.Contains(err.Error(), "is in registry.example.com, which has none") {
		t.Errorf("a registry without scans: %v", err)
	}
}

func TestAppImage_test(t *testing.T) {
	b := newImageBench(t, map[string]any{"tags": []any{"live"},
		"test": map[string]any{"command": []any{"/bin/sh", "-c", `echo "judging $AWSDEPLOY_IMAGE as $WHO"; echo "error: x is wrong" >&2; exit 3`}, "environment": map[string]any{"WHO": "judge"}}})
	_, err := b.release(1)
	for _, want := range []string{"Image did not pass test", "exit status 3", "error: x is wrong", "judging " + b.host() + "/shop@sha256:", "as judge", "No tag was moved"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for digest, tags := range b.there() {
		if len(tags) > 0 {
			t.Errorf("%s has the tags %q", digest, tags)
		}
	}
	b.config["test"] = map[string]any{"command": []any{"/bin/sh", "-c", `test "$AWSDEPLOY_DIGEST" = "${AWSDEPLOY_IMAGE#$AWSDEPLOY_REPOSITORY@}"`}}
	digest := b.released(1)
	if got := b.there()[digest]; !slices.Equal(got, []string{"live"}) {
		t.Errorf("the image has the tags %q", got)
	}
	// Another test of the image that is there already: it is asked before a tag.
	b.config["tags"], b.config["test"] = []any{"live", "good"}, map[string]any{"command": []any{"/bin/false"}}
	if _, err := b.release(1); err == nil || !strings.Contains(err.Error(), "Image did not pass test") {
		t.Errorf("a new test of the image that is there: %v", err)
	}
	if got := b.there()[digest]; !slices.Equal(got, []string{"live"}) {
		t.Errorf("the image has the tags %q", got)
	}
	b.config["tags"] = []any{"live"}
	b.config["test"] = map[string]any{"command": []any{"no-such-program"}}
	if _, err := b.release(2); err == nil || !strings.Contains(err.Error(), "names the program \"no-such-program\", which is not on this machine") {
		t.Errorf("got %v", err)
	}
}
