package accuracy

import (
	"fmt"
	"os"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// The generated part of a page lies between these lines.
const (
	tablesBegin = "<!-- tables: go run ./accuracy/report assess -->\n"
	tablesEnd   = "<!-- end of tables -->\n"
)

// WriteTables puts the tables into their place on a page.
func WriteTables(path string, s *Stated) error {
	before, _, after, err := splitPage(path)
	if err != nil {
		return err
	}
	return model.WriteFile(path, []byte(before+tablesBegin+s.Tables()+tablesEnd+after))
}

// ReadTables is what stands in their place.
func ReadTables(path string) (string, error) {
	_, tables, _, err := splitPage(path)
	return tables, err
}

func splitPage(path string) (before, tables, after string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", "", "", err
	}
	before, rest, found := strings.Cut(string(data), tablesBegin)
	tables, after, ended := strings.Cut(rest, tablesEnd)
	if !found || !ended {
		return "", "", "", fmt.Errorf("%s: no line %q with a line %q after it", path, strings.TrimSpace(tablesBegin), strings.TrimSpace(tablesEnd))
	}
	return before, tables, after, nil
}
