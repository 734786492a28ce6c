package fit

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model/fit/tables"
)

var update = flag.Bool("update", false, "write testdata/report.txt anew; read it before committing")

// The whole report as people see it. Read the difference before you record
// testdata/report.txt anew.
func TestWriteText(t *testing.T) {
	tab := read(t, "instances,rps,mean_ms\n1,98,10.1\n1,102,9.9\n2,190,10.4\n2,196,10.3\n4,360,11\n4,350,11.2\n8,600,13\n8,620,12.8\n")
	tab.Name = "measured.csv"
	r := fitted(t, tab, Options{Predict: []float64{12, 20}, Reach: []float64{500, 5000}})
	var got strings.Builder
	if err := r.WriteText(&got, 80); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/report.txt", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/report.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the report is now:\n%s", got.String())
	}
}

// Two sizes say by how much throughput grows, and nothing of what holds it back
// or of which law is right, however often they were measured.
func TestTwoSizes(t *testing.T) {
	for _, tab := range []tables.Table{
		recordedTable(t, "litellm"),
		tables.At("repeated", []float64{1, 1, 1, 8, 8, 8}, []float64{99, 100, 101, 300, 302, 305}),
	} {
		r := fitted(t, tab, Options{})
		said := append(r.Answer, r.Reading...)
		for _, wrong := range []string{"holds it back.", "best", "contention", "One alone"} {
			if has(said, wrong) {
				t.Errorf("%s: says %q: %q", tab.Name, wrong, said)
			}
		}
		if !has(said, "Two sizes cannot tell the laws apart") {
			t.Errorf("%s: %q", tab.Name, said)
		}
	}
	if r := fitted(t, recordedTable(t, "litellm"), Options{}); !has(r.Answer, "From N = 2 to N = 4, 2 times as many, throughput is 1.13 times as much.") {
		t.Errorf("%q", r.Answer)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteTextFails(t *testing.T) {
	r := fitted(t, tables.At("f", []float64{1, 2}, []float64{10, 19}), Options{})
	if err := r.WriteText(full{}, 80); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a full disk: %v", err)
	}
}
