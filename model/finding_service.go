package model

import (
	"fmt"
	"strings"
)

// spare is how busy a tier may be for a larger pool to be said to help.
const spare = 0.7

// ServiceFinding says which of the things that requests hold while they wait (a
// tier, a pool, a lock, workers) limits a service stated in steps, from which
// number of instances on, and what would help. It is empty where none of them
// does at any size. The points are in ascending order of instances.
func (c *Curve) ServiceFinding() string {
	if len(c.Points) == 0 {
		return ""
	}
	last := &c.Points[len(c.Points)-1]
	from := c.limitedFrom()
	if held(last.Limit) {
		text := "With " + size(last.Instances) + " "
		switch {
		case from == &c.Points[0] && from != last:
			text = "At each size "
		case from != last:
			text = "From " + size(from.Instances) + " on "
		}
		text += heldWords(last.Limit) + " what limits"
		more := from != last && last.ThroughputRps.Value > grows*from.ThroughputRps.Value
		switch {
		case from == last:
			return text + ": " + remedy(last) + " would help"
		case more:
			return text + ": more instances still help; " + remedy(last) + " would, too"
		}
		return text + ": more instances do not help; " + remedy(last) + " would"
	}
	for i := len(c.Points) - 2; i >= 0; i-- {
		if p := &c.Points[i]; held(p.Limit) {
			return fmt.Sprintf("With %s %s what limits; with %s no longer", size(p.Instances), heldWords(p.Limit), grouped(fmt.Sprint(c.Points[i+1].Instances)))
		}
	}
	return ""
}

// limitedFrom is the smallest size from which on the limit is that of the largest.
func (c *Curve) limitedFrom() *Point {
	k := len(c.Points) - 1
	for k > 0 && c.Points[k-1].Limit == c.Points[k].Limit {
		k--
	}
	return &c.Points[k]
}

// held tells whether a limit is something that requests hold while they wait.
func held(l Limit) bool {
	switch what, _, _ := strings.Cut(string(l), " "); Limit(what) {
	case LimitTier, LimitPool, LimitLock, LimitWorkers:
		return true
	}
	return false
}

// heldWords is a limit as the subject of a sentence, with its verb.
func heldWords(l Limit) string {
	switch what, name, _ := strings.Cut(string(l), " "); Limit(what) {
	case LimitPool:
		return "the pool of tier " + name + " is"
	case LimitWorkers:
		return "the instances’ workers are"
	}
	return string(l) + " is"
}

// remedy is what would let more through a limit.
func remedy(p *Point) string {
	switch what, name, _ := strings.Cut(string(p.Limit), " "); Limit(what) {
	case LimitPool:
		for _, h := range p.Held {
			if h.What == "tier" && h.Name == name && h.Utilisation.Value > spare {
				return "a larger pool and, as it is " + plainShare(h.Utilisation.Value) + " busy, a larger tier"
			}
		}
		return "a larger pool"
	case LimitWorkers:
		return "more workers"
	case LimitLock:
		return "holding the lock for less time"
	}
	return "a larger or faster tier"
}

// BreakdownFinding names the part of the latency that takes most of it, with the
// fewest and with the most instances.
func (c *Curve) BreakdownFinding() string {
	var some []*Point
	for i := range c.Points {
		if b := c.Points[i].Breakdown; b != nil && len(b.Parts) > 0 {
			some = append(some, &c.Points[i])
		}
	}
	if len(some) == 0 {
		return "Nobody gets an answer"
	}
	first, last := some[0], some[len(some)-1]
	a, _ := first.Breakdown.leading()
	b, share := last.Breakdown.leading()
	text := "With " + size(last.Instances) + " " + plainShare(share) + " of the mean latency is " + b
	if first == last || a == b {
		return text
	}
	return text + ", with " + grouped(fmt.Sprint(first.Instances)) + " most is " + a
}

// leading is the part with the highest mean, and its share of all.
func (b *Breakdown) leading() (part string, share float64) {
	most, sum := -1.0, 0.0
	for _, p := range b.Parts {
		sum += p.MeanMs
		if p.MeanMs > most {
			part, most = p.Part, p.MeanMs
		}
	}
	if sum <= 0 {
		return part, 0
	}
	return part, most / sum
}

// Telling are the points that tell a curve's story in short: the smallest, the
// one from which on the limit is that of the largest, and the largest.
func (c *Curve) Telling() []*Point {
	if len(c.Points) == 0 {
		return nil
	}
	all := []*Point{&c.Points[0]}
	for _, p := range []*Point{c.limitedFrom(), &c.Points[len(c.Points)-1]} {
		if p != all[len(all)-1] {
			all = append(all, p)
		}
	}
	return all
}
