package recorded

import (
	"fmt"
	"os"
	"strings"

	"github.com/k9mil/velocitas/internal/output"
)

// Part is a generated part of a page. It lies between two lines.
type Part struct{ begin, end string }

// The parts of docs/research/accuracy.md, of the recorded runs and of the runs of
// velocitas live --validate, and those of docs/trust.md: runs of our stack, and of services of others.
var (
	Recorded = Part{"<!-- tables: go run ./experiment/recorded/report assess -->\n", "<!-- end of tables -->\n"}
	Live     = Part{"<!-- tables: go run ./experiment/recorded/report live -->\n", "<!-- end of the tables of live -->\n"}
	Foreign  = Part{"<!-- table: go run ./experiment/foreign/report -->\n", "<!-- end of the table of foreign services -->\n"}
	Ramp     = Part{"<!-- table: go run ./experiment/ramp/report -->\n", "<!-- end of the table of ramps -->\n"}
	Trust    = Part{"<!-- table: go run ./experiment/recorded/report live -->\n", "<!-- end of table -->\n"}
)

// Write puts the tables into their place on a page.
func (p Part) Write(path, tables string) error {
	before, _, after, err := p.split(path)
	if err != nil {
		return err
	}
	return output.Write(output.File{Path: path, Data: []byte(before + p.begin + tables + p.end + after)})
}

// Read is what stands in their place.
func (p Part) Read(path string) (string, error) {
	_, tables, _, err := p.split(path)
	return tables, err
}

func (p Part) split(path string) (before, tables, after string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", "", "", err
	}
	before, rest, found := strings.Cut(string(data), p.begin)
	tables, after, ended := strings.Cut(rest, p.end)
	if !found || !ended {
		return "", "", "", fmt.Errorf("%s: no line %q with a line %q after it", path, strings.TrimSpace(p.begin), strings.TrimSpace(p.end))
	}
	return before, tables, after, nil
}
