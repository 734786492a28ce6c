package load

import (
	"strings"
	"testing"
	"time"
)

// runOf is a run of n requests every 10 ms with a latency of 20 ms, in which
// the last late ones leave lag after their time.
func runOf(n, late int, lag time.Duration) *Run {
	r := &Run{Planned: n, PlannedFor: time.Duration(n-1) * 10 * ms, Bound: DefaultBound}
	for i := range n {
		rec := Record{Intended: time.Duration(i) * 10 * ms, Latency: 20 * ms, Status: 200}
		rec.Sent = rec.Intended
		if i >= n-late {
			rec.Sent += lag
		}
		r.Records = append(r.Records, rec)
	}
	return r
}

func TestBehind(t *testing.T) {
	for _, row := range []struct {
		why  string
		run  *Run
		want string // a part of the verdict; empty: kept its plan
	}{
		{"always in time", runOf(1000, 0, 0), ""},
		{"1 % late is what the bound allows", runOf(1000, 10, 100*ms), ""},
		{"2 % late is more", runOf(1000, 20, 100*ms), "late"},
		{"late within the bound", runOf(1000, 1000, 2*ms), ""},
		{"late beyond it", runOf(1000, 1000, 2*ms+1), "late"},
		{"5 % of a latency of a second is 50 ms", slow(runOf(1000, 1000, 49*ms)), ""},
		{"and no more", slow(runOf(1000, 1000, 51*ms)), "late"},
		{"2 % late by less than 5 % of what 2 % take", tailed(runOf(1000, 20, 40*ms)), ""},
		{"and by more", tailed(runOf(1000, 20, 60*ms)), "1 %"},
		{"half late by more than 5 % of what half take", tailed(runOf(1000, 600, 3*ms)), "half"},
		{"requests that never left", func() *Run { r := runOf(1000, 0, 0); r.Planned = 1011; return r }(), "planned"},
		{"a closed load has no planned rate", func() *Run { r := runOf(100, 0, 0); r.Planned = 0; return r }(), ""},
		{"nothing planned, nothing sent", &Run{Bound: DefaultBound}, ""},
	} {
		got := row.run.Behind()
		if (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s: %q: want %q", row.why, got, row.want)
		}
	}
}

// tailed has the last 2 % take a second.
func tailed(r *Run) *Run {
	for i := len(r.Records) * 98 / 100; i < len(r.Records); i++ {
		r.Records[i].Latency = time.Second
	}
	return r
}

func slow(r *Run) *Run {
	for i := range r.Records {
		r.Records[i].Latency = time.Second
	}
	return r
}
