package sim

import (
	"math/bits"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// serviceLog is what is recorded of a service with steps besides what is
// recorded of any: each class by itself, and where the time goes.
type serviceLog struct {
	classes []classLog
	parts   int
	// By latency: how many requests, and how long each part of it took. So the
	// slowest can be told apart afterwards, whatever share of all they are.
	count []int64
	spent []int64 // by latency and part
}

type classLog struct {
	latency *hdrhistogram.Histogram // µs
	sumNs   int64
	status  [outcomes]int64
}

// latencyClasses are sixteen for each power of two of microseconds.
const latencyClasses = 16 * 36

func newServiceLog(p *program) *serviceLog {
	l := &serviceLog{parts: p.parts, count: make([]int64, latencyClasses), spent: make([]int64, latencyClasses*p.parts)}
	for range p.classes {
		l.classes = append(l.classes, classLog{latency: hdrhistogram.New(1, latencyMax, latencyDigits)})
	}
	return l
}

// latencyClass is a number that grows with a latency.
func latencyClass(ns int64) int {
	us := uint64(ns/latencyUnitNs) + 16
	power := bits.Len64(us) - 1
	return min(latencyClasses-1, (power-4)*16+int(us>>(power-4))&15)
}

// finish records a request after the warm-up.
func (l *serviceLog) finish(r *recorder, class int32, ns int64, status uint8, spent []int64) {
	if !r.on {
		return
	}
	c := &l.classes[class]
	c.status[status]++
	if status != answered {
		return
	}
	c.sumNs += ns
	if c.latency.RecordValue((ns+latencyUnitNs/2)/latencyUnitNs) != nil {
		_ = c.latency.RecordValue(latencyMax)
	}
	k := latencyClass(ns)
	l.count[k]++
	sum, rest := l.spent[k*l.parts:(k+1)*l.parts], ns
	for i, s := range spent {
		sum[i] += s
		rest -= s
	}
	sum[partOther] += rest
}

// merge adds what another replication recorded.
func (l *serviceLog) merge(o *serviceLog) {
	for i := range l.classes {
		c, d := &l.classes[i], &o.classes[i]
		c.latency.Merge(d.latency)
		c.sumNs += d.sumNs
		for s := range c.status {
			c.status[s] += d.status[s]
		}
	}
	for i, n := range o.count {
		l.count[i] += n
	}
	for i, ns := range o.spent {
		l.spent[i] += ns
	}
}

// slowest is the mean time spent on each part by the slowest requests, which are
// this share of all, in ns; by all for a share of 1. It is nil where none ended.
func (l *serviceLog) slowest(share float64) []float64 {
	var total int64
	for _, n := range l.count {
		total += n
	}
	if total == 0 {
		return nil
	}
	wanted := float64(share * float64(total))
	sum, left := make([]float64, l.parts), wanted
	for k := len(l.count) - 1; k >= 0 && left > 0; k-- {
		if l.count[k] == 0 {
			continue
		}
		take := min(left, float64(l.count[k]))
		for i := range sum {
			sum[i] += float64(float64(l.spent[k*l.parts+i]) * take / float64(l.count[k]))
		}
		left -= take
	}
	for i := range sum {
		sum[i] /= wanted
	}
	return sum
}

// area is ∫ n dt of a number that changes now and then.
type area struct {
	n, last, sum int64
}

func (a *area) add(now, by int64) {
	a.sum += a.n * (now - a.last)
	a.last = now
	a.n += by
}

// areas are those of all that a program has.
type areas struct {
	busy, inside, pools, locks []area
}

func newAreas(p *program) areas {
	return areas{busy: make([]area, p.sites), inside: make([]area, p.sites),
		pools: make([]area, p.sites*len(p.tiers)), locks: make([]area, p.sites*len(p.locks))}
}

func (a *areas) each(do func(*area)) {
	for _, list := range [][]area{a.busy, a.inside, a.pools, a.locks} {
		for i := range list {
			do(&list[i])
		}
	}
}

// settle brings all up to now.
func (a *areas) settle(now int64) { a.each(func(x *area) { x.add(now, 0) }) }

// begin forgets what was before now.
func (a *areas) begin(now int64) {
	a.each(func(x *area) {
		x.add(now, 0)
		x.sum = 0
	})
}
