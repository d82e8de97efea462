// Package archtest keeps the import rules of DESIGN.md true.
package archtest

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/awsdeploy/terraform-provider-awsdeploy/"
	self   = module + "internal/"

	sdk       = "github.com/aws/aws-sdk-go-v2/"
	clients   = sdk + "service/"
	smithy    = "github.com/aws/smithy-go"
	terraform = "github.com/hashicorp/terraform-plugin-"
)

// rule says what a package may import beyond the standard library, by
// prefix; a prefix in never wins.
type rule struct{ may, never []string }

// rules has one entry for each package under internal. A target speaks to
// one AWS service and helps itself with reads of others where the design's
// table of types says so.
func rules() map[string]rule {
	target := func(own ...string) rule {
		may := []string{self + "rollout", self + "clock", self + "awsapi", self + "verify", sdk + "aws", smithy}
		for _, service := range own {
			may = append(may, clients+service)
		}
		return rule{may: may}
	}
	return map[string]rule{
		"clock":      {},
		"archive":    {may: []string{self + "source", "github.com/klauspost/compress/"}},
		"cache":      {},
		"source":     {may: []string{self + "cache", self + "clock", "github.com/bmatcuk/doublestar/v4"}},
		"pack":       {may: []string{self + "archive", self + "cache", self + "clock", self + "source", "github.com/bmatcuk/doublestar/v4"}},
		"sbom":       {may: []string{"github.com/CycloneDX/cyclonedx-go"}},
		"image":      {may: []string{self + "cache", self + "clock", self + "sbom", self + "source", "github.com/bmatcuk/doublestar/v4", "github.com/google/go-containerregistry/", "github.com/klauspost/"}},
		"dockerfile": {may: []string{self + "image", self + "source", "github.com/moby/buildkit/frontend/dockerfile/", "github.com/google/go-containerregistry/pkg/v1"}},
		"builder":    {may: []string{self + "pack", self + "source"}},
		"rollout":    {may: []string{self + "clock"}},
		"report":     {may: []string{self + "clock", self + "rollout"}},
		"watch":      {may: []string{self + "awsapi", self + "clock", self + "report", self + "rollout", self + "target/autoscaling"}},
		"stop":       {may: []string{terraform + "go/"}},
		"verify":     {may: []string{self + "clock", self + "rollout"}},
		"awsapi":     {may: []string{self + "clock", sdk, smithy, "github.com/hashicorp/aws-sdk-go-base/v2", "golang.org/x/net/http/httpproxy"}},

		"simulate":   {},
		"permission": {},

		"target/artifactstore":  {may: []string{self + "awsapi", sdk + "aws", clients + "s3", smithy}},
		"target/autoscaling":    target("autoscaling", "ec2", "elasticloadbalancingv2"),
		"target/cloudwatch":     target("cloudwatch"),
		"target/codedeploy":     target("codedeploy"),
		"target/ecr":            {may: []string{self + "awsapi", self + "clock", sdk + "aws", clients + "ecr", clients + "ecrpublic", "github.com/google/go-containerregistry/"}},
		"target/imageuse":       target("ec2", "ecs", "lambda"),
		"target/lambdaalias":    target("lambda", "cloudwatchlogs"),
		"target/lambdafunction": target("lambda", "s3"),
		"target/launchtemplate": target("ec2", "autoscaling"),

		"provider": {may: []string{self, terraform}, never: []string{self + "emulator", self + "acctest", self + "cmd"}},
		"emulator": {
			may:   []string{self + "clock", self + "emulator", "github.com/fxamacker/cbor/", "github.com/google/go-containerregistry/", "github.com/johannesboyne/gofakes3"},
			never: []string{sdk, terraform},
		},
		"emulator/runtime": {may: []string{self + "clock", self + "emulator", "github.com/google/go-containerregistry/"}},
		"acctest":          {may: []string{self, terraform, sdk}, never: []string{self + "cmd"}},
		"realparts":        {may: []string{self + "clock"}},
		"archtest":         {},
		"doctest":          {},
		"storytest":        {},
		"killtest":         {},
		"chaos":            {},
	}
}

// allows tells whether the rule lets a package import path.
func (r rule) allows(path string) bool {
	if !strings.Contains(strings.Split(path, "/")[0], ".") {
		return true // standard library
	}
	under := func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") ||
			strings.HasSuffix(prefix, "-") && strings.HasPrefix(path, prefix)
	}
	return slices.ContainsFunc(r.may, under) && !slices.ContainsFunc(r.never, under)
}

func TestImports(t *testing.T) {
	table := rules()
	for _, pkg := range packages(t) {
		r, ok := table[pkg]
		if strings.HasPrefix(pkg, "cmd/") {
			continue // commands wire everything together
		}
		if !ok {
			t.Errorf("internal/%s has no rule in the import table", pkg)
			continue
		}
		p, err := build.ImportDir(filepath.Join("..", pkg), 0)
		if _, none := err.(*build.NoGoError); none {
			continue // tests only
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range p.Imports {
			if !r.allows(path) {
				t.Errorf("internal/%s imports %s, which the layering forbids", pkg, path)
			}
		}
	}
}

// TestWallClock finds readers of the wall clock outside internal/clock.
func TestWallClock(t *testing.T) {
	for _, pkg := range packages(t) {
		if pkg == "clock" || pkg == "archtest" {
			continue
		}
		files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{"time.Now(", "time.After(", "time.Sleep(", "time.NewTimer(", "time.NewTicker(", "time.Tick(", "time.AfterFunc(", "time.Since(", "time.Until("} {
				if strings.Contains(string(source), call) {
					t.Errorf("%s calls %s): only internal/clock tells the time and waits", file, call)
				}
			}
		}
	}
}

// packages are the folders under internal that hold Go files.
func packages(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if entry.Name() == "testdata" {
			return filepath.SkipDir
		}
		if files, err := filepath.Glob(filepath.Join(path, "*.go")); err != nil || len(files) == 0 {
			return err
		}
		pkg, err := filepath.Rel("..", path)
		found = append(found, filepath.ToSlash(pkg))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
