package runtime

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// push pushes an image of the program and returns its reference by digest.
func (a *account) push(file string, arguments ...string) string {
	a.t.Helper()
	content, err := os.ReadFile(file)
	a.must(err)
	layer := static.NewLayer(tarred(a.t, entry{name: "srv/program", content: string(content), mode: 0o755}), types.OCIUncompressedLayer)
	img, err := mutate.AppendLayers(empty.Image, layer)
	a.must(err)
	config, err := img.ConfigFile()
	a.must(err)
	config.Config.Entrypoint, config.Config.Cmd, config.Config.Env = []string{"/srv/program"}, arguments, []string{"COLOUR=blue"}
	img, err = mutate.ConfigFile(img, config)
	a.must(err)
	digest, err := img.Digest()
	a.must(err)
	ref, err := name.NewDigest(a.host + "/shop@" + digest.String())
	a.must(err)
	a.must(remote.Write(ref, img))
	return ref.String()
}

func (a *account) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

type entry struct {
	name, content, link string
	mode                int64
}

func tarred(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: e.mode | 0o600, Size: int64(len(e.content)), Typeflag: tar.TypeReg, Linkname: e.link}
		if e.link != "" {
			h.Typeflag = tar.TypeSymlink
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// behind makes a target group of a load balancer that checks /healthz, and
// registers instances.
func (a *account) behind(ids ...string) (targetGroup string) {
	a.t.Helper()
	vpc := first(a.call("ec2", "DescribeVpcs", nil), "Vpcs")["VpcId"]
	var subnets []any
	for _, s := range a.call("ec2", "DescribeSubnets", nil)["Subnets"].([]any) {
		subnets = append(subnets, s.(map[string]any)["SubnetId"])
	}
	targetGroup = first(a.call("elbv2", "CreateTargetGroup", map[string]any{"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": vpc,
		"HealthCheckPath": "/healthz", "HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 2}), "TargetGroups")["TargetGroupArn"].(string)
	balancer := first(a.call("elbv2", "CreateLoadBalancer", map[string]any{"Name": "front", "Subnets": subnets}), "LoadBalancers")["LoadBalancerArn"]
	a.call("elbv2", "CreateListener", map[string]any{"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80,
		"DefaultActions": []any{map[string]any{"Type": "forward", "TargetGroupArn": targetGroup}}})
	for _, id := range ids {
		a.eventually("running", func() bool {
			_, err := a.aws.Call(region, "elbv2", "RegisterTargets", map[string]any{"TargetGroupArn": targetGroup, "Targets": []any{map[string]any{"Id": id}}})
			return err == nil
		})
	}
	return targetGroup
}

// health is a target's state and description.
func (a *account) health(targetGroup, id string) string {
	a.t.Helper()
	out := a.call("elbv2", "DescribeTargetHealth", map[string]any{"TargetGroupArn": targetGroup, "Targets": []any{map[string]any{"Id": id}}})
	health := first(out, "TargetHealthDescriptions")["TargetHealth"].(map[string]any)
	description, _ := health["Description"].(string)
	return strings.TrimSpace(fmt.Sprint(health["State"], " ", description))
}

func (a *account) console(id string) string {
	a.t.Helper()
	text, _ := a.call("ec2", "GetConsoleOutput", map[string]any{"InstanceId": id})["Output"].(string)
	plain, err := base64.StdEncoding.DecodeString(text)
	a.must(err)
	return string(plain)
}

func TestInstanceRunsItsImage(t *testing.T) {
	a := newAccount(t)
	file := build(t)
	image, sickImage := a.push(file), a.push(file, "sick")
	well := a.run("#!/bin/sh\n# the release\nexport IMAGE=\"" + image + "\"\n")
	sick := a.run("IMAGE=" + sickImage + "\n")
	targetGroup := a.behind(well, sick)

	a.eventually("healthy", func() bool { return a.health(targetGroup, well) == "healthy" })
	a.eventually("unhealthy, with the code", func() bool {
		return a.health(targetGroup, sick) == "unhealthy Health checks failed with these codes: [500]"
	})
	if said := a.console(sick); !strings.Contains(said, "the program begins on "+sick) {
		t.Errorf("the console lacks what the program said: %q", said)
	}
	addresses := a.addresses(well)
	var pid int
	var rest string
	if _, err := fmt.Sscan(get(addresses), &pid, &rest); err != nil || rest != "blue" || !strings.HasSuffix(get(addresses), image) {
		t.Fatalf("the program answers %q", get(addresses))
	}
	a.call("ec2", "TerminateInstances", map[string]any{"InstanceIds": []any{well}})
	a.eventually("ended", func() bool { return !lives(pid) })
}

// addresses is where an instance serves.
func (a *account) addresses(id string) string { return a.aws.InstanceAddress(region, id) }

func TestInstanceSaysWhyItRunsNothing(t *testing.T) {
	a := newAccount(t)
	for image, reason := range map[string]string{
		a.host + "/shop:latest":                            "repository@sha256",
		a.host + "/shop@sha256:1234":                       "repository@sha256",
		a.host + "/shop@sha256:" + strings.Repeat("0", 64): "MANIFEST_UNKNOWN",
		a.push(build(t), "x") + "0":                        "repository@sha256",
	} {
		id := a.run("IMAGE=" + image)
		a.eventually(reason, func() bool { return strings.Contains(a.console(id), reason) })
	}
	if a.aws.InstanceAddress(region, a.run("#!/bin/sh\necho no image here, none at all\n")) != "" {
		t.Error("an instance without an image has an address")
	}
}

func TestCloseEndsEveryProcess(t *testing.T) {
	a := newAccount(t)
	id := a.run("IMAGE=" + a.push(build(t)))
	var pid int
	a.eventually("serving", func() bool {
		_, err := fmt.Sscan(get(a.addresses(id)), &pid)
		return err == nil
	})
	a.runtime.Close()
	if lives(pid) {
		t.Errorf("process %d is still there", pid)
	}
}

func TestUntarStaysInItsDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	outside := filepath.Join(filepath.Dir(dir), "outside")
	for _, d := range []string{dir, outside} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := untar(bytes.NewReader(tarred(t, entry{name: "../../outside/a", content: "x"})), dir); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"../outside", outside} {
		name := "link" + fmt.Sprint(len(link))
		if err := untar(bytes.NewReader(tarred(t, entry{name: name, link: link}, entry{name: name + "/b", content: "x"})), dir); err == nil {
			t.Errorf("a file was written through a link to %s", link)
		}
	}
	if found, _ := os.ReadDir(outside); len(found) != 0 {
		t.Errorf("outside has %v", found)
	}
	if _, err := os.Stat(filepath.Join(dir, "outside", "a")); err != nil {
		t.Error("the path that climbs is not kept below the root: ", err)
	}
}
