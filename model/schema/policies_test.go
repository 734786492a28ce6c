package schema_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// TestSchemaHasAllPolicies: the published schema takes just the policies that
// there are.
func TestSchemaHasAllPolicies(t *testing.T) {
	data, err := os.ReadFile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Properties struct {
			Balancer struct {
				Properties struct{ Policy struct{ Enum []string } }
			}
		}
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if got := s.Properties.Balancer.Properties.Policy.Enum; !slices.Equal(got, balancing.Names()) {
		t.Errorf("balancer.policy may be %v in the schema, want %v", got, balancing.Names())
	}
}
