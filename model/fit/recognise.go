package fit

import (
	"fmt"
	"math"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// The verdicts of [Recognise].
const (
	// LoadBound: the load asks for no more, so more instances cannot help.
	LoadBound = "load-bound"
	// ClosedLoop: throughput times (response + think) equals the clients, so
	// throughput and response are two views of one number; but instances matter.
	ClosedLoop = "closed loop"
	// BandwidthCeiling: throughput stops at a value so sharp that nothing that
	// computes sets it.
	BandwidthCeiling = "bandwidth ceiling"
	// LoadGrows: throughput per instance stays the same to a per cent.
	LoadGrows = "rate-limited load grows with N"
	// CPULimit: more threads than the CPU limit pays for are stopped by it.
	CPULimit = "cpu limit"
	// GeneratorOnHost: the load generator takes the host's cores.
	GeneratorOnHost = "generator shares the host"
)

// Finding is something that a table shows beyond a curve.
type Finding struct {
	Verdict string `json:"verdict"`
	// Lines are those of the rows concerned.
	Lines  []int  `json:"lines"`
	Reason string `json:"reason"`
}

// Tolerances of the recognition. A mean of a log is good to a few per cent; a
// median stands in for a mean less well.
const (
	meanTolerance   = 0.06
	medianTolerance = 0.12
	// bound is the share of the load's own ceiling (clients over think time)
	// from which throughput is the load's.
	boundShare = 0.85
	// reached is the share of an offered rate that counts as all of it.
	reachedShare = 0.98
	// flat and straight: how little throughput, or throughput per instance,
	// varies in what nothing that computes produces.
	flatSpread     = 0.005
	straightSpread = 0.01
	// idleShare is the utilisation of its own CPU below which a part waits for
	// something else.
	idleShare = 0.7
)

// Recognise looks for what makes a table say something else than how a system
// scales. It uses Little's law, the interactive response-time law
// X (R + Z) = clients, and the utilisation law; it needs whatever columns the
// law in question needs, and finds nothing without them.
func Recognise(t tables.Table, o Options) []Finding {
	rows := withOptions(t.Rows, o)
	var out []Finding
	held := heldBack(t, rows)
	out = append(out, held...)
	out = append(out, closedLoop(t, unmarked(rows, held))...)
	out = append(out, offered(rows)...)
	out = append(out, generatorOnHost(t, rows, o)...)
	if t.HasN {
		out = append(out, ceiling(t, rows)...)
		out = append(out, loadGrows(rows, out)...)
		out = append(out, metAtFirst(rows, out)...)
		out = append(out, throttled(rows, o)...)
	}
	return out
}

func withOptions(rows []tables.Row, o Options) []tables.Row {
	rows = append([]tables.Row(nil), rows...)
	for i := range rows {
		r := &rows[i]
		for _, d := range []struct {
			to   *float64
			from float64
		}{{&r.Clients, o.Clients}, {&r.ThinkS, o.ThinkS}, {&r.Offered, o.Offered}} {
			if *d.to == 0 {
				*d.to = d.from
			}
		}
	}
	return rows
}

func lines(rows []tables.Row) []int {
	out := make([]int, len(rows))
	for i, r := range rows {
		out[i] = r.Line
	}
	return out
}

// closedLoop sorts the rows that obey X (R + Z) = clients into those that the
// load bounds and those that only show the law.
func closedLoop(t tables.Table, rows []tables.Row) []Finding {
	tolerance := meanTolerance
	if t.RIsMedian {
		tolerance = medianTolerance
	}
	var obey []tables.Row
	for _, r := range rows {
		if r.Clients > 0 && r.R > 0 && math.Abs(r.X*(r.R+r.ThinkS)/r.Clients-1) <= tolerance {
			obey = append(obey, r)
		}
	}
	bound, rest, why := splitBound(t, rows, obey)
	var out []Finding
	if len(bound) > 0 {
		out = append(out, Finding{LoadBound, lines(bound), why})
	}
	if len(rest) > 0 {
		out = append(out, Finding{ClosedLoop, lines(rest), "X(R+Z) equals the clients: a slower answer means less load, so throughput here is clients over response and think time"})
	}
	return out
}

func splitBound(t tables.Table, rows, obey []tables.Row) (bound, rest []tables.Row, why string) {
	if t.HasN && stuck(rows, obey) {
		r := obey[0]
		return obey, nil, fmt.Sprintf("X(R+Z) equals the %.6g clients at every N, and neither throughput nor response moves with N: %.6g requests in the system is all there is", r.Clients, r.Clients)
	}
	same := sameLatency(t, rows, obey)
	for i, r := range obey {
		top := r.Clients / r.ThinkS // +Inf without think time
		switch {
		case r.X >= boundShare*top:
			bound = append(bound, r)
			why = fmt.Sprintf("%.6g clients that think for %.6g s cannot send more than %.6g/s, and throughput is within %.0f %% of that", r.Clients, r.ThinkS, top, 100*(1-r.X/top))
		case same[i]:
			bound = append(bound, r)
			why = fmt.Sprintf("different systems answer in the same %.3g ms while others are many times faster, so this time is the client's: %.6g clients over it is the throughput", 1000*r.R, r.Clients)
		default:
			rest = append(rest, r)
		}
	}
	return bound, rest, why
}

// stuck says that all rows obey the law, three sizes or more, and that from the
// smallest N on nothing changes.
func stuck(rows, obey []tables.Row) bool {
	if len(obey) != len(rows) || newSample(rows, Constant).sizes() < 3 {
		return false
	}
	x, r := spread(rows, func(r tables.Row) float64 { return r.X }), spread(rows, func(r tables.Row) float64 { return r.R })
	return x < 0.1 && r < 0.1
}

// spread is the largest value over the smallest, less 1.
func spread(rows []tables.Row, value func(tables.Row) float64) float64 {
	lo, hi := math.Inf(1), 0.0
	for _, r := range rows {
		lo, hi = math.Min(lo, value(r)), math.Max(hi, value(r))
	}
	return hi/lo - 1
}

// sameLatency marks, in a table of different systems under one load, those that
// share their response time with at least two others while the fastest is five
// times faster.
func sameLatency(t tables.Table, rows, obey []tables.Row) []bool {
	same := make([]bool, len(obey))
	if t.HasN {
		return same
	}
	fastest := math.Inf(1)
	for _, r := range rows {
		fastest = math.Min(fastest, r.R)
	}
	for i, r := range obey {
		others := 0
		for j, q := range obey {
			if i != j && math.Abs(q.R/r.R-1) <= 0.12 {
				others++
			}
		}
		same[i] = others >= 2 && r.R > 5*fastest
	}
	return same
}

// offered finds rows that carry all of an open load.
func offered(rows []tables.Row) []Finding {
	var all []tables.Row
	for _, r := range rows {
		if r.Offered > 0 && r.X >= reachedShare*r.Offered {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []Finding{{LoadBound, lines(all), fmt.Sprintf("throughput is the %.6g/s that was offered: this is the load, not what the instances can do", all[0].Offered)}}
}

// generatorOnHost finds, by the utilisation law X D / N, rows whose instances
// are idle although throughput no longer grows, with N near the host's cores.
func generatorOnHost(t tables.Table, rows []tables.Row, o Options) []Finding {
	if !t.HasN || o.Cores == 0 {
		return nil
	}
	var idle []tables.Row
	best, at := 0.0, 0.0
	for _, r := range rows {
		if r.X > best {
			best, at = r.X, r.N
		}
	}
	for _, r := range rows {
		if r.CPUS > 0 && r.X*r.CPUS/r.N < idleShare && (r.N > at || r.N >= o.Cores) {
			idle = append(idle, r)
		}
	}
	if len(idle) == 0 {
		return nil
	}
	r := idle[len(idle)-1]
	return []Finding{{GeneratorOnHost, lines(idle), fmt.Sprintf("%.6g of them use %.3g of %.6g cores, so something else on the host uses the rest or holds them up: the load generator, most likely", r.N, r.X*r.CPUS, o.Cores)}}
}

// ceiling finds a flat end: three sizes or more that span a factor of two and
// agree to half a per cent, after smaller ones that grew.
func ceiling(t tables.Table, rows []tables.Row) []Finding {
	s := newSample(rows, Constant)
	from := s.sizes() - 1
	lo, hi := s.mean[from], s.mean[from]
	for from > 0 {
		l, h := math.Min(lo, s.mean[from-1]), math.Max(hi, s.mean[from-1])
		if h/l-1 > flatSpread {
			break
		}
		lo, hi, from = l, h, from-1
	}
	if s.sizes()-from < 3 || s.largest() < 2*s.n[from] || from == 0 {
		return nil
	}
	var flat []tables.Row
	for _, r := range rows {
		if r.N >= s.n[from] {
			flat = append(flat, r)
			if r.Clients > 0 || r.Offered > 0 {
				return nil // the load is known, and another finding speaks of it
			}
		}
	}
	return []Finding{{BandwidthCeiling, lines(flat), fmt.Sprintf("from N = %.6g on throughput is %.6g to within %.2g %%: a network, a disk, the load or another fixed rate sets it, not contention, which is never so sharp", s.n[from], hi, 100*(hi/lo-1))}}
}

// loadGrows finds perfect proportionality over three sizes or more, unless the
// load is known to be another.
func loadGrows(rows []tables.Row, found []Finding) []Finding {
	s := newSample(rows, Constant)
	per := make([]tables.Row, s.sizes())
	for i := range per {
		per[i] = tables.Row{X: s.mean[i] / s.n[i]}
	}
	if s.sizes() < 3 || len(found) > 0 {
		return nil
	}
	if straight(rows) == s.sizes() && spread(per, func(r tables.Row) float64 { return r.X }) > straightSpread {
		return []Finding{{LoadGrows, lines(rows), "throughput per instance is the same at every N, to the digits given: the load was scaled with N and met, which does not say what the system can do"}}
	}
	if spread(per, func(r tables.Row) float64 { return r.X }) > straightSpread {
		return nil
	}
	return []Finding{{LoadGrows, lines(rows), fmt.Sprintf("throughput per instance is the same to %.2g %% at every N: the load was scaled with N and met, which does not say what the system can do", 100*spread(per, func(r tables.Row) float64 { return r.X }))}}
}

// throttled finds threads beyond a CPU limit: past the best N, throughput falls
// and the tail doubles although the median does not rise.
func throttled(rows []tables.Row, o Options) []Finding {
	best := rows[0]
	for _, r := range rows {
		if r.X > best.X {
			best = r
		}
	}
	var past []tables.Row
	for _, r := range rows {
		if r.N > best.N && r.P50 > 0 && r.Tail > 1.1*best.Tail && r.P50 <= best.P50 && r.X < best.X && best.P50 > 0 {
			past = append(past, r)
		}
	}
	if len(past) < 2 || past[len(past)-1].Tail < 2*best.Tail || past[len(past)-1].X > 0.9*best.X {
		return nil
	}
	why := fmt.Sprintf("past N = %.6g throughput falls and the tail grows while the median does not: threads run at once, use up the CPU limit early in a period and stand still for the rest of it", best.N)
	if o.CPULimit > 0 {
		why += fmt.Sprintf("; the limit is %.6g cores", o.CPULimit)
	}
	return []Finding{{CPULimit, lines(past), why}}
}
