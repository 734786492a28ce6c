package model

import (
	"encoding/json"
	"math"
	"testing"
)

// found is a curve with points made of instances, throughput, p99 and limit.
func found(scenario string, points ...Point) *Curve {
	return &Curve{Kind: Predicted, Scenario: json.RawMessage(scenario), Points: points}
}

func at(n int, x, p99 float64, l Limit) Point {
	return Point{Instances: n, ThroughputRps: Exactly(x), OfferedRps: x, LatencyMs: Latency{P50: Exactly(p99 / 4), P99: Exactly(p99)}, Limit: l}
}

func (p Point) failing(rate float64) Point {
	p.Errors = Errors{Rate: Exactly(rate), ByCause: map[string]int64{CauseClientTimeout: 80}}
	return p
}
func (p Point) offering(rps float64) Point { p.OfferedRps = rps; return p }

const (
	closedLoad = `{"load": {"kind": "closed", "clients_per_instance": 4}}`
	openLoad   = `{"load": {"kind": "open", "rate_per_instance": 100}}`
)

// Each finding is what somebody reads off the numbers beside it.
func TestScalingFinding(t *testing.T) {
	for want, c := range map[string]*Curve{
		"Throughput stops growing at 4 instances: the host’s cores are used up": found(closedLoad,
			at(1, 60, 100, LimitCPULimit), at(2, 120, 100, LimitCPULimit), at(4, 220, 200, LimitHost), at(8, 225, 400, LimitHost)),
		"Throughput is highest at 2 instances and falls beyond: nginx is busy": found(closedLoad,
			at(1, 60, 1, LimitCPULimit), at(2, 110, 1, LimitBalancer), at(4, 90, 1, LimitBalancer)),
		"More instances bring no more throughput: the store’s one writer is busy": found(closedLoad,
			at(1, 60, 1, LimitWriter), at(2, 61, 1, LimitWriter)),
		"Throughput grows with the instances: 7.8 × the throughput of one with 8 instances": found(closedLoad,
			at(1, 10, 1, LimitCPULimit), at(8, 78, 1, LimitCPULimit)),
		"Throughput grows less than the instances: 5 × the throughput of one with 8 instances": found(closedLoad,
			at(1, 10, 1, LimitCPULimit), at(8, 50, 1, LimitCPULimit)),
		"Throughput grows faster than the instances: 12 × the throughput of one with 8 instances": found(closedLoad,
			at(1, 10, 1, LimitCPULimit), at(8, 120, 1, LimitCPULimit)),
		"2 instances answer 1,234 requests/s: the CPU limit is used up": found(closedLoad, at(2, 1234, 1, LimitCPULimit)),
		"All offered load is answered, up to 800 requests/s with 8 instances": found(openLoad,
			at(1, 100, 1, LimitLoad), at(8, 800, 1, LimitLoad)),
		"All offered load (300 requests/s) is answered at each size": found(openLoad, at(2, 300, 1, LimitLoad), at(3, 300, 1, LimitLoad)),
		"All offered load is answered from 3 instances on": found(openLoad,
			at(2, 200, 1, LimitCPULimit).offering(300), at(3, 300, 1, LimitLoad), at(4, 300, 1, LimitLoad)),
		"All offered load is answered up to 2 instances: the host’s cores are used up": found(openLoad,
			at(2, 200, 1, LimitLoad), at(3, 220, 1, LimitHost).offering(300)),
		"80 % of requests fail, most of them: client timeout": found(openLoad, at(4, 50, 215, LimitInstance).failing(0.797)),
		"Requests fail at every size, at worst 98 % with 1 instance": found(closedLoad,
			at(1, 1, 1, LimitCPULimit).failing(0.98), at(8, 32, 1, LimitCPULimit).failing(0.62)),
		"Requests fail from 4 instances on, at worst 5 %": found(closedLoad,
			at(1, 9, 1, LimitLoad), at(4, 30, 1, LimitBalancer).failing(0.02), at(8, 50, 1, LimitBalancer).failing(0.05)),
	} {
		if got := c.ScalingFinding(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestOtherFindings(t *testing.T) {
	two := found(closedLoad, at(1, 10, 96, LimitCPULimit), at(8, 60, 396, LimitHost))
	two.Points[0].Utilisation.Instances, two.Points[1].Utilisation.Host = Exactly(0.99), Exactly(0.97)
	two.Points[1].Distribution = []Quantile{{0.5, 99}}
	failing := found(closedLoad, at(4, 10, 215, LimitInstance).failing(0.8))
	failing.Points[0].Distribution = []Quantile{{0, 1}, {0.5, 50}}
	for want, got := range map[string]string{
		"p99 rises from 96 ms to 396 ms with 8 instances":                         two.LatencyFinding(),
		"With 1 instance the instances are busy, with 8 the host: 97 %":           two.UtilisationFinding(),
		"With 8 instances: median 99 ms, 1 in 100 requests over 396 ms":           two.DistributionFinding(),
		"p99 of answered requests is 215 ms with 4 instances":                     failing.LatencyFinding(),
		"80 % of requests fail; half of the others take up to 54 ms":              failing.DistributionFinding(),
		"Nobody gets an answer":                                                   found(closedLoad, at(1, 0, 0, "")).LatencyFinding(),
		"p99 is about 10 ms at each size":                                         found(closedLoad, at(1, 1, 10, ""), at(2, 2, 10.5, "")).LatencyFinding(),
		"p99 is lowest with 2 instances (1 ms), highest with 4 instances (1.5 s)": found(closedLoad, at(1, 1, 10, ""), at(2, 2, 1, ""), at(4, 2, 1500, ""), at(8, 2, 20, "")).LatencyFinding(),
		"p99 falls from 1.5 s to 1 ms with 2 instances":                           found(closedLoad, at(1, 1, 1500, ""), at(2, 2, 1, "")).LatencyFinding(),
		"No part reports its utilisation":                                         found(closedLoad, at(1, 1, 1, "")).UtilisationFinding(),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := failing.Points[0].OfAll(); len(got) != 2 || math.Abs(got[1].Q-0.1) > 1e-12 || got[1].LatencyMs != 50 {
		t.Errorf("%v: half of a fifth answered are a tenth of all", got)
	}
}

// The ideal goes on from the smallest size that does not fail, and only where
// clients wait for answers.
func TestIdealFrom(t *testing.T) {
	c := found(closedLoad, at(1, 1, 1, "").failing(0.98), at(2, 20, 1, ""), at(4, 30, 1, ""))
	if p := c.IdealFrom(); p == nil || p.Instances != 2 {
		t.Errorf("%v", p)
	}
	if p := found(openLoad, at(1, 1, 1, ""), at(2, 2, 1, "")).IdealFrom(); p != nil {
		t.Errorf("an open load has an ideal: %v", p)
	}
}

// moments has p99, number in system and errors over 60 steps, disturbed from
// step 20 to 30.
func moments(p99, inside, errors float64, lasts bool) []Moment {
	var all []Moment
	for i := range 60 {
		m := Moment{TimeS: float64(i), OfferedRps: 100, ThroughputRps: 100, P50Ms: 5, P99Ms: 20, InSystem: 2}
		if i >= 20 && (i < 30 || lasts) {
			m.P99Ms, m.InSystem, m.ErrorsRps, m.ThroughputRps = p99, inside, errors, 100-errors
		}
		all = append(all, m)
	}
	return all
}

func TestTimelineFinding(t *testing.T) {
	for want, m := range map[string][]Moment{
		"With 3 instances p99 stays about 20 ms":                            moments(22, 2, 0, false),
		"With 3 instances p99 peaks at 900 ms (usually 20 ms) and recovers": moments(900, 40, 0, false),
		"With 3 instances 8.3 % of requests fail, then it recovers":         moments(20, 2, 50, false),
		"With 3 instances 99 % of requests still fail at the end":           moments(20, 2, 99, true),
		"With 3 instances requests pile up and it does not recover":         moments(30, 400, 0, true),
		"With 3 instances 33 % of requests fail and it does not recover":    moments(20, 400, 50, true),
		"What happens over time with 3 instances":                           nil,
	} {
		p := Point{Instances: 3, Timeline: m}
		if want == "With 3 instances 33 % of requests fail and it does not recover" {
			for i := range m { // fewer than half fail at the end
				m[i].ErrorsRps *= 0.98
				m[i].ThroughputRps = 100 - m[i].ErrorsRps
			}
		}
		if got := p.TimelineFinding(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The story is told by the size that is thrown off most, not by the largest.
func TestStory(t *testing.T) {
	c := found(openLoad,
		Point{Instances: 2, Timeline: moments(900, 40, 0, false)}, Point{Instances: 4, Timeline: moments(40, 5, 0, false)}, Point{Instances: 8})
	if p := c.Story(); p == nil || p.Instances != 2 {
		t.Errorf("%+v", p)
	}
	if p := found(openLoad, Point{Instances: 8}).Story(); p != nil {
		t.Errorf("a story without a timeline: %+v", p)
	}
}

func TestAsked(t *testing.T) {
	for in, want := range map[string]string{
		`{"load": {"kind": "closed", "clients_per_instance": 4}, "instance": {"cpus": 0.5, "demand": "profile"}, "host": {"count": 1, "cores": 8}}`:                                                                                     "4 clients per instance | CPU limit 0.5 | host of 8 cores | true false",
		`{"load": {"kind": "open", "rate": 1200, "shape": {"kind": "flash"}, "timeout": "250ms", "retries": 1}, "instance": {"cpus": 0, "demand": {"mean": "5ms"}}, "balancer": {"cost": "profile"}, "host": {"count": 3, "cores": 1}}`: "1,200 requests/s, changing (flash), time-out 250ms, 1 retry | no CPU limit | 3 hosts of 1 core | false true",
		`{"load": {"kind": "open", "arrivals": "trace"}, "instance": {"demand": {}}, "balancer": {"cost": "0s", "connect": "0s"}, "host": {"cores": 0}}`:                                                                                "arrivals from a trace | no CPU limit | cores unbounded | false false",
		``: " true true",
	} {
		c := Curve{Scenario: json.RawMessage(in)}
		a := c.Asked()
		got := ""
		for _, w := range a.Words() {
			got += w + " | "
		}
		got = got[:max(0, len(got)-2)] + map[bool]string{true: "| true ", false: "| false "}[a.ServiceOfProfile]
		got += map[bool]string{true: "true", false: "false"}[a.BalancerOfProfile]
		if in == "" {
			got = got[1:]
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
