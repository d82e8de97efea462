package chaos

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// templateVersion makes a version of a launch template.
func templateVersion() subject {
	return subject{name: "launch_template_version", kind: "awsdeploy_launch_template_version",
		build: func(t *testing.T, w *acctest.World) estate {
			image := func(name string) any {
				return w.Call(t, "ec2", "RegisterImage", map[string]any{"Name": name})["ImageId"]
			}
			template := w.Call(t, "ec2", "CreateLaunchTemplate", map[string]any{"LaunchTemplateName": "shop-web",
				"LaunchTemplateData": map[string]any{"ImageId": image("zero"), "InstanceType": "t3.micro"}})
			id := template["LaunchTemplate"].(map[string]any)["LaunchTemplateId"]
			in := func(name string) map[string]any {
				return map[string]any{"launch_template_id": id, "source_version": "1", "image_id": image(name), "tags": map[string]any{"release": name}}
			}
			return estate{old: in("one"), planned: in("two"), check: func(b *acctest.Bench, now ending) error {
				want := "3" // the source, the old one, the new one
				if now.created {
					want = "2"
				}
				found := w.Call(t, "ec2", "DescribeLaunchTemplates", map[string]any{"LaunchTemplateIds": []any{id}})
				last := fmt.Sprint(found["LaunchTemplates"].([]any)[0].(map[string]any)["LatestVersionNumber"])
				if last != want || b.Attribute("version") != want {
					return fmt.Errorf("the template has %s versions and the state says %s, want %s", last, b.Attribute("version"), want)
				}
				return nil
			}}
		}}
}

// functionVersion publishes a version of a function from an archive.
func functionVersion() subject {
	return subject{name: "function_version", kind: "awsdeploy_function_version",
		build: func(t *testing.T, w *acctest.World) estate {
			f, dir := w.NewFunction(t, "shop-builds", 0), t.TempDir()
			in := func(text string) map[string]any {
				return map[string]any{"function_name": f.Name, "filename": zipped(t, filepath.Join(dir, text+".zip"), text)}
			}
			return estate{old: in("one"), planned: in("two"), check: func(b *acctest.Bench, now ending) error {
				want := 2
				if now.created {
					want = 1
				}
				list := w.Call(t, "lambda", "ListVersionsByFunction", map[string]any{"FunctionName": f.Name})["Versions"].([]any)
				if len(list)-1 != want || b.Attribute("version") != fmt.Sprint(want) {
					return fmt.Errorf("the function has %d versions and the state says %s, want %d", len(list)-1, b.Attribute("version"), want)
				}
				if last := list[want].(map[string]any)["CodeSha256"]; last != b.Attribute("code_sha256") {
					return fmt.Errorf("version %d has the code %v, the state says %s", want, last, b.Attribute("code_sha256"))
				}
				return nil
			}}
		}}
}

// zipped is an archive of a function's code.
func zipped(t *testing.T, file, text string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	code, err := z.Create("bootstrap")
	if err == nil {
		_, err = code.Write([]byte("#!/bin/sh\n# " + text))
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = os.WriteFile(file, out.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}
