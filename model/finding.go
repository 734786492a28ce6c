package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// A finding is what a reader should take from a chart, in half a sentence. All
// of them are here so that charts, which draw and never compute, and pages say
// the same.
const (
	// failuresSaid is the share of failed requests from which what is said of
	// latency is said "of answered requests".
	failuresSaid = 0.001
	// failuresFirst is the share from which failures are what is said first.
	failuresFirst = 0.01
	// collapsed is the share from which most requests fail.
	collapsed = 0.5
	// grows is by how much more throughput must be to be called more.
	grows = 1.05
	// efficient is the share of so many times one instance from which throughput
	// grows with the instances.
	efficient = 0.9
)

// Fails tells whether so many requests failed that latency must be said to be
// that of those answered.
func (p *Point) Fails() bool { return p.Errors.Rate.Value > failuresSaid }

// Collapses tells whether most requests fail, on the whole or as the run ends.
func (p *Point) Collapses() bool {
	if p.Errors.Rate.Value >= collapsed || p.Verdict == Collapsed {
		return true
	}
	s, ok := p.storyOf()
	return ok && s.failedAtEnd >= collapsed
}

// Fails tells whether any of the points does.
func (c *Curve) Fails() bool {
	for i := range c.Points {
		if c.Points[i].Fails() {
			return true
		}
	}
	return false
}

// OfAll is the latency distribution of all requests, with those that failed as
// later than any answer: the share of requests that are answered within a latency.
func (p *Point) OfAll() []Quantile {
	answered := 1 - p.Errors.Rate.Value
	if !p.Fails() || !(answered >= 0) {
		return p.Distribution
	}
	var all []Quantile
	for _, q := range p.Distribution {
		all = append(all, Quantile{q.Q * answered, q.LatencyMs})
	}
	return all
}

// IdealFrom is the point whose throughput per instance the ideal line goes on
// with: the smallest size, unless that is held back by failures. It is nil where
// there is no ideal: of an open load, which asks for the same whatever the
// instances could do, and where requests fail at every size.
func (c *Curve) IdealFrom() *Point {
	if c.Asked().Open {
		return nil
	}
	for i := range c.Points {
		if p := &c.Points[i]; p.Errors.Rate.Value < failuresFirst && p.ThroughputRps.Value > 0 {
			return p
		}
	}
	return nil
}

// ScalingFinding says what throughput does as instances are added.
func (c *Curve) ScalingFinding() string {
	first, last := &c.Points[0], &c.Points[len(c.Points)-1]
	if text := c.failing(); text != "" {
		return text
	}
	if c.Asked().Open {
		return c.openFinding()
	}
	if len(c.Points) == 1 {
		return size(first.Instances) + " " + answers(first) + " " + plainRate(first.ThroughputRps.Value) + because(first.Limit)
	}
	end := c.growsUpTo()
	peak := end.ThroughputRps.Value
	ratio := last.ThroughputRps.Value / first.ThroughputRps.Value
	instances := float64(last.Instances) / float64(first.Instances)
	times := fmt.Sprintf("%s × the throughput of %s", plainNumber(math.Round(10*ratio)/10), theSize(first))
	switch {
	case first.ThroughputRps.Value <= 0:
		return "Throughput by number of instances"
	case end != last && last.ThroughputRps.Value*grows < peak:
		return "Throughput is highest at " + size(end.Instances) + " and falls beyond" + because(last.Limit)
	case end == first:
		return "More instances bring no more throughput" + because(last.Limit)
	case end != last:
		return "Throughput stops growing at " + size(end.Instances) + because(last.Limit)
	case ratio > instances*grows:
		return "Throughput grows faster than the instances: " + times + " with " + size(last.Instances)
	case ratio >= efficient*instances:
		return "Throughput grows with the instances: " + times + " with " + size(last.Instances)
	}
	return "Throughput grows less than the instances: " + times + " with " + size(last.Instances)
}

