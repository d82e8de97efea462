// Command permissions writes what the types need of IAM into the guide that is
// given: its lines <!-- permissions --> and <!-- placeholders --> are replaced.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/provider"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "permissions FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "permissions:", err)
		os.Exit(1)
	}
}

func write(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	guide, err := permission.Guide(provider.Permissions())
	if err != nil {
		return err
	}
	out := string(text)
	for mark, with := range map[string]string{"<!-- permissions -->\n": guide, "<!-- placeholders -->\n": permission.Legend()} {
		if strings.Count(out, mark) != 1 {
			return fmt.Errorf("%s has no line %s", file, strings.TrimSpace(mark))
		}
		out = strings.Replace(out, mark, with, 1)
	}
	return os.WriteFile(file, []byte(out), 0o644)
}
