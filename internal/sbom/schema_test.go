package sbom

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/xeipuuv/gojsonschema"
)

// published is CycloneDX's own schema, as its library's module has it.
var published = sync.OnceValues(func() (*gojsonschema.Schema, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		return nil, err
	}
	read := func(name string) (gojsonschema.JSONLoader, error) {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", name))
		return gojsonschema.NewBytesLoader(text), err
	}
	schemas := gojsonschema.NewSchemaLoader()
	for address, name := range map[string]string{"spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json"} {
		loader, err := read(name)
		if err == nil {
			err = schemas.AddSchema("http://cyclonedx.org/schema/"+address, loader)
		}
		if err != nil {
			return nil, err
		}
	}
	main, err := read("bom-1.6.schema.json")
	if err != nil {
		return nil, err
	}
	return schemas.Compile(main)
})

// conforms checks a document by the schema that CycloneDX publishes.
func conforms(t *testing.T, document []byte) {
	t.Helper()
	schema, err := published()
	if err != nil {
		t.Fatal(err)
	}
	result, err := schema.Validate(gojsonschema.NewBytesLoader(document))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range result.Errors() {
		t.Errorf("%s\n%s", wrong, document)
	}
}
