package plots

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/model"
)

// timeline is what happens over time with the size that shows most of it; nil
// where no size has a timeline.
func timeline(c *model.Curve) *figure {
	point := c.Story()
	if point == nil {
		return nil
	}
	all := point.Timeline
	rates := []series{
		momentSeries(all, momentLine{"offered", look{colour: rule, dash: []float64{5, 4}}, 1.6, offeredRps}),
		momentSeries(all, momentLine{"throughput", look{colour: palette[2]}, 2, throughputRps}),
	}
	times := []series{
		momentSeries(all, momentLine{"p99", look{colour: palette[1]}, 2, p99Ms}),
		momentSeries(all, momentLine{"p50", look{colour: palette[0], dash: dashPatterns[1]}, 2, p50Ms}),
	}
	errors := []series{momentSeries(all, momentLine{"errors", look{colour: ink}, 2, errorsRps})}
	f := &figure{title: point.TimelineFinding(), subtitle: subtitle(c)}
	f.over(all, rates, times, errors, ofAnswered(&model.Curve{Points: []model.Point{*point}}), events(c.Scenario))
	if others := otherSizes(c, point); others != "" {
		f.remarks = append(f.remarks, others)
	}
	return f
}

// over lays rates, latencies and, where there are any, errors below each other
// over the time of some moments.
func (f *figure) over(moments []model.Moment, rates, times, errors []series, answered string, all []event) {
	f.panels = []panel{
		{y: linearAxis("Requests/s", 0, extentOf(rates, linear).hi, number), series: rates, height: 150},
		{y: latencyAxis("Latency"+answered+" (log scale)", times, 150), series: times, height: 150, empty: noAnswers},
	}
	if extentOf(withoutIntervals(errors), linear).hi > 0 {
		f.panels = append(f.panels, panel{
			y: linearAxis("Errors/s", 0, extentOf(errors, linear).hi, number), series: errors, height: 80,
		})
	} else {
		f.remarks = append(f.remarks, "No errors at any time.")
	}
	x := timeAxis(moments)
	f.share(x, all)
}

