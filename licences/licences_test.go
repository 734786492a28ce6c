package licences

import (
	"os/exec"
	"strings"
	"testing"
)

// Every module that the executable is linked with is there, in its version,
// with the text of a licence.
func TestAllModules(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "..")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, part := range strings.Split(Text, strings.Repeat("=", 80)+"\n") {
		name, text, _ := strings.Cut(part, "\n")
		texts[name] = text
	}
	seen := 0
	for _, module := range append(strings.Split(string(out), "\n"), "velocitas", "Go's standard library") {
		if module == "" {
			continue
		}
		seen++
		if text := texts[module]; len(text) < 500 || !strings.Contains(strings.ToLower(text), "copyright") {
			t.Errorf("no licence of %s: go generate ./licences", module)
		}
	}
	if seen < 20 {
		t.Errorf("only %d modules", seen)
	}
}
