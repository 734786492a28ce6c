package plots

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/internal/extremes"
	"github.com/k9mil/velocitas/model"
)

func smallCurve(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../model/testdata/reported/robustness/curve-fit-points_0_throughput_rps_value-1e308.json")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(data, []byte("1e308"), []byte("16.4909"), 1)
}

// drawable draws all charts of a curve that can be read, without the pixels,
// which cost the most and have nothing to stumble over, and wants places.
func drawable(t testing.TB, what string, data []byte) {
	c, err := model.ParseCurve("c.json", data)
	if err != nil {
		return
	}
	started := time.Now()
	figures := []*figure{scaling(c), latencies(c), utilisations(c), distribution(c)}
	compared := Comparison{Name: c.Name, Curves: []*model.Curve{c, c}, Baseline: "before"}
	for _, ch := range compared.charts() {
		figures = append(figures, ch.figure)
	}
	figures = append(figures, compared.throughputRows(), compared.latencyRows())
	if f := timeline(c); f != nil {
		figures = append(figures, f)
	}
	for _, f := range figures {
		svg, err := f.svg()
		if err != nil || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Errorf("%s: %s: a coordinate that is no number, %v", what, f.title, err)
		}
	}
	if took := time.Since(started); took > 5*time.Minute {
		t.Errorf("%s: drawn in %v", what, took)
	}
}

// Whatever a curve that can be read holds, it can be drawn, soon. The full run
// takes each number in turn, the quick one all of a name at once.
func TestExtremes(t *testing.T) {
	for _, c := range extremes.JSON(t, smallCurve(t)) {
		if strings.HasPrefix(c.Name, "every ") || os.Getenv("VELOCITAS_TEST_FULL") != "" {
			drawable(t, c.Name, c.Data)
		}
	}
}

// Long lists, long names and wide ranges of sizes take no longer than they
// should.
func TestLargeCurves(t *testing.T) {
	for what, change := range map[string]func(*model.Curve){
		"sizes":  func(c *model.Curve) { c.Points[0].Instances, c.Points[1].Instances = 100_000, 1_000_000 },
		"a name": func(c *model.Curve) { c.Name = strings.Repeat("x", 10_000) },
		"points": func(c *model.Curve) {
			p := c.Points[0]
			p.Timeline, p.Distribution = nil, nil
			c.Points = nil
			for i := range 10_000 {
				p.Instances = 1 + i
				c.Points = append(c.Points, p)
			}
		},
		"moments": func(c *model.Curve) {
			m := c.Points[1].Timeline[0]
			for i := range 20_000 {
				m.TimeS = float64(i)
				c.Points[1].Timeline = append(c.Points[1].Timeline, m)
			}
		},
		"events": func(c *model.Curve) {
			event := `{"at": "1s", "do": "` + strings.Repeat("y", 1000) + `"}`
			c.Scenario = []byte(`{"events": [` + strings.Repeat(event+",", 10_000) + event + `]}`)
		},
	} {
		c, err := model.ParseCurve("good.json", smallCurve(t))
		if err != nil {
			t.Fatal(err)
		}
		change(c)
		data, err := model.Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		drawable(t, what, data)
		t.Logf("%s: %v", what, time.Since(started))
	}
}

// A fit of any points has few ticks, soon.
func TestFitExtremes(t *testing.T) {
	number := rapid.OneOf(rapid.Float64Range(0, 100), rapid.SampledFrom([]float64{0, 1e-300, 1e6, 1e12, 1e15, 1e308, math.MaxFloat64, -1e308, math.Inf(1), math.NaN()}))
	rapid.Check(t, func(t *rapid.T) {
		mark := rapid.Custom(func(t *rapid.T) Mark {
			y := number.Draw(t, "y")
			return Mark{X: number.Draw(t, "x"), Y: y, Lo: y, Hi: number.Draw(t, "hi")}
		})
		in := FitData{Points: rapid.SliceOfN(mark, 1, 4).Draw(t, "points"), PeakX: number.Draw(t, "peak"), PeakText: "peak",
			Curves: []FitCurve{{Name: "law", Points: rapid.SliceOfN(mark, 2, 4).Draw(t, "law"), Residuals: rapid.SliceOfN(mark, 0, 2).Draw(t, "left")}}}
		svg, err := fit(in).svg()
		if err != nil || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) || bytes.Count(svg, []byte("<text")) > 200 {
			t.Fatalf("%v, %d texts, or a coordinate that is no number", err, bytes.Count(svg, []byte("<text")))
		}
	})
}

func FuzzCurve(f *testing.F) {
	f.Add(smallCurve(f))
	f.Fuzz(func(t *testing.T, data []byte) { drawable(t, "", data) })
}
