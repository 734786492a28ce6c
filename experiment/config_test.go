package experiment

import (
	"strings"
	"testing"

	"github.com/k9mil/velocitas/scenarios"
)

// Every built-in scenario can be run for real, or says in which key it cannot.
func TestBuiltinScenarios(t *testing.T) {
	refused := map[string]string{
		"fleet":           "instances",
		"retry-storm":     "instance.demand",
		"many-workers":    "instance.demand",
		"textbook":        "instance.demand",
		"broken-instance": "instance.demand",
	}
	for _, name := range scenarios.Names() {
		s, err := scenarios.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		err = Config{Scenario: s}.Check()
		key := refused[name]
		if s.Service != nil { // somebody's own, of which there is nothing to start
			key = "service"
		}
		switch {
		case key == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case key != "" && (err == nil || !strings.HasPrefix(err.Error(), key)):
			t.Errorf("%s: error %v, want one about %s", name, err, key)
		}
	}
}