// otherSizes says which size this is among those that have a timeline.
func otherSizes(c *model.Curve, shown *model.Point) string {
	var all []string
	for _, p := range pointsOf(c) {
		if len(p.Timeline) > 0 && p.Instances != shown.Instances {
			all = append(all, number(float64(p.Instances), 0))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "Shown is the size that is thrown off most; the curve holds timelines with " + list(all) + " instances, too."
}

// share gives all panels the time axis, and marks events in them. Where labels
// find no room above the first panel, numbers stand there, and what they mean
// below.
func (f *figure) share(x axis, all []event) {
	for i := range f.panels {
		f.panels[i].x = x
	}
	var shown []event
	for _, e := range all {
		if e.atS >= x.lo && e.atS <= x.hi {
			shown = append(shown, e)
		}
	}
	sort.SliceStable(shown, func(i, k int) bool { return shown[i].atS < shown[k].atS })
	text := func(i int) string { return shown[i].text }
	f.mark(x, shown, text)
	if _, lost := placeNotes(f.panels[0], f.left(), frameRight); lost == 0 {
		return
	}
	f.mark(x, shown, func(i int) string { return strconv.Itoa(i + 1) })
	var key []string
	for i := range shown {
		if i == keyMost {
			key = append(key, fmt.Sprintf("and %d more", len(shown)-i))
			break
		}
		key = append(key, fmt.Sprintf("%d: %s", i+1, text(i)))
	}
	f.remarks = append(f.remarks, "Events: "+strings.Join(key, "; ")+".")
}

// keyMost is how many events a chart explains.
const keyMost = 24

// mark puts lines at events into all panels, and texts above the first.
func (f *figure) mark(x axis, all []event, text func(i int) string) {
	for i := range f.panels {
		f.panels[i].notes, f.panels[i].spans = nil, nil
		for k, e := range all {
			if e.forS > 0 {
				f.panels[i].spans = append(f.panels[i].spans, span{e.atS, min(e.atS+e.forS, x.hi)})
			}
			n := note{x: e.atS, line: true}
			if i == 0 {
				n.text = text(k)
			}
			f.panels[i].notes = append(f.panels[i].notes, n)
		}
	}
}

func offeredRps(m model.Moment) model.Estimate { return model.Exactly(m.OfferedRps) }
func errorsRps(m model.Moment) model.Estimate  { return model.Exactly(m.ErrorsRps) }
func p50Ms(m model.Moment) model.Estimate      { return model.Exactly(m.P50Ms) }

func throughputRps(m model.Moment) model.Estimate {
	return ranged(m.ThroughputRps, m.ThroughputRange)
}

func p99Ms(m model.Moment) model.Estimate { return ranged(m.P99Ms, m.P99Range) }

func ranged(v float64, r *model.Range95) model.Estimate {
	if r == nil {
		return model.Exactly(v)
	}
	return model.Estimate{Value: v, Lo: r.Lo, Hi: r.Hi}
}

type momentLine struct {
	name  string
	look  look
	width float64
	of    func(model.Moment) model.Estimate
}

func momentSeries(moments []model.Moment, l momentLine) series {
	s := series{name: l.name, look: l.look, width: l.width, interval: band}
	for _, m := range moments {
		e := l.of(m)
		s.points = append(s.points, Mark{X: m.TimeS, Y: e.Value, Lo: e.Lo, Hi: e.Hi})
	}
	return s
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
	title := "Time since the start of load (s)"
	if len(moments) > 1 {
		title = "Time since the start of load (s; one step is " + short(e.hi-moments[len(moments)-1].TimeS) + " s)"
	}
	a := linearAxis(title, e.lo, e.hi, number)
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
			Tier     string          `json:"tier"`
			Factor   float64         `json:"factor"`
		} `json:"events"`
		Load struct {
			Shape *shape `json:"shape"`
		} `json:"load"`
	}
	if json.Unmarshal(scenario, &s) != nil {
		return nil
	}
	all := s.Load.Shape.events()
	for _, e := range s.Events[:min(len(s.Events), eventsMost)] {
		at, ok := seconds(e.At)
		if !ok {
			continue
		}
		length, _ := seconds(e.For)
		whom := fmt.Sprintf("instance %d", e.Instance)
		switch {
		case e.Tier != "" && e.Instance == 0:
			whom = "tier " + clip(plain(e.Tier), 48)
		case e.Tier != "":
			whom = fmt.Sprintf("station %d of tier %s", e.Instance, clip(plain(e.Tier), 48))
		}
		text := fmt.Sprintf("%s s: %s %s", short(at), clip(plain(e.Do), 48), whom)
		if e.Factor > 0 {
			text += " ×" + short(e.Factor)
		}
		all = append(all, event{at, length, text})
	}
	return all
}

// shape is how a load's rate changes.
type shape struct {
	Kind   string          `json:"kind"`
	At     json.RawMessage `json:"at"`
	Factor float64         `json:"factor"`
	Rise   json.RawMessage `json:"rise"`
	Hold   json.RawMessage `json:"hold"`
	Fall   json.RawMessage `json:"fall"`
	Start  json.RawMessage `json:"start"`
	End    json.RawMessage `json:"end"`
	From   float64         `json:"from"`
	To     float64         `json:"to"`
	Steps  []struct {
		At     json.RawMessage `json:"at"`
		Factor float64         `json:"factor"`
	} `json:"steps"`
}

// events are the changes of a load's rate, as far as they have a time.
func (s *shape) events() (all []event) {
	if s == nil {
		return nil
	}
	add := func(from, to float64, what string) {
		all = append(all, event{from, to - from, short(from) + " s: " + what})
	}
	switch s.Kind {
	case "flash":
		if at, ok := seconds(s.At); ok {
			length := 0.0
			for _, part := range []json.RawMessage{s.Rise, s.Hold, s.Fall} {
				t, _ := seconds(part)
				length += t
			}
			add(at, at+length, "load ×"+short(s.Factor)+" for "+short(length)+" s")
		}
	case "ramp":
		from, ok := seconds(s.Start)
		if to, okTo := seconds(s.End); ok && okTo {
			add(from, to, "load ×"+short(s.From)+" to ×"+short(s.To))
		}
	case "steps":
		for _, step := range s.Steps[:min(len(s.Steps), eventsMost)] {
			if at, ok := seconds(step.At); ok {
				add(at, at, "load ×"+short(step.Factor))
			}
		}
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
