package doctest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryErrorIsInTheGuide: people search for what they read in red.
func TestEveryErrorIsInTheGuide(t *testing.T) {
	guide := read(t, "templates/guides/when-a-release-fails.md.tmpl")
	found := summaries(t, filepath.Join(root, "internal", "provider"))
	if len(found) < 40 {
		t.Fatalf("%d summaries were found, which cannot be all", len(found))
	}
	for _, s := range found {
		if !strings.Contains(guide, "**"+s+"**") {
			t.Errorf("the guide When a release fails does not explain %q", s)
		}
	}
}

// summaries are the constant texts that a package gives to errors as their
// summary; what is filled in is written as an ellipsis.
func summaries(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			s := ""
			switch n := n.(type) {
			case *ast.CallExpr:
				s = summary(n)
			case *ast.FuncDecl:
				if n.Name.Name == "words" && n.Recv != nil { // how a release ended
					ast.Inspect(n, func(n ast.Node) bool {
						if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 2 {
							out = append(out, constant(r.Results[0]))
						}
						return true
					})
				}
			}
			if s != "" {
				out = append(out, s)
			}
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// summary is the text of a call that adds an error.
func summary(call *ast.CallExpr) string {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	at := map[string]int{"AddError": 0, "AddAttributeError": 1}
	i, ok := at[selector.Sel.Name]
	if !ok || len(call.Args) <= i {
		return ""
	}
	text := call.Args[i]
	if format, ok := text.(*ast.CallExpr); ok && len(format.Args) > 0 { // fmt.Sprintf
		text = format.Args[0]
	}
	return constant(text)
}

// constant is the text of a string that is written out; else it is empty.
func constant(text ast.Expr) string {
	literal, ok := text.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return strings.NewReplacer("%s", "…", "%q", "…", "%d", "…").Replace(s)
}
