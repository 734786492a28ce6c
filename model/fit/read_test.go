package fit

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model/fit/tables"
)

func read(t *testing.T, text string) tables.Table {
	t.Helper()
	tab, err := tables.Read(strings.NewReader(text), "f.csv")
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return tab
}

func TestFitErrors(t *testing.T) {
	good := tables.At("f.csv", []float64{1, 2}, []float64{10, 19})
	for _, c := range []struct {
		table tables.Table
		o     Options
		want  string
	}{
		{tables.At("f.csv", []float64{2, 2}, []float64{1, 2}), Options{}, "f.csv: 1 different N; a scaling law needs at least 2"},
		{good, Options{Noise: "pink"}, `noise "pink" is unknown; want constant or proportional`},
		{good, Options{Predict: []float64{-1}}, "cannot predict for -1"},
		{good, Options{Clients: math.Inf(1)}, "must not be negative"},
	} {
		if _, err := Fit(c.table, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	r := fitted(t, good, Options{})
	if l, ok := r.Law(USL); !ok || l.value("kappa") != 0 || math.Abs(l.Throughput(2)-19) > 1e-9 {
		t.Errorf("USL on two sizes: %+v", l)
	}
	if _, ok := r.Law(USLFree); ok || !has(r.Warnings, "kappa is held at 0") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"1,2\n2,3\n4,5", "n;x;r_ms\n1;2;3", "rps p50_ms\n3 4\n5 6", "name,clients,think,x,r\na,1,0,2,3", "# c\n\ufeff1\t2", "n,x\n1,1e-13"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tab, err := tables.Read(strings.NewReader(text), "f")
		if err != nil {
			if !reflect.DeepEqual(tab, tables.Table{}) || strings.Contains(strings.TrimSpace(err.Error()), "\n") {
				t.Fatalf("error %q with table %v", err, tab)
			}
			return
		}
		for _, r := range tab.Rows {
			for _, v := range []float64{r.N, r.X} {
				if !(v > 0) || math.IsInf(v, 0) {
					t.Fatalf("row %+v", r)
				}
			}
		}
		if len(tab.Rows) < 30 {
			Recognise(tab, Options{})
			if _, err := Fit(tab, Options{}); err != nil && strings.Contains(err.Error(), "\n") {
				t.Fatal(err)
			}
		}
	})
}
