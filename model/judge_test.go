package model

import (
	"math"
	"testing"
)

// The limit is the part that is full; where requests fail because of a bound,
// that bound, unless an open load ran into it because some part is full.
func TestJudge(t *testing.T) {
	at := func(cause string) map[string]int64 { return map[string]int64{cause: 10, "x": 1} }
	for _, row := range []struct {
		why                       string
		instances, balancer, host float64
		failed                    float64
		causes                    map[string]int64
		e                         Evidence
		verdict                   Verdict
		limit                     Limit
	}{
		{"nothing is full", 0.5, 0.1, 0.5, 0, nil, Evidence{}, Stable, LimitLoad},
		{"the instances are", 0.98, 0.1, 0.5, 0, nil, Evidence{}, Stable, LimitCPULimit},
		{"nginx is", 0.5, 0.97, 0.6, 0, nil, Evidence{}, Stable, LimitBalancer},
		{"the host is", 0.85, 0.3, 0.99, 0, nil, Evidence{}, Stable, LimitHost},
		{"an open load is answered in full", 0.95, 0.1, 0.5, 0, nil, Evidence{Open: true, Backlog: Stable}, Stable, LimitLoad},
		{"an open load is not", 0.95, 0.1, 0.5, 0, nil, Evidence{Open: true, Backlog: Saturated}, Saturated, LimitCPULimit},
		{"nor without a full part", 0.5, 0.1, 0.5, 0, nil, Evidence{Open: true, Backlog: Saturated}, Saturated, LimitCPULimit},
		{"an idle backlog wanders", 0.5, 0.1, 0.5, 0, nil, Evidence{Open: true, Backlog: NearSaturation}, Stable, LimitLoad},
		{"a busy one does", 0.8, 0.1, 0.5, 0, nil, Evidence{Open: true, Backlog: NearSaturation}, NearSaturation, LimitLoad},
		{"answers fail beside a full part", 0.99, 0.1, 0.5, 0.2, at("y"), Evidence{}, Stable, LimitCPULimit},
		{"answers fail", 0.5, 0.1, 0.5, 0.2, at("y"), Evidence{Open: true, Backlog: Stable}, Stable, LimitFailures},
		{"too few fail to matter", 0.5, 0.1, 0.5, 0.0005, at("y"), Evidence{Open: true, Backlog: Stable}, Stable, LimitLoad},
		{"clients find no connection, and ask again at once", 1, 1, 0.5, 0.3, at(CauseWorkerConnections), Evidence{Repeated: 0.3}, Stable, LimitWorkerConnections},
		{"an open load piles up before nginx", 0.3, 1, 0.5, 0.3, at(CauseWorkerConnections), Evidence{Open: true, Backlog: Stable}, Stable, LimitBalancer},
		{"an open load piles up before an instance", 1, 0.2, 0.5, 0.3, at(CauseWorkerConnections), Evidence{Open: true, Backlog: Stable}, Stable, LimitCPULimit},
		{"the instances are full by max_conns", 0.3, 0.2, 0.5, 0.3, at(CauseMaxConns), Evidence{Open: true, Backlog: Stable}, Stable, LimitMaxConns},
		{"most fail", 0.3, 0.2, 0.5, 0.6, at(CauseRefused), Evidence{Open: true, Backlog: Stable}, Collapsed, LimitFailures},
		{"most fail at the end", 0.95, 0.2, 0.5, 0.3, at(CauseClientTimeout), Evidence{Open: true, Timed: true, Backlog: Stable, LateFailures: 0.9}, Collapsed, LimitCPULimit},
	} {
		p := Point{Utilisation: Utilisation{Instances: Exactly(row.instances), Balancer: Exactly(row.balancer), Host: Exactly(row.host)},
			Errors: Errors{Rate: Exactly(row.failed), ByCause: row.causes}}
		row.e.Busiest, row.e.Part = row.instances, LimitCPULimit
		row.e.Judge(&p)
		if p.Verdict != row.verdict || p.Limit != row.limit {
			t.Errorf("%s: %s and %s, want %s and %s", row.why, p.Verdict, p.Limit, row.verdict, row.limit)
		}
	}
}

// A backlog of 10,000 requests that is left at 200 s and worked off at 900 a
// second is gone at 200 + 10000/900 s, whenever the run ends after that.
func TestRecovered(t *testing.T) {
	d := Disturbance{StartS: 100, EndS: 200}
	for _, endS := range []float64{214, 220, 400} {
		const buckets = 1000
		series := make([]float64, buckets)
		bucketS := endS / buckets
		for i := range series {
			at := (float64(i) + 0.5) * bucketS
			series[i] = math.Max(0.1, math.Min(100*(at-100), 10000-900*(at-200)))
		}
		v, at := d.Recovered(series, bucketS, 0)
		if want := 200 + 10000/900.0; v != Stable || math.Abs(at-want) > 2*bucketS {
			t.Errorf("a run of %g s: %s at %.2f s, want stable at %.2f s", endS, v, at, want)
		}
		half := series[:int(205/bucketS)]
		if v, _ := d.Recovered(half, bucketS, 0); v != Saturated {
			t.Errorf("a run that ends amid the backlog is %s", v)
		}
		if falls := d.Falls(half, bucketS); math.Abs(falls-(10000-900*5)/900.0) > 0.5 {
			t.Errorf("the backlog falls for another %.2f s", falls)
		}
	}
}
