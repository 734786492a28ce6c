package calibrate

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// made is a trace in which a stretch costs quietNs, every so many stretches a
// flush costs flushNs more (the first half as much again), spread over some stretches, and every fifth is
// followed by a compaction.
func made(stretches, every, spread int, quietNs, flushNs, compactNs float64) []stretch {
	trace := make([]stretch, stretches)
	for i := range trace {
		trace[i].endS = float64(i)
		trace[i].cpuNs = quietNs * (1 + 0.1*float64(i*7%11-5)/5) // ± 10 %, evenly
	}
	var tables int64
	flushes := 0
	for i := every; i < stretches; i += every {
		for k := range spread {
			if i-k >= 0 {
				trace[i-k].cpuNs += flushNs / float64(spread)
			}
		}
		if flushes == 0 {
			trace[i].cpuNs += flushNs / 2
		}
		tables += 3 << 20
		flushes++
		mark(trace, i, tables)
		if at := i + every/20 + 1; flushes%5 == 0 && at < stretches {
			trace[at].cpuNs += compactNs
			tables = 1 << 18
			mark(trace, at, tables)
		}
	}
	return trace
}

// mark sets the size of the tables from a stretch on.
func mark(trace []stretch, from int, tables int64) {
	for i := from; i < len(trace); i++ {
		trace[i].tables = tables
	}
}

// What was put into a trace is found in it.
func TestAnalyse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.IntRange(60, 300).Draw(t, "every")
		spread := rapid.IntRange(1, 5).Draw(t, "spread")
		quietNs := rapid.Float64Range(1e5, 1e7).Draw(t, "quiet")
		flushNs := quietNs * rapid.Float64Range(20, 100).Draw(t, "flush")
		compactNs := quietNs * rapid.Float64Range(50, 200).Draw(t, "compaction")
		b, err := analyse(made(12*every+every/2+5, every, spread, quietNs, flushNs, compactNs))
		if err != nil {
			t.Fatal(err)
		}
		// The ± 10 % of stretches in a row add up to 0.14 of one at most. So what a
		// cycle's own work is compared with, an eighth of it on either side, is off
		// by at most a part of itself, which goes into each of the stretches of that
		// work and into what it cost.
		part := 2 * 0.14 / (2 * math.Ceil(float64(every)/partBeside))
		own := float64(every)*(1./partBefore+1./partAfter+1./20) + 4
		off := func(costNs float64) float64 { return (0.14+own*part)*quietNs + part*costNs }
		near := func(gotNs, wantNs, offNs float64) bool {
			return math.Abs(gotNs*quietNs/b.perStretchNs-wantNs) <= offNs
		}
		if b.flushEvery != float64(every) || b.compactEvery != 5 || b.flushes != 12 || math.Abs(b.cycleS-float64(every)) > 1e-9 ||
			math.Abs(b.perStretchNs/quietNs-1) > 0.01 ||
			!near(b.flushNs, flushNs, off(flushNs)) || !near(b.firstNs, flushNs/2, off(1.5*flushNs)+off(flushNs)) ||
			!near(b.compactNs, compactNs, off(flushNs+compactNs)+off(flushNs)) {
			t.Fatalf("found %+v: want a flush of %v every %d, a compaction of %v, quiet %v", b, flushNs, every, compactNs, quietNs)
		}
	})
}

func TestAnalyseTooShort(t *testing.T) {
	for name, trace := range map[string][]stretch{
		"nothing":     nil,
		"no flush":    made(50, 60, 1, 1, 1, 1),
		"two flushes": made(150, 60, 1, 1, 30, 1),
	} {
		if b, err := analyse(trace); err == nil {
			t.Errorf("%s: found %+v", name, b)
		}
	}
}
