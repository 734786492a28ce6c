package plots

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/recorder"
	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/model"
)

// box is where a text stands on paper.
type box struct {
	text                     string
	left, right, bottom, top float64
}

// texts draws a figure on a canvas that remembers, and returns where its texts
// stand, from the baseline up to the height of small letters.
func texts(f *figure) ([]box, plan) {
	var c recorder.Canvas
	pl := f.plan()
	var all []written
	f.draw(pen{c: &c, texts: &all}, pl)
	var boxes []box
	for _, a := range c.Actions {
		s, ok := a.(*recorder.FillString)
		if !ok {
			continue
		}
		t := typeface{size: float64(s.Size), bold: s.Font.Weight > 0}
		w := t.width(s.String)
		left := float64(s.Point.X) - w*[...]float64{fromLeft: 0, centred: 0.5, toRight: 1}[all[len(boxes)].align]
		boxes = append(boxes, box{s.String, left, left + w, float64(s.Point.Y), float64(s.Point.Y) + t.size*0.6})
	}
	return boxes, pl
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// legible fails when a text is cut off by the paper's edge or runs into
// another.
func legible(t failer, name string, f *figure) {
	t.Helper()
	boxes, pl := texts(f)
	for i, b := range boxes {
		if b.left < 2 || b.right > paperWidth-2 || b.bottom < 4 || b.top > pl.height-4 {
			t.Errorf("%s: %q is cut off: %+v on %v × %v", name, b.text, b, paperWidth, pl.height)
		}
		if b.text == "" {
			continue
		}
		for _, o := range boxes[:i] {
			if o.text != "" && b.left < o.right && o.left < b.right && b.bottom < o.top && o.bottom < b.top {
				t.Errorf("%s: %q and %q overlap: %+v %+v", name, b.text, o.text, b, o)
			}
		}
	}
}

// figures are all charts of a curve.
func figures(c *model.Curve) map[string]*figure {
	all := map[string]*figure{
		"scaling": scaling(c), "latency": latencies(c), "utilisation": utilisations(c),
		"distribution": distribution(c),
	}
	compared := Comparison{Name: c.Name, Curves: []*model.Curve{c, c, c}, Baseline: "before", Remarks: []string{"What differs: " + c.Name}}
	for _, ch := range compared.charts() {
		all["comparison, "+ch.suffix] = ch.figure
	}
	all["rows, throughput"], all["rows, latency"] = compared.throughputRows(), compared.latencyRows()
	if f := timeline(c); f != nil {
		all["timeline"] = f
	}
	return all
}

func TestLegible(t *testing.T) {
	long := strings.Repeat("a-very-long-scenario-name ", 20)
	for name, change := range map[string]func(*model.Curve){
		"as it is":    func(*model.Curve) {},
		"measured":    func(c *model.Curve) { c.Kind = model.Measured },
		"one point":   func(c *model.Curve) { c.Points = c.Points[:1] },
		"last point":  func(c *model.Curve) { c.Points = c.Points[len(c.Points)-1:] },
		"no name":     func(c *model.Curve) { c.Name, c.Version, c.Kind = "", "", "" },
		"empty point": func(c *model.Curve) { c.Points = []model.Point{{Instances: 3}} },
		"long names": func(c *model.Curve) {
			c.Name, c.Version = long, long
			c.Profile = &model.ProfileRef{Name: long, Digest: "sha256:0123456789abcdef"}
		},
		"great numbers": func(c *model.Curve) {
			for i := range c.Points {
				v := 3.9e9 * float64(i+1)
				c.Points[i].ThroughputRps = model.Estimate{Value: v, Lo: v, Hi: v}
				c.Points[i].Errors.Rate = model.Estimate{Value: 0.999999}
			}
		},
		"strange names": func(c *model.Curve) { c.Name = "a\nb\tc\x00 \u202e <&> 名" },
	} {
		for _, file := range []string{"knee", "fleet", "instance-dies"} {
			c := load(t, file)
			change(c)
			for chart, f := range figures(c) {
				legible(t, file+", "+name+", "+chart, f)
			}
		}
	}
	legible(t, "fit", fit(law()))
}

// TestLegibleAlways: whatever numbers a curve holds, its charts draw, and
// their texts stand clear of each other.
func TestLegibleAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCurve().Draw(t, "curve")
		for chart, f := range figures(c) {
			legible(t, chart, f)
		}
	})
}

// The legend explains intervals where some point has one, and only there.
func TestLegendOfIntervals(t *testing.T) {
	for _, some := range []bool{true, false} {
		in := law()
		in.Band = nil
		for i := range in.Points {
			if p := &in.Points[i]; !some || i > 0 {
				p.Lo, p.Hi = p.Y, p.Y
			}
		}
		boxes, _ := texts(fit(in))
		if got := slices.ContainsFunc(boxes, func(b box) bool { return b.text == "95 % interval" }); got != some {
			t.Errorf("an interval at a point: %v, in the legend: %v", some, got)
		}
	}
}

func anyCurve() *rapid.Generator[*model.Curve] {
	return rapid.Custom(func(t *rapid.T) *model.Curve {
		c := &model.Curve{
			Name: rapid.String().Draw(t, "name"), Version: "0.1.0", Seed: rapid.Uint64().Draw(t, "seed"),
			Kind:     rapid.SampledFrom([]model.Kind{model.Predicted, model.Measured, model.Imported}).Draw(t, "kind"),
			Scenario: json.RawMessage(`{"events":[{"at":"1s","do":"stop","instance":1},{"at":"1100ms","do":"slow","factor":2,"instance":2,"for":"3s"},{"at":"1200ms","do":"pause","instance":3},{"at":"1300ms","do":"restart","instance":4}]}`),
		}
		for range rapid.IntRange(1, 12).Draw(t, "points") {
			c.Points = append(c.Points, anyPoint(t))
		}
		return c
	})
}

func anyPoint(t *rapid.T) model.Point {
	number := rapid.OneOf(
		rapid.SampledFrom([]float64{0, 1, 100, -1, 1e-12, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)}),
		rapid.Float64Range(0, 1000), rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e7), rapid.Float64(),
	)
	estimate := func(label string) model.Estimate {
		return model.Estimate{Value: number.Draw(t, label), Lo: number.Draw(t, label), Hi: number.Draw(t, label)}
	}
	p := model.Point{
		Instances:     rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, 1000), rapid.Just(1_000_000)).Draw(t, "instances"),
		ThroughputRps: estimate("throughput"),
		LatencyMs:     model.Latency{P50: estimate("p50"), P95: estimate("p95"), P99: estimate("p99")},
		Utilisation:   model.Utilisation{Instances: estimate("u"), Balancer: estimate("u"), Host: estimate("u")},
		Limit:         rapid.SampledFrom([]model.Limit{"", model.LimitCPULimit, model.LimitHost, model.LimitConnections}).Draw(t, "limit"),
		Verdict:       rapid.SampledFrom([]model.Verdict{model.Stable, model.Saturated}).Draw(t, "verdict"),
	}
	for range rapid.IntRange(0, 4).Draw(t, "quantiles") {
		p.Distribution = append(p.Distribution, model.Quantile{Q: number.Draw(t, "q"), LatencyMs: number.Draw(t, "latency")})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "moments") {
		p.Timeline = append(p.Timeline, model.Moment{
			TimeS: float64(i), OfferedRps: number.Draw(t, "offered"), ThroughputRps: number.Draw(t, "rate"),
			P50Ms: number.Draw(t, "p50"), P99Ms: number.Draw(t, "p99"), ErrorsRps: number.Draw(t, "errors"),
		})
	}
	return p
}