// failing says that requests fail where that is what counts; empty elsewhere.
func (c *Curve) failing() string {
	var some []*Point
	for i := range c.Points {
		if c.Points[i].Errors.Rate.Value >= failuresFirst {
			some = append(some, &c.Points[i])
		}
	}
	if len(some) == 0 {
		return ""
	}
	worst, from, to := some[0], some[0], some[len(some)-1]
	for _, p := range some {
		if p.Errors.Rate.Value > worst.Errors.Rate.Value {
			worst = p
		}
	}
	cause := ""
	if name, _ := worst.Errors.Leading(); name != "" {
		cause = ", most of them: " + name
	}
	text := plainShare(worst.Errors.Rate.Value) + " of requests fail"
	switch {
	case len(c.Points) == 1:
		return text + cause
	case len(some) == 1:
		return text + " with " + size(worst.Instances) + cause
	case from == &c.Points[0] && to == &c.Points[len(c.Points)-1]:
		return "Requests fail at every size, at worst " + plainShare(worst.Errors.Rate.Value) + " with " + size(worst.Instances)
	case from == &c.Points[0]:
		return "Requests fail up to " + size(to.Instances) + ", at worst " + plainShare(worst.Errors.Rate.Value)
	case to == &c.Points[len(c.Points)-1]:
		return "Requests fail from " + size(from.Instances) + " on, at worst " + plainShare(worst.Errors.Rate.Value)
	}
	return "Requests fail at some sizes, at worst " + plainShare(worst.Errors.Rate.Value) + " with " + size(worst.Instances)
}

// openFinding says where an open load is answered whole.
func (c *Curve) openFinding() string {
	first, last := &c.Points[0], &c.Points[len(c.Points)-1]
	kept := make([]bool, len(c.Points))
	all, none := true, true
	for i := range c.Points {
		p := &c.Points[i]
		kept[i] = p.Verdict != Saturated && p.Verdict != Collapsed && p.ThroughputRps.Value >= 0.98*p.OfferedRps
		all, none = all && kept[i], none && !kept[i]
	}
	offered := plainRate(last.OfferedRps)
	switch {
	case all && len(c.Points) == 1:
		return size(first.Instances) + " " + answers(first) + " all of the " + offered + " offered"
	case all && first.OfferedRps*grows < last.OfferedRps:
		return "All offered load is answered, up to " + offered + " with " + size(last.Instances)
	case all:
		return "All offered load (" + offered + ") is answered at each size"
	case none:
		return "Offered load is not answered in full at any size" + because(last.Limit)
	}
	for i := range c.Points { // one change, in either direction?
		switch {
		case kept[i] && !kept[0] && allOf(kept[i:]):
			return "All offered load is answered from " + size(c.Points[i].Instances) + " on"
		case !kept[i] && kept[0] && noneOf(kept[i:]):
			return "All offered load is answered up to " + size(c.Points[i-1].Instances) + because(c.Points[i].Limit)
		case kept[i] != kept[0]:
			return "Offered load is answered in full at some sizes only"
		}
	}
	return ""
}

func allOf(all []bool) bool {
	for _, b := range all {
		if !b {
			return false
		}
	}
	return true
}

func noneOf(all []bool) bool {
	for _, b := range all {
		if b {
			return false
		}
	}
	return true
}

// growsUpTo is the smallest size that no larger one exceeds by much.
func (c *Curve) growsUpTo() *Point {
	for i := range c.Points {
		end := true
		for k := i + 1; k < len(c.Points); k++ {
			end = end && c.Points[k].ThroughputRps.Value <= grows*c.Points[i].ThroughputRps.Value
		}
		if end {
			return &c.Points[i]
		}
	}
	return &c.Points[len(c.Points)-1]
}

// because is what a limit means, after a colon; empty for none.
func because(l Limit) string {
	switch l {
	case LimitCPULimit:
		return ": the CPU limit is used up"
	case LimitInstance:
		return ": the instances are busy"
	case LimitWriter:
		return ": the store’s one writer is busy"
	case LimitBalancer:
		return ": nginx is busy"
	case LimitConnections:
		return ": there are no more connections"
	case LimitWorkerConnections:
		return ": nginx’s worker_connections are used up"
	case LimitMaxConns:
		return ": max_conns is reached"
	case LimitAcceptQueue:
		return ": nginx’s accept queue is full"
	case LimitMaxInside:
		return ": max_inside is reached"
	case LimitHost:
		return ": the host’s cores are used up"
	case LimitNetwork:
		return ": the network is full"
	case LimitLoad:
		return ": the load asks for no more"
	case LimitFailures, "":
		return ""
	}
	return ": " + string(l)
}

