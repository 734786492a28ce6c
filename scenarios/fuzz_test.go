package scenarios

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzParse: whatever a scenario file holds, reading it ends, and with one line
// if it is wrong; and what was read is valid and can be read again.
func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		data, _ := Builtin(name)
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a]\n<<: *a"))
	f.Add([]byte("load: {rate: .inf, shape: {kind: steps, steps: [{}]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x.yaml", data)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, "x.yaml") || strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("not one line that names the file: %q", line)
			}
			return
		}
		if err := s.Set(); err != nil {
			t.Fatalf("what was read is not valid: %v", err)
		}
	})
}
