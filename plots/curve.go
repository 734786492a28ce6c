package plots

import (
	"fmt"
	"sort"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// pointsOf is a curve's points by number of instances.
func pointsOf(c *model.Curve) []model.Point {
	points := append([]model.Point(nil), c.Points...)
	sort.SliceStable(points, func(i, k int) bool {
		return points[i].Instances < points[k].Instances
	})
	return points
}

func sizesOf(points []model.Point) []int {
	var sizes []int
	for _, p := range points {
		if n := len(sizes); n == 0 || sizes[n-1] != p.Instances {
			sizes = append(sizes, p.Instances)
		}
	}
	return sizes
}

// marksOf reads one estimate of every point, times a factor for its unit.
func marksOf(points []model.Point, of func(model.Point) model.Estimate) []Mark {
	var marks []Mark
	for _, p := range points {
		e := of(p)
		marks = append(marks, Mark{
			X: float64(p.Instances), Y: e.Value, Lo: e.Lo, Hi: e.Hi,
			Hollow: unsteady(p), Failing: p.Errors.Rate.Value >= failingFrom,
		})
	}
	return marks
}

// unsteady tells whether a point is no steady state.
func unsteady(p model.Point) bool {
	return p.Verdict == model.Saturated || p.Verdict == model.Collapsed
}

// uncrossed are marks of something that failures do not make doubtful.
func uncrossed(marks []Mark) []Mark {
	for i := range marks {
		marks[i].Failing = false
	}
	return marks
}

// failingFrom is the share of failed requests from which a point is marked.
const failingFrom = 0.01

// subtitle says what a chart is of, so that it can be made again: whose curve,
// under which load, limits and cores, and what it rests on.
func subtitle(c *model.Curve) []string {
	kind := string(c.Kind)
	if kind != "" {
		kind = strings.ToUpper(kind[:1]) + kind[1:]
	}
	parts := []string{kind + " curve of " + clip(nameOf(c), 48)}
	asked := c.Asked()
	for _, s := range asked.Words() {
		parts = append(parts, clip(plain(s), 90))
	}
	if c.Kind == model.Predicted {
		parts = append(parts, fmt.Sprintf("seed %d", c.Seed))
	}
	if c.Profile != nil && (asked.ServiceOfProfile || asked.BalancerOfProfile) {
		of := "profile "
		if !asked.ServiceOfProfile {
			of = "nginx as in profile " // the service is stated
		}
		parts = append(parts, strings.TrimSpace(of+clip(plain(c.Profile.Name), 36)+" "+shortDigest(c.Profile.Digest)))
	}
	if c.Version != "" {
		parts = append(parts, "velocitas "+clip(plain(c.Version), 36))
	}
	return parts
}

// clip keeps at most so many letters, so that what follows is still seen.
func clip(s string, letters int) string {
	if all := []rune(s); len(all) > letters {
		return string(all[:letters-1]) + "…"
	}
	return s
}

func nameOf(c *model.Curve) string {
	if name := plain(c.Name); name != "" {
		return name
	}
	return "an unnamed scenario"
}

// shortDigest is the first eight digits of a digest without its algorithm.
func shortDigest(digest string) string {
	if _, after, found := strings.Cut(digest, ":"); found {
		digest = after
	}
	digest = plain(digest)
	if len(digest) > 8 {
		digest = digest[:8]
	}
	return digest
}

// instances counts them in words.
func instances(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return number(float64(n), 0) + " instances"
}

// rateAxis is a vertical axis of requests per second, logarithmic when the
// sizes are.
func rateAxis(title string, x axis, series []series) axis {
	if x.wide {
		if e := extentOf(series, logarithmic); e.some {
			return logAxis(title+", log scale)", e.lo, e.hi, panelHeight, short)
		}
	}
	return linearAxis(title+")", 0, extentOf(series, linear).hi, number)
}

// latencyAxis is a vertical axis of milliseconds for a frame of some height.
func latencyAxis(title string, series []series, height float64) axis {
	e := extentOf(series, logarithmic)
	if !e.some {
		e = extent{lo: 1, hi: 1000}
	}
	return logAxis(title, e.lo, e.hi, height, latency)
}

// ofAnswered is "of answered requests" where latency is not that of all.
func ofAnswered(curves ...*model.Curve) string {
	for _, c := range curves {
		if c.Fails() {
			return " of answered requests"
		}
	}
	return ""
}

// failedPanel is the share of requests that failed, for below another panel; ok
// is false where hardly any did. The curves' other panels have the same looks.
func failedPanel(all []series) (p panel, ok bool) {
	hi := extentOf(withoutIntervals(all), linear).hi
	if !(hi > 0.001) {
		return p, false
	}
	decimals := percent
	if hi < 0.05 {
		decimals = finePercent
	}
	return panel{
		y: linearAxis("Failed requests (share of all)", 0, hi, decimals), series: all, height: failedHeight,
	}, true
}

const failedHeight = 80.0

// failed is the share of failed requests of a curve's points.
func failed(points []model.Point, l look) series {
	return series{
		look: l, width: 2, interval: band,
		points: uncrossed(marksOf(points, func(p model.Point) model.Estimate { return p.Errors.Rate })),
	}
}

const noAnswers = "No answered requests: nothing to draw"
