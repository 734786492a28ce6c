package plots

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/k9mil/velocitas/model"
)

// timeline is what happens over time with the largest size that has a
// timeline; nil where no size has one.
func timeline(c *model.Curve) *figure {
	var point *model.Point
	points := pointsOf(c)
	for i := range points {
		if len(points[i].Timeline) > 0 {
			point = &points[i]
		}
	}
	if point == nil {
		return nil
	}
	x := timeAxis(point.Timeline)
	rates := momentSeries(point.Timeline, []momentLine{
		{"offered", look{colour: rule, dash: []float64{5, 4}}, 1.6, func(m model.Moment) float64 { return m.OfferedRps }},
		{"throughput", look{colour: palette[2]}, 2, func(m model.Moment) float64 { return m.ThroughputRps }},
	})
	times := momentSeries(point.Timeline, []momentLine{
		{"p99", look{colour: palette[1]}, 2, func(m model.Moment) float64 { return m.P99Ms }},
		{"p50", look{colour: palette[0], dash: dashPatterns[1]}, 2, func(m model.Moment) float64 { return m.P50Ms }},
	})
	errors := momentSeries(point.Timeline, []momentLine{
		{"errors", look{colour: ink}, 2, func(m model.Moment) float64 { return m.ErrorsRps }},
	})
	f := &figure{title: "What happens over time with " + instances(point.Instances), subtitle: subtitle(c)}
	f.panels = []panel{
		{y: linearAxis("Requests/s", 0, extentOf(rates, linear).hi, number), series: rates, height: 150},
		{y: latencyAxis("Latency (log scale)", times, 150), series: times, height: 150, empty: noAnswers},
	}
	if extentOf(errors, linear).hi > 0 {
		f.panels = append(f.panels, panel{
			y: linearAxis("Errors/s", 0, extentOf(errors, linear).hi, number), series: errors, height: 80,
		})
	} else {
		f.remarks = append(f.remarks, "No errors at any time.")
	}
	f.share(x, events(c.Scenario))
	return f
}

// share gives all panels the time axis, and marks events in them.
func (f *figure) share(x axis, all []event) {
	for i := range f.panels {
		f.panels[i].x = x
		for _, e := range all {
			if e.atS < x.lo || e.atS > x.hi {
				continue
			}
			if e.forS > 0 {
				f.panels[i].spans = append(f.panels[i].spans, span{e.atS, min(e.atS+e.forS, x.hi)})
			}
			n := note{x: e.atS, line: true}
			if i == 0 {
				n.text = e.text
			}
			f.panels[i].notes = append(f.panels[i].notes, n)
		}
	}
}

type momentLine struct {
	name  string
	look  look
	width float64
	of    func(model.Moment) float64
}

func momentSeries(moments []model.Moment, lines []momentLine) []series {
	var all []series
	for _, l := range lines {
		s := series{name: l.name, look: l.look, width: l.width}
		for _, m := range moments {
			s.points = append(s.points, Mark{X: m.TimeS, Y: l.of(m)})
		}
		all = append(all, s)
	}
	return all
}

func timeAxis(moments []model.Moment) axis {
	var e extent
	for _, m := range moments {
		e.add(m.TimeS, linear)
	}
	if n := len(moments); n > 1 {
		e.hi += moments[n-1].TimeS - moments[n-2].TimeS // a moment is a stretch
	}
	if !(e.hi > e.lo) {
		e.hi = e.lo + 1
	}
	a := linearAxis("Time since the start of load (s)", e.lo, e.hi, number)
	a.lo, a.hi = e.lo, e.hi
	var inside []tick
	for _, t := range a.ticks {
		if t.value >= a.lo && t.value <= a.hi {
			inside = append(inside, t)
		}
	}
	a.ticks = inside
	return a
}

// event is something that the scenario lets happen.
type event struct {
	atS, forS float64
	text      string
}

// eventsMost is how many events are marked: more than a chart has room for.
const eventsMost = 1000

// events reads what a chart needs of a resolved scenario's events. A scenario
// that can't be read has none: the chart is of the curve.
func events(scenario json.RawMessage) []event {
	var s struct {
		Events []struct {
			At       json.RawMessage `json:"at"`
			For      json.RawMessage `json:"for"`
			Do       string          `json:"do"`
			Instance int             `json:"instance"`
			Factor   float64         `json:"factor"`
		} `json:"events"`
	}
	if json.Unmarshal(scenario, &s) != nil {
		return nil
	}
	var all []event
	for _, e := range s.Events[:min(len(s.Events), eventsMost)] {
		at, ok := seconds(e.At)
		if !ok {
			continue
		}
		length, _ := seconds(e.For)
		text := fmt.Sprintf("%s s: %s instance %d", short(at), clip(plain(e.Do), 48), e.Instance)
		if e.Factor > 0 {
			text += " ×" + short(e.Factor)
		}
		all = append(all, event{at, length, text})
	}
	return all
}

// seconds reads a duration as "1.5s" or as nanoseconds.
func seconds(raw json.RawMessage) (float64, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		d, err := time.ParseDuration(text)
		return d.Seconds(), err == nil
	}
	var ns int64
	if json.Unmarshal(raw, &ns) == nil {
		return time.Duration(ns).Seconds(), true
	}
	return 0, false
}
