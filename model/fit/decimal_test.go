package fit

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
