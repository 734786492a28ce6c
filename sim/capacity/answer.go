package capacity

import (
	"fmt"
	"math"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// Share is a change as a share of what it is a change of: 0.1 is a tenth more.
// ok is false where there was nothing.
func Share(change model.Estimate, of float64) (share model.Estimate, ok bool) {
	if !(of > 0) {
		return share, false
	}
	return model.Estimate{Value: change.Value / of, Lo: change.Lo / of, Hi: change.Hi / of}, true
}

// failuresTell is by how much shares of failed requests must differ for latency,
// which counts only what was answered, to be that of another load.
const failuresTell = 0.01

// At is the place, among the points of each curve, of the size that the answer is
// about: the one whose timeline shows most, or the largest.
func (c *Comparison) At() int {
	base := c.Curves[0]
	if story := base.Story(); story != nil {
		for i := range base.Points {
			if &base.Points[i] == story {
				return i
			}
		}
	}
	return len(base.Points) - 1
}

// Answers says of each variant in a sentence what changes, at the size [At].
func (c *Comparison) Answers() []string {
	var all []string
	for k := range c.Changes {
		all = append(all, c.answer(k, c.At()))
	}
	return all
}

// Answer is the shortest answer, for a title: of the only variant, or which of
// several end a collapse, or have the lowest p99.
func (c *Comparison) Answer() string {
	i := c.At()
	if len(c.Changes) == 1 {
		return strings.TrimSuffix(c.answer(0, i), ".")
	}
	base := &c.Curves[0].Points[i]
	if before := fate(base); before != steady {
		var cured []string
		for _, curve := range c.Curves[1:] {
			if fate(&curve.Points[i]) == steady {
				cured = append(cured, curve.Name)
			}
		}
		switch len(cured) {
		case 0:
			return c.subject() + " " + before + ", and nothing that was tried helps"
		case len(c.Changes):
			return c.subject() + " " + before + "; each of the others " + back(base)
		}
		return c.subject() + " " + before + "; with " + strings.Join(cured, " or ") + " it " + back(base)
	}
	least, name := base, c.Curves[0].Name
	for _, curve := range c.Curves[1:] {
		p := &curve.Points[i]
		if p.LatencyMs.P99.Value < least.LatencyMs.P99.Value && fate(p) == steady &&
			p.Errors.Rate.Value <= least.Errors.Rate.Value+failuresTell {
			least, name = p, curve.Name
		}
	}
	return fmt.Sprintf("With %s p99 is lowest for %s", sizeOf(base), name)
}

// subject is the first curve as that of a sentence.
func (c *Comparison) subject() string {
	if name := c.Curves[0].Name; name != unchanged {
		return name
	}
	return "As it is it"
}

func sizeOf(p *model.Point) string {
	if p.Instances == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", p.Instances)
}

// What becomes of a point, as the verb of a sentence.
const (
	steady    = ""
	saturates = "is saturated"
	collapses = "collapses"
	stays     = "does not recover"
)

// fate is what becomes of a point.
func fate(p *model.Point) string {
	switch {
	case p.Collapses():
		return collapses
	case p.Verdict == model.Saturated && len(p.Timeline) > 0:
		return stays
	case p.Verdict == model.Saturated:
		return saturates
	}
	return steady
}

func (c *Comparison) answer(k, i int) string {
	base, p, d := &c.Curves[0].Points[i], &c.Curves[k+1].Points[i], c.Changes[k][i]
	var parts []string
	switch before, after := fate(base), fate(p); {
	case before == after:
	case after == steady:
		parts = append(parts, fmt.Sprintf("%s, where %s %s", back(p), strings.ToLower(c.subject()[:1])+c.subject()[1:], before))
	default:
		parts = append(parts, after)
	}
	if math.Abs(d.ErrorRate.Value) > 0 && outside(d.ErrorRate) {
		parts = append(parts, fmt.Sprintf("%s of requests fail instead of %s", share(p.Errors.Rate.Value), share(base.Errors.Rate.Value)))
	}
	add := func(name string, change model.Estimate, of float64) {
		if s, ok := Share(change, of); ok && outside(change) {
			parts = append(parts, fmt.Sprintf("%s %s (%s to %s)", name, signed(s.Value), signed(s.Lo), signed(s.Hi)))
		}
	}
	add("throughput", d.ThroughputRps, base.ThroughputRps.Value)
	if math.Abs(p.Errors.Rate.Value-base.Errors.Rate.Value) <= failuresTell {
		add("p50", d.P50Ms, base.LatencyMs.P50.Value)
		add("p99", d.P99Ms, base.LatencyMs.P99.Value)
	}
	if len(parts) == 0 {
		parts = append(parts, "no difference seen")
	}
	return fmt.Sprintf("%s: %s.", c.Curves[k+1].Name, strings.Join(parts, ", "))
}

// back says that a point is a steady state.
func back(p *model.Point) string {
	if len(p.Timeline) > 0 {
		return "recovers"
	}
	return "is steady"
}

// outside tells whether 0 lies outside an interval.
func outside(e model.Estimate) bool { return e.Lo > 0 || e.Hi < 0 }

func share(v float64) string {
	p := 100 * v
	switch {
	case p >= 9.95:
		return fmt.Sprintf("%.0f %%", p)
	case p >= 0.995 || p == 0:
		return fmt.Sprintf("%.1f %%", p)
	}
	return fmt.Sprintf("%.2g %%", p)
}

func signed(v float64) string {
	if v < 0 {
		return "-" + share(-v)
	}
	return "+" + share(v)
}
