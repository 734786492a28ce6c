package capacity

import (
	"testing"

	"github.com/k9mil/velocitas/model"
)

// variant is a curve at four instances, with its share of failed requests and
// what was answered.
func variant(name string, failed, rps, p99 float64, v model.Verdict) *model.Curve {
	p := model.Point{Instances: 4, ThroughputRps: model.Exactly(rps), Verdict: v,
		LatencyMs: model.Latency{P50: model.Exactly(p99 / 4), P99: model.Exactly(p99)}}
	p.Errors.Rate = model.Exactly(failed)
	return &model.Curve{Name: name, Points: []model.Point{p}}
}

// less is the change of a curve against another, known to a tenth of it.
func less(a, b *model.Curve) []Change {
	by := func(x, y float64) model.Estimate {
		d := y - x
		return model.Estimate{Value: d, Lo: min(0.9*d, 1.1*d), Hi: max(0.9*d, 1.1*d)}
	}
	p, q := a.Points[0], b.Points[0]
	return []Change{{Instances: 4, ThroughputRps: by(p.ThroughputRps.Value, q.ThroughputRps.Value),
		P50Ms: by(p.LatencyMs.P50.Value, q.LatencyMs.P50.Value), P99Ms: by(p.LatencyMs.P99.Value, q.LatencyMs.P99.Value),
		ErrorRate: by(p.Errors.Rate.Value, q.Errors.Rate.Value)}}
}

func against(base *model.Curve, others ...*model.Curve) *Comparison {
	c := &Comparison{Curves: append([]*model.Curve{base}, others...)}
	for _, o := range others {
		c.Changes = append(c.Changes, less(base, o))
	}
	return c
}

// A collapse and what cures it are said first; latencies of those answered are
// not compared where many more failed on one side.
func TestAnswers(t *testing.T) {
	storm := variant("as it is", 0.8, 50, 200, model.Saturated)
	cured, failing := variant("retries=0", 0.1, 200, 100, model.Stable), variant("retries=9", 0.9, 25, 100, model.Saturated)
	steady := variant("workers=1", 0, 100, 200, model.Stable)
	faster, same := variant("workers=2", 0, 100, 100, model.Stable), variant("workers=3", 0, 100, 200, model.Stable)
	for _, c := range []struct {
		of    *Comparison
		title string
		each  []string
	}{
		{against(storm, cured, failing), "As it is it collapses; with retries=0 it is steady", []string{
			"retries=0: is steady, where as it is it collapses, 10 % of requests fail instead of 80 %, throughput +300 % (+270 % to +330 %).",
			"retries=9: 90 % of requests fail instead of 80 %, throughput -50 % (-55 % to -45 %)."}},
		{against(storm, failing, failing), "As it is it collapses, and nothing that was tried helps", nil},
		{against(storm, cured, cured), "As it is it collapses; each of the others is steady", nil},
		{against(steady, faster, same), "With 4 instances p99 is lowest for workers=2", []string{
			"workers=2: p50 -50 % (-55 % to -45 %), p99 -50 % (-55 % to -45 %).", "workers=3: no difference seen."}},
		{against(steady, same), "workers=3: no difference seen", nil},
	} {
		if got := c.of.Answer(); got != c.title {
			t.Errorf("%q, want %q", got, c.title)
		}
		for i, want := range c.each {
			if got := c.of.Answers()[i]; got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}
