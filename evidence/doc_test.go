package evidence

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// formatRows are the rows of the table of formats in docs/import.md.
func formatRows() string {
	var b strings.Builder
	for _, f := range Formats() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.Name, f.Unit, f.Clock, f.Corrected, f.Failures, strings.Join(f.Silent, "; "))
	}
	return b.String()
}

// The documentation has what the readers say of their formats.
func TestDocumentedFormats(t *testing.T) {
	data, err := os.ReadFile("../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	if rows := formatRows(); !strings.Contains(string(data), rows) {
		t.Errorf("docs/import.md wants these rows:\n%s", rows)
	}
}
