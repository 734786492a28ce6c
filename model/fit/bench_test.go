package fit

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// BenchmarkFit fits and cross-validates every law on 32 sizes.
func BenchmarkFit(b *testing.B) {
	data, err := os.ReadFile("../../testdata/cases/cases.json")
	if err != nil {
		b.Fatal(err)
	}
	var cases map[string]struct{ Points [][]any }
	if err := json.Unmarshal(data, &cases); err != nil {
		b.Fatal(err)
	}
	var t tables.Table
	for i, p := range cases["cisco"].Points {
		t.Rows = append(t.Rows, tables.Row{Line: i + 1, N: p[0].(float64), X: p[1].(float64)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Fit(t, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