// LatencyFinding says what p99 does as instances are added.
func (c *Curve) LatencyFinding() string {
	var some []*Point
	for i := range c.Points {
		if c.Points[i].LatencyMs.P99.Value > 0 {
			some = append(some, &c.Points[i])
		}
	}
	if len(some) == 0 {
		return "Nobody gets an answer"
	}
	first, last := some[0], some[len(some)-1]
	p99 := "p99"
	if c.Fails() {
		p99 += " of answered requests"
	}
	a, b := first.LatencyMs.P99.Value, last.LatencyMs.P99.Value
	lo, hi := first, first
	for _, p := range some {
		if p.LatencyMs.P99.Value < lo.LatencyMs.P99.Value {
			lo = p
		}
		if p.LatencyMs.P99.Value > hi.LatencyMs.P99.Value {
			hi = p
		}
	}
	most, least := hi.LatencyMs.P99.Value, lo.LatencyMs.P99.Value
	switch {
	case len(some) == 1:
		return p99 + " is " + plainMs(a) + " with " + size(first.Instances)
	case most <= 1.15*least:
		return p99 + " is about " + plainMs(math.Sqrt(most*least)) + " at each size"
	case b >= 0.95*most && a <= 1.05*least:
		return p99 + " rises from " + plainMs(a) + " to " + plainMs(b) + " with " + size(last.Instances)
	case b <= 1.05*least && a >= 0.95*most:
		return p99 + " falls from " + plainMs(a) + " to " + plainMs(b) + " with " + size(last.Instances)
	}
	return p99 + " is lowest with " + size(lo.Instances) + " (" + plainMs(least) + "), highest with " + size(hi.Instances) + " (" + plainMs(most) + ")"
}

// UtilisationFinding names the part that is busiest, with the fewest and with
// the most instances.
func (c *Curve) UtilisationFinding() string {
	first, last := &c.Points[0], &c.Points[len(c.Points)-1]
	a, _ := busiest(first)
	b, most := busiest(last)
	switch {
	case b == "":
		return "No part reports its utilisation"
	case most < busy:
		return "With " + size(last.Instances) + " the busiest part is " + b + ": " + plainShare(most)
	}
	if _, u := busiest(first); first != last && a != b && u >= busy {
		return "With " + size(first.Instances) + " " + a + verb(a) + " busy, with " + grouped(fmt.Sprint(last.Instances)) + " " + b + ": " + plainShare(most)
	}
	return "With " + size(last.Instances) + " " + b + verb(b) + " busy: " + plainShare(most)
}

// busy is the utilisation from which a part is said to be busy.
const busy = 0.9

// busiest is the part of a point that is busiest, the more widely shared of two.
func busiest(p *Point) (part string, most float64) {
	for _, x := range []struct {
		name string
		e    Estimate
	}{{"the host", p.Utilisation.Host}, {"nginx", p.Utilisation.Balancer}, {"the instances", p.Utilisation.Instances}} {
		if x.e.Value > most {
			part, most = x.name, x.e.Value
		}
	}
	return part, most
}

func verb(part string) string {
	if part == "the instances" {
		return " are"
	}
	return " is"
}

// DistributionFinding says how late the latest are, with the largest size.
func (c *Curve) DistributionFinding() string {
	var at *Point
	for i := range c.Points {
		if len(c.Points[i].Distribution) > 0 {
			at = &c.Points[i]
		}
	}
	if at == nil {
		return "Nobody gets an answer"
	}
	if text := c.failing(); text != "" && len(c.Points) > 1 {
		return text
	}
	half, late := at.LatencyMs.P50.Value, at.LatencyMs.P99.Value
	if at.Errors.Rate.Value >= failuresFirst {
		return fmt.Sprintf("%s of requests fail; half of the others take up to %s", plainShare(at.Errors.Rate.Value), plainMs(half))
	}
	if len(c.Points) == 1 {
		return fmt.Sprintf("Median latency is %s, 1 in 100 requests take over %s", plainMs(half), plainMs(late))
	}
	return fmt.Sprintf("With %s: median %s, 1 in 100 requests over %s", size(at.Instances), plainMs(half), plainMs(late))
}

// TimelineFinding says how far the point left what it was, and whether it came
// back before the run ended.
func (p *Point) TimelineFinding() string {
	s, ok := p.storyOf()
	if !ok {
		return "What happens over time with " + size(p.Instances)
	}
	with := "With " + size(p.Instances)
	back := "and recovers"
	if !s.back {
		back = "and does not recover"
	}
	switch {
	case s.failed >= failuresFirst && s.failedAtEnd > collapsed:
		return fmt.Sprintf("%s %s of requests still fail at the end", with, plainShare(s.failedAtEnd))
	case s.failed >= failuresSaid && s.back:
		return fmt.Sprintf("%s %s of requests fail, then it recovers", with, plainShare(s.failed))
	case s.failed >= failuresSaid:
		return fmt.Sprintf("%s %s of requests fail and it does not recover", with, plainShare(s.failed))
	case s.peakMs > 2*s.usualMs:
		return fmt.Sprintf("%s p99 peaks at %s (usually %s) %s", with, plainMs(s.peakMs), plainMs(s.usualMs), back)
	case !s.back:
		return with + " requests pile up and it does not recover"
	}
	return with + " p99 stays about " + plainMs(s.usualMs)
}

