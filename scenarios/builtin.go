package scenarios

import (
	"embed"
	"strings"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// Names are the built-in scenarios' names in alphabetical order, but for
// "first", which comes first.
func Names() []string {
	entries, err := builtin.ReadDir("builtin")
	if err != nil {
		panic(err) // embedded when this was built
	}
	names := []string{"first"}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".yaml"); name != "first" {
			names = append(names, name)
		}
	}
	return names
}

// Builtin is the YAML of a built-in scenario, comments included.
func Builtin(name string) ([]byte, bool) {
	data, err := builtin.ReadFile("builtin/" + name + ".yaml")
	return data, err == nil
}
