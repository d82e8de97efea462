package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// runners are the packages that may start programs: builds, container
// builders and an image's test for users, and what only tests and developers use.
var runners = []string{"pack", "builder", "emulator/runtime", "acctest", "realparts", "cmd/bench", "cmd/bench/releases", "cmd/demo", "cmd/licenses"}

// TestPrograms checks that programs are started from lists of arguments: few
// packages start any, none hands a text to a shell, and users' commands reach
// exec as they were given.
func TestPrograms(t *testing.T) {
	calls := 0
	for _, pkg := range packages(t) {
		files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n, faults := programs(t, file, string(source), slices.Contains(runners, pkg))
			calls += n
			for _, fault := range faults {
				t.Errorf("%s: %s", file, fault)
			}
		}
	}
	if calls < 5 {
		t.Errorf("%d programs are started, which cannot be all", calls)
	}
}

// programs counts the programs that a file starts, and says what is wrong with
// how.
func programs(t *testing.T, name, source string, may bool) (calls int, faults []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range file.Imports {
		if p, _ := strconv.Unquote(i.Path.Value); p == "os/exec" && !may {
			faults = append(faults, "it starts programs, which only a few packages do")
		}
	}
	shells := []string{"sh", "bash", "dash", "zsh", "ksh", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "env", "xargs", "eval"}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := f.X.(*ast.Ident)
		if !ok {
			return true
		}
		switch of.Name + "." + f.Sel.Name {
		case "os.StartProcess", "syscall.Exec", "syscall.ForkExec":
			faults = append(faults, of.Name+"."+f.Sel.Name+" starts a program past os/exec")
		case "exec.Command", "exec.CommandContext":
			calls++
			for _, a := range call.Args {
				if text, ok := a.(*ast.BasicLit); ok && text.Kind == token.STRING {
					if word, _ := strconv.Unquote(text.Value); slices.Contains(shells, path.Base(word)) || word == "-c" || word == "/c" {
						faults = append(faults, "a shell is started: "+text.Value)
					}
				}
				if _, ok := a.(*ast.BinaryExpr); ok && a == call.Args[len(call.Args)-1] && len(call.Args) < 3 {
					faults = append(faults, "a command line is put together: give its arguments one by one")
				}
			}
		}
		return true
	})
	return calls, faults
}

// TestProgramsFaults checks the check.
func TestProgramsFaults(t *testing.T) {
	const head = "package p\nimport \"os/exec\"\nvar x string\nfunc f() { "
	if n, faults := programs(t, "x.go", head+`exec.Command("go", "build", x); exec.CommandContext(nil, x, "-c2") }`, true); n != 2 || len(faults) > 0 {
		t.Errorf("%d calls, %v", n, faults)
	}
	for _, body := range []string{`exec.Command("sh", x)`, `exec.Command("/bin/bash", "-c", x)`, `exec.Command(x, "-c", x)`, `exec.Command("git " + x)`, `exec.CommandContext(nil, "cmd.exe", "/c", x)`} {
		if _, faults := programs(t, "x.go", head+body+" }", true); len(faults) == 0 {
			t.Errorf("%s passes", body)
		}
	}
	if _, faults := programs(t, "x.go", head+`exec.Command(x) }`, false); len(faults) == 0 {
		t.Error("any package may start programs")
	}
}