// story is what a timeline tells.
type story struct {
	usualMs, peakMs, peakS float64 // of p99
	failed, failedAtEnd    float64 // shares of requests
	back                   bool    // whether it is at the end what it was
	// swing is the peak of the number in system, relative to what is usual.
	swing float64
}

// storyOf reads a timeline; ok is false where it is too short to say anything.
func (p *Point) storyOf() (s story, ok bool) {
	n := len(p.Timeline)
	if n < 20 {
		return s, false
	}
	var p99, inside []float64
	var failed, all, lastFailed, lastAll float64
	for i, m := range p.Timeline {
		failed, all = failed+m.ErrorsRps, all+m.ErrorsRps+m.ThroughputRps
		if i >= n-n/10 {
			lastFailed, lastAll = lastFailed+m.ErrorsRps, lastAll+m.ErrorsRps+m.ThroughputRps
		}
		inside = append(inside, m.InSystem)
		if m.P99Ms > 0 {
			p99 = append(p99, m.P99Ms)
			if m.P99Ms > s.peakMs {
				s.peakMs, s.peakS = m.P99Ms, m.TimeS
			}
		}
	}
	if all > 0 {
		s.failed = failed / all
	}
	if lastAll > 0 {
		s.failedAtEnd = lastFailed / lastAll
	}
	s.usualMs = median(p99)
	usual := median(inside[:n/10])
	most := 0.0
	for _, x := range inside {
		most = max(most, x)
	}
	s.swing = (most + 1) / (median(inside) + 1)
	s.back = median(inside[n-n/10:]) <= 3*usual+3 && s.failedAtEnd <= failuresFirst+2*failedBefore(p.Timeline[:n/10])
	// Who simulated or measured it knows better: the backlog may have gone late.
	switch {
	case p.Verdict == Saturated || p.Verdict == Collapsed:
		s.back = false
	case p.RecoveredS > 0:
		s.back = true
	}
	return s, s.usualMs > 0
}

func failedBefore(moments []Moment) float64 {
	var failed, all float64
	for _, m := range moments {
		failed, all = failed+m.ErrorsRps, all+m.ErrorsRps+m.ThroughputRps
	}
	if all == 0 {
		return 0
	}
	return failed / all
}

// Story is the point whose timeline shows most of what happens: the one that is
// thrown furthest off, by failures or by requests piling up. It is nil where no
// point has a timeline.
func (c *Curve) Story() *Point {
	var most *Point
	by := math.Inf(-1)
	for i := range c.Points {
		p := &c.Points[i]
		if len(p.Timeline) == 0 {
			continue
		}
		s, _ := p.storyOf()
		if score := math.Log(max(1, s.swing)) + 5*s.failed; score > by {
			most, by = p, score
		}
	}
	return most
}

// median is that of some numbers, 0 of none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := append([]float64(nil), all...)
	slices.Sort(sorted)
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func size(n int) string { return plural(n, "instance", "instances") }

func theSize(p *Point) string {
	if p.Instances == 1 {
		return "one"
	}
	return grouped(fmt.Sprint(p.Instances))
}

func answers(p *Point) string {
	if p.Instances == 1 {
		return "answers"
	}
	return "answer"
}

func plainRate(v float64) string { return threeDigits(v) + " requests/s" }

// threeDigits rounds to three digits, or to whole numbers above that.
func threeDigits(v float64) string {
	if math.Abs(v) >= 100 {
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return plainNumber(roundTo(v, 3))
}

func roundTo(v float64, digits int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// plainMs writes milliseconds with two or three digits and the unit that reads best.
func plainMs(ms float64) string {
	v := roundTo(ms, 2)
	if ms >= 100 {
		v = roundTo(ms, 3)
	}
	switch {
	case v < 1:
		return plainNumber(v*1000) + " µs"
	case v < 1000:
		return plainNumber(v) + " ms"
	}
	return plainNumber(roundTo(ms/1000, 2)) + " s"
}

// plainShare writes a share in percent with two digits, and never all but one
// failed as all.
func plainShare(v float64) string {
	p := 100 * v
	switch {
	case p >= 99.5 && p < 100:
		return plainNumber(math.Floor(10*p)/10) + " %"
	case p >= 10:
		return plainNumber(math.Round(p)) + " %"
	}
	return plainNumber(roundTo(p, 2)) + " %"
}
