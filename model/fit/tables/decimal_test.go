package tables

import (
	"strings"
	"testing"
)

// Decimals after a comma are refused in words that say how they are written.
func TestDecimalCommas(t *testing.T) {
	for _, cell := range []string{"1.234,5", "100,5", "1 234,5", "0,75", "12.345.678,9"} {
		_, err := ReadAs(strings.NewReader("n;x\n1;"+cell+"\n2;"+cell+"\n"), "f.csv", "")
		if err == nil || !strings.Contains(err.Error(), "f.csv:2: x is") || !strings.Contains(err.Error(), "write decimals with a point") {
			t.Errorf("%s: %v", cell, err)
		}
	}
}

// Cells that can be read in two ways, a thousand times apart, are told by the
// column's others, or asked for.
func TestThousandsOrDecimals(t *testing.T) {
	for _, c := range []struct {
		why, table string
		x          float64 // of the first row; 0 where it is asked for
	}{
		{"nothing tells", "n;x\n1;1,234\n2;2,412\n", 0},
		{"a unit tells nothing", "n;x\n1;1,234 req/s\n2;2,412 req/s\n", 0},
		{"two groups are of thousands", "n;x\n1;1,234\n900;1,110,600\n", 1234},
		{"decimals follow a point", "n;x\n1;1,234\n2;2,412.5\n", 1234},
		{"a smaller number has no comma", "n;x\n1;634\n2;1,234\n", 634},
		{"decimals after a comma are those of all", "n;x\n1;1,234\n2;2,41\n", 0},
		{"a larger number is not grouped", "n;x\n1;1,234\n2;2412\n", 0},
		{"a larger number is not grouped, between tabs", "n\tx\n1\t1,234\n2\t2412\n", 0},
		{"a larger number is not grouped, in quotes", "n,x\n1,\"1,234\"\n2,2412\n", 1234},
		{"commas separate cells, and so group within quotes", "n,x\n1,\"1,234\"\n2,\"2,412\"\n", 1234},
		{"tabs", "n\tx\n1\t1,234\n2\t2,412\n", 1234},
		{"points may group, too", "n;x\n1;634\n2;1.234\n", 0},
		{"decimals follow points", "n;x\n1;634.5\n2;1.234\n", 634.5},
		{"decimals follow points in each cell", "n;x\n1;1.234\n2;2.412\n", 1.234},
		{"commas separate cells", "n,x\n1,634\n2,1.234\n", 634},
		{"other columns do not matter", "n;x;r (ms)\n1;634;12.125\n2;1234;13.250\n", 634},
	} {
		table, err := ReadAs(strings.NewReader(c.table), "f.csv", "")
		switch {
		case c.x == 0 && (err == nil || !strings.Contains(err.Error(), "f.csv:") || !strings.Contains(err.Error(), "decimals with a point")):
			t.Errorf("%s: %v", c.why, err)
		case c.x > 0 && (err != nil || table.Rows[0].X != c.x):
			t.Errorf("%s: %+v, %v", c.why, table, err)
		}
	}
}
