package fit

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// Tolerances of what is found without being told: how far clients must exceed the
// requests in the system, how much what stays may move, and the share of its time
// that a client at most waits for an answer where the load is its own limit.
const (
	exceeds     = 1.15
	stays       = 0.1
	waitedShare = 0.15
)

// heldBack finds rows that the load bounds although nobody says so: more clients
// than there are requests in the system (X R), which stay as many whatever is
// added, or clients that nearly all think.
func heldBack(t tables.Table, rows []tables.Row) []Finding {
	var known []tables.Row
	for _, r := range rows {
		if t.HasN && r.Clients == 0 && t.InFlight {
			r.Clients = r.N
		}
		if r.R > 0 && r.Clients > 0 && r.ThinkS == 0 && !t.RIsMedian {
			known = append(known, r)
		}
	}
	sort.SliceStable(known, func(i, j int) bool { return known[i].N < known[j].N })
	if out := stuckInFlight(t, known); out != nil {
		return out
	}
	return thinkers(t, known)
}

// stuckInFlight finds the last rows, at three sizes or more, in which neither
// throughput nor the number in the system moves although N or the clients grow
// by half, and there are more clients than that.
func stuckInFlight(t tables.Table, rows []tables.Row) []Finding {
	if !t.HasN || len(rows) < 3 {
		return nil
	}
	last := rows[len(rows)-1]
	in := func(r tables.Row) float64 { return t.PerSecond(r) * r.R }
	from := len(rows)
	for from > 0 {
		r := rows[from-1]
		if r.Clients < exceeds*in(r) || math.Abs(in(r)/in(last)-1) > stays || math.Abs(r.X/last.X-1) > stays {
			break
		}
		from--
	}
	held := rows[from:]
	if len(held) < 3 || newSample(held, Constant).sizes() < 3 || last.N < 1.5*held[0].N {
		return nil
	}
	if last.Clients >= 1.5*held[0].Clients {
		return []Finding{{LoadBound, lines(held), fmt.Sprintf("clients grow from %s to %s, but only about %s requests are in the system at a time (X R): the load generator, or a limit on connections, holds the others back", num(held[0].Clients), num(last.Clients), num(in(last)))}}
	}
	return []Finding{{LoadBound, lines(held), fmt.Sprintf("of %s clients only about %s are in the system at every N (X R), and neither throughput nor response moves with N: the others do not wait for it, so the load asks for no more", num(last.Clients), num(in(last)))}}
}

// thinkers finds clients that think, from rows that agree on for how long, and of
// those the rows in which hardly any client waits for an answer.
func thinkers(t tables.Table, rows []tables.Row) []Finding {
	if len(rows) < 2 {
		return nil
	}
	var thinks []float64
	for _, r := range rows {
		x := t.PerSecond(r)
		if r.Clients < exceeds*x*r.R {
			return nil
		}
		thinks = append(thinks, r.Clients/x-r.R)
	}
	slices.Sort(thinks)
	think := thinks[len(thinks)/2]
	if thinks[0] < think*(1-stays) || thinks[len(thinks)-1] > think*(1+stays) {
		return nil
	}
	var bound []tables.Row
	for _, r := range rows {
		if r.R <= waitedShare*(r.R+think) {
			bound = append(bound, r)
		}
	}
	if len(bound) == 0 {
		return nil
	}
	r := bound[len(bound)-1]
	return []Finding{{LoadBound, lines(bound), fmt.Sprintf("clients seem to think for %s between requests (clients over X, less R, in all rows), so %s of them cannot send more than %s/s, and throughput is within %.0f %% of that", tables.Seconds(think), num(r.Clients), num(r.Clients/think), 100*r.R/(r.R+think))}}
}

// unmarked are the rows that no finding is about.
func unmarked(rows []tables.Row, found []Finding) []tables.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r tables.Row) bool {
		return slices.ContainsFunc(found, func(f Finding) bool { return slices.Contains(f.Lines, r.Line) })
	})
}

// straight is how many of the smallest sizes have the same throughput for each of
// N, to the digits in which it is given.
func straight(rows []tables.Row) int {
	half := 0.5
	for _, r := range rows {
		_, decimals, _ := strings.Cut(strconv.FormatFloat(r.X, 'f', -1, 64), ".")
		half = math.Min(half, 0.5*math.Pow(10, -float64(len(decimals))))
	}
	s := newSample(rows, Constant)
	lo, hi := 0.0, math.Inf(1)
	for i, n := range s.n {
		lo, hi = math.Max(lo, (s.mean[i]-half)/n), math.Min(hi, (s.mean[i]+half)/n)
		if lo > hi*(1+1e-12) {
			return i
		}
	}
	return s.sizes()
}

// metAtFirst finds four sizes or more, the smallest, whose throughput for each of
// N is the same to the digits given, before others that fall behind: there the
// load was met. Nothing that computes is so even.
func metAtFirst(rows []tables.Row, found []Finding) []Finding {
	s := newSample(rows, Constant)
	n := straight(rows)
	if n < 4 || n == s.sizes() || slices.ContainsFunc(found, func(f Finding) bool { return f.Verdict == LoadBound || f.Verdict == LoadGrows }) {
		return nil
	}
	var met []tables.Row
	for _, r := range rows {
		if r.N <= s.n[n-1] {
			met = append(met, r)
		}
	}
	return []Finding{{LoadGrows, lines(met), fmt.Sprintf("up to N = %s throughput for each of N is the same to the digits given: the load was scaled with N and met, and only beyond does the system show", num(s.n[n-1]))}}
}
