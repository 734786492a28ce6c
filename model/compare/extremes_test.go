package compare

import (
	"bytes"
	"os"
	"testing"

	"github.com/k9mil/velocitas/internal/extremes"
	"github.com/k9mil/velocitas/model"
)

// goodCurve is a small curve file with all that a curve can have.
func goodCurve(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../testdata/reported/robustness/curve-fit-points_0_throughput_rps_value-1e308.json")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(data, []byte("1e308"), []byte("16.4909"), 1)
}

// comparable compares what is read with a good curve, and wants numbers.
func comparable(t testing.TB, what string, good *model.Curve, data []byte) {
	c, err := model.ParseCurve("c.json", data)
	if err != nil {
		return
	}
	a, b := Curve{"good.json", good}, Curve{"c.json", c}
	for _, curves := range [][]Curve{{a, b}, {b, a}, {b, b}} {
		r, err := Curves(curves, true)
		if err != nil {
			continue // as where no size is in common
		}
		if _, err := model.Encode(r); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		bounds, _ := ParseBounds("throughput=5%,p99=15%")
		r.Exceeded(bounds)
	}
}

// No curve that can be read makes a number that JSON cannot hold.
func TestExtremes(t *testing.T) {
	good, err := model.ParseCurve("good.json", goodCurve(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range extremes.JSON(t, goodCurve(t)) {
		comparable(t, c.Name, good, c.Data)
	}
}

func FuzzCurves(f *testing.F) {
	f.Add(goodCurve(f))
	good, err := model.ParseCurve("good.json", goodCurve(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) { comparable(t, "", good, data) })
}

// FuzzParseBounds: whatever --max-error holds, reading it ends; what was read is
// a fraction.
func FuzzParseBounds(f *testing.F) {
	for _, text := range []string{"throughput=5%,p99=15%", "p50=1e308%", "p95=,", "=", "p99=-0%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bounds, err := ParseBounds(text)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Fatalf("%d bytes of error", len(err.Error()))
			}
			return
		}
		for _, b := range bounds {
			if !(b.Most >= 0) || b.Most > 1e308 {
				t.Fatalf("%q: %v", text, b)
			}
		}
	})
}
