package doctest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestEveryBlockIsValid: all blocks are modules of one configuration, which
// the CLI validates at once.
func TestEveryBlockIsValid(t *testing.T) {
	cli := acctest.CLI(t)
	all := blocks(t)
	if len(all) < 20 {
		t.Fatalf("%d blocks were found, which cannot be all", len(all))
	}
	dir, shapes := t.TempDir(), newShapes()
	var calls strings.Builder
	for i, b := range all {
		module := fmt.Sprintf("block%03d", i)
		fmt.Fprintf(&calls, "module %q {\n  source = \"./%s\"\n", module, module)
		for _, variable := range writeModule(t, filepath.Join(dir, module), b, shapes) {
			fmt.Fprintf(&calls, "  %s = null\n", variable)
		}
		calls.WriteString("}\n")
	}
	write(t, filepath.Join(dir, "main.tf"), calls.String())
	settings := installers(t, dir, shapes)
	for _, arguments := range [][]string{{"init", "-backend=false", "-input=false"}, {"validate"}} {
		cmd := exec.Command(cli, append(arguments, "-no-color")...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1")
		out, err := cmd.CombinedOutput()
		if err != nil || arguments[0] == "validate" && strings.Contains(string(out), "Warning") {
			t.Fatalf("%s: %v\n%s", arguments[0], err, named(string(out), all))
		}
	}
	t.Logf("%d blocks are valid", len(all))
}

// named puts the places of blocks into what the CLI says.
func named(out string, all []block) string {
	return regexp.MustCompile(`block(\d{3})`).ReplaceAllStringFunc(out, func(module string) string {
		var i int
		if _, err := fmt.Sscanf(module, "block%03d", &i); err != nil || i >= len(all) {
			return module
		}
		return all[i].name
	})
}

var emptyProvider = regexp.MustCompile(`(?m)^provider "\w+" \{\}$`)

// writeModule writes a block as a module, with what a fragment takes for
// granted: variables, and resources of hashicorp/aws. It returns the variables
// that the block's user must set.
func writeModule(t *testing.T, dir string, b block, shapes *shapes) (variables []string) {
	t.Helper()
	var bodies []*hclsyntax.Body
	for name, text := range b.files {
		if formatted := string(hclwrite.Format([]byte(text))); formatted != text {
			t.Errorf("%s is not formatted as terraform fmt does:\n%s", b.name, text)
		}
		parsed, diags := hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Errorf("%s: %v", b.name, diags)
			continue
		}
		body := parsed.Body.(*hclsyntax.Body)
		bodies = append(bodies, body)
		shapes.learn(body)
		for _, v := range body.Blocks {
			if v.Type == "variable" && v.Body.Attributes["default"] == nil {
				variables = append(variables, v.Labels[0])
			}
		}
		// An empty provider block says nothing, and a module may not have one.
		write(t, filepath.Join(dir, name), emptyProvider.ReplaceAllString(text, ""))
	}
	if rest := missing(bodies, b.whole); rest != "" {
		write(t, filepath.Join(dir, "doctest.tf"), rest)
	}
	return variables
}

// missing declares what bodies refer to and do not declare.
func missing(bodies []*hclsyntax.Body, whole bool) string {
	declared, needed := map[string]bool{}, []string{}
	for _, body := range bodies {
		for _, b := range body.Blocks {
			switch b.Type {
			case "resource":
				declared[strings.Join(b.Labels, ".")] = true
			case "data":
				declared["data."+strings.Join(b.Labels, ".")] = true
			case "variable":
				declared["var."+b.Labels[0]] = true
			case "terraform":
				for _, inner := range b.Body.Blocks {
					declared[inner.Type] = true
				}
			}
		}
		needed = append(needed, references(body)...)
	}
	slices.Sort(needed)
	var out strings.Builder
	if !declared["required_providers"] {
		out.WriteString("terraform {\n  required_providers {\n    awsdeploy = { source = \"awsdeploy/awsdeploy\" }\n  }\n}\n")
	}
	for _, r := range needed {
		parts := strings.Split(r, ".")
		key := strings.Join(parts[:min(2, len(parts))], ".")
		text := ""
		switch {
		case whole: // an example declares what it uses
		case parts[0] == "var" && len(parts) > 1:
			text = fmt.Sprintf("variable %q {\n  default = null\n}\n", parts[1])
		case strings.HasPrefix(parts[0], "aws_") && len(parts) > 1:
			text = fmt.Sprintf("resource %q %q {}\n", parts[0], parts[1])
		case parts[0] == "data" && len(parts) > 2 && strings.HasPrefix(parts[1], "aws_"):
			key = strings.Join(parts[:3], ".")
			text = fmt.Sprintf("data %q %q {}\n", parts[1], parts[2])
		}
		if text != "" && !declared[key] {
			declared[key] = true
			out.WriteString(text)
		}
	}
	return out.String()
}

// installers lets the CLI find the provider as it is built, and the stand-in.
func installers(t *testing.T, dir string, shapes *shapes) (settings string) {
	t.Helper()
	mirror, target := filepath.Join(dir, "mirror"), runtime.GOOS+"_"+runtime.GOARCH
	text, err := json.Marshal(shapes)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(acctest.Build(t), "terraform-provider-awsdeploy")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		ours := filepath.Join(mirror, host, "awsdeploy", "awsdeploy", "0.0.1", target)
		theirs := filepath.Join(mirror, host, "hashicorp", "aws", "6.0.0", target)
		write(t, filepath.Join(theirs, "shapes.json"), string(text))
		link(t, self, filepath.Join(theirs, standInName))
		link(t, built, filepath.Join(ours, "terraform-provider-awsdeploy_v0.0.1"))
	}
	settings = filepath.Join(dir, "cli.tfrc")
	write(t, settings, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror))
	return settings
}

func link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
