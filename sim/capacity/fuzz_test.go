package capacity

import (
	"strings"
	"testing"
	"unicode"

	"github.com/k9mil/velocitas/scenarios"
)

// FuzzVariants: whatever is asked by --what-if, each variant is a valid scenario,
// or the error is one line. Files are not opened: no file has such a name.
func FuzzVariants(f *testing.F) {
	for _, seed := range []string{"workers=1,2,4", "next_upstream=[error,timeout],[off]", "profile=no-such", "load.trace=no-such.txt", "=", "a=", "keys=1e9", "demand={distribution: exponential, mean: 1ms}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, setting string) {
		s, err := scenarios.Parse("x.yaml", []byte("load: {rate: 10}"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(setting, "/") || strings.Contains(setting, "\\") {
			t.Skip("might name a file of this machine")
		}
		all, err := Variants(t.Context(), s, []string{setting})
		if err != nil {
			if line := err.Error(); strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("not one line: %q", line)
			}
			return
		}
		for _, v := range all {
			if err := v.Scenario.Validate(); err != nil {
				t.Fatalf("%q: %v", v.Name, err)
			}
		}
	})
}
