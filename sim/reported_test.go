package sim

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// reported simulates a scenario that once got a wrong answer.
func reported(t *testing.T, name string, settings ...scenarios.Setting) *model.Curve {
	t.Helper()
	s, err := scenarios.Read(context.Background(), filepath.Join("..", "testdata", "reported", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.Replications, s.MaxReplications = 4, 4
	if err := s.Set(settings...); err != nil {
		t.Fatal(err)
	}
	c, err := Run(context.Background(), Input{Scenario: s, Profile: referenceProfile(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func said(p *model.Point, words string) bool {
	return strings.Contains(strings.Join(p.Warnings, "\n"), words)
}

// Of an M/M/1 queue at 80 % of its capacity 38 % of requests take longer than 50
// ms, by its formula e^(-(μ-λ)t): their clients give up, and p99 over all requests
// is beyond any bound although that of the answered ones is within 50 ms.
func TestClientsThatGiveUpCount(t *testing.T) {
	p := &reported(t, "surv").Points[0]
	if want := math.Exp(-(100 - 80) * 0.05); math.Abs(p.Errors.Rate.Value-want) > 0.04 {
		t.Errorf("%.3f of the requests fail, the formula says %.3f", p.Errors.Rate.Value, want)
	}
	if p.LatencyMs.P99.Value >= 50 || !math.IsInf(p.LatencyOfAllMs.P99.Value, 1) {
		t.Errorf("p99 is %g ms of answered requests and %g ms of all", p.LatencyMs.P99.Value, p.LatencyOfAllMs.P99.Value)
	}
	var failed int64
	for _, n := range p.Errors.ByCause {
		failed += n
	}
	if failed == 0 || p.Errors.ByCause[model.CauseClientTimeout] != failed || p.Limit != model.LimitFailures {
		t.Errorf("causes %v, limit %s", p.Errors.ByCause, p.Limit)
	}
}

// A request takes two of a worker's connections, so 768 are too few for 400
// clients and enough for 380.
func TestConnectionsRunOut(t *testing.T) {
	for clients, enough := range map[string]bool{"400": false, "380": true} {
		c := reported(t, "c400", scenarios.Setting{Key: "load.clients", Value: clients}, scenarios.Setting{Key: "duration", Value: "20s"})
		for i := range c.Points {
			p := &c.Points[i]
			if enough {
				if p.Errors.Rate.Value != 0 || p.Verdict != model.Stable {
					t.Errorf("%s clients, %d instances: %.2f fail, %s", clients, p.Instances, p.Errors.Rate.Value, p.Verdict)
				}
				continue
			}
			cause, share := p.Errors.Leading()
			if p.Limit != model.LimitWorkerConnections || p.Verdict != model.Collapsed || cause != model.CauseWorkerConnections || share < 0.99 || !said(p, "worker_connections") {
				t.Errorf("%s clients, %d instances: limit %s, %s, %.2f by %s: %v", clients, p.Instances, p.Limit, p.Verdict, share, cause, p.Warnings)
			}
		}
	}
}

// 10,000 requests wait when an instance goes on after 100 s; it takes 900 a second
// more than come.
func TestRecoveryIsSeen(t *testing.T) {
	p := &reported(t, "tene220").Points[0]
	if p.Verdict != model.Stable || math.Abs(p.RecoveredS-(200+10000/900.0)) > 1 || said(p, "not recovered") {
		t.Errorf("%s, recovered at %g s: %v", p.Verdict, p.RecoveredS, p.Warnings)
	}
	p = &reported(t, "tene220", scenarios.Setting{Key: "duration", Value: "205s"}).Points[0]
	if p.Verdict == model.Stable || p.RecoveredS != 0 || !said(p, "had not recovered") || !said(p, "would see the backlog go") {
		t.Errorf("cut short: %s, recovered at %g s: %v", p.Verdict, p.RecoveredS, p.Warnings)
	}
}

// A stated service takes nothing of a profile unless it asks for it.
func TestStatedServiceTakesNothing(t *testing.T) {
	short := scenarios.Setting{Key: "duration", Value: "2s"}
	c := reported(t, "goapi-nginx-cost", short, scenarios.Setting{Key: "instances", Value: "1-1"})
	if p := &c.Points[0]; c.Profile != nil || p.Utilisation.Balancer.Value != 0 || math.Abs(p.ThroughputRps.Value/5000-1) > 0.03 || p.LatencyMs.P99.Value > 50 {
		t.Errorf("profile %v, nginx busy %g, %g/s, p99 %g ms", c.Profile, p.Utilisation.Balancer.Value, p.ThroughputRps.Value, p.LatencyMs.P99.Value)
	}
	c = reported(t, "goapi-nginx-cost", short, scenarios.Setting{Key: "instances", Value: "1-1"}, scenarios.Setting{Key: "balancer.cost", Value: "profile"})
	if p := &c.Points[0]; c.Profile == nil || p.Limit != model.LimitBalancer || p.ThroughputRps.Value > 3000 {
		t.Errorf("asked for: profile %v, limit %s, %g/s", c.Profile, p.Limit, p.ThroughputRps.Value)
	}
}

// Stamps since 1970 are a trace that begins at its first; the 40 of this one take
// 1.5 s, and the run ends with it.
func TestTraceOfStamps(t *testing.T) {
	p := &reported(t, "tr_epoch").Points[0]
	if p.Completed == 0 || p.ThroughputRps.Value < 15 || p.ThroughputRps.Value > 40 {
		t.Errorf("%d answered, %g/s", p.Completed, p.ThroughputRps.Value)
	}
}

// Four workers without a zone go through 1,200 instances in step, so that requests
// wait at 5 % busy; with a zone each instance is an M/M/1 queue at 5 %, whose p95
// is that of one request alone, ln 20 times 72 ms, and a twentieth more at most.
func TestWorkersInStep(t *testing.T) {
	short := scenarios.Setting{Key: "duration", Value: "30s"}
	p := &reported(t, "shop1200", short).Points[0]
	if !said(p, "in step") || !said(p, "zone: true") {
		t.Errorf("p95 %g ms, and nothing says why: %v", p.LatencyMs.P95.Value, p.Warnings)
	}
	p = &reported(t, "shop1200", short, scenarios.Setting{Key: "balancer.zone", Value: "true"}).Points[0]
	if alone := 72 * math.Log(20); said(p, "in step") || math.Abs(p.LatencyMs.P95.Value/alone-1) > 0.06 {
		t.Errorf("with a zone p95 is %g ms, alone %g ms: %v", p.LatencyMs.P95.Value, alone, p.Warnings)
	}
}

// A byte order mark before a scenario is no part of its first key.
func TestScenarioWithMark(t *testing.T) {
	if p := &reported(t, "scenario-bom", scenarios.Setting{Key: "duration", Value: "10s"}).Points[0]; p.Completed == 0 {
		t.Error("nothing is answered")
	}
}
