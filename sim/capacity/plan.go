package capacity

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim"
)

// PlanSchema names the format of a plan.
const PlanSchema = "velocitas.plan/1"

// Question is what a plan is asked.
type Question struct {
	In         sim.Input   // the number of instances, the load's kind and its rate are replaced
	Objectives []Objective // at least one; rates of their own are ignored
	RateRps    float64     // > 0
	Peak       float64     // > 1 asks for a steady rate of so many times RateRps as well; else 0
	Survive    int         // > 0 asks for the loss of so many instances as well
	Max        int         // instances at most, >= 1
	// Replications is how many are made at most of each case; 0 is 100.
	Replications int
}

// Answer is the least number of instances that keeps the objectives in all
// cases, with the evidence.
type Answer struct {
	Schema     string            `json:"schema"`
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Seed       uint64            `json:"seed"`
	Profile    *model.ProfileRef `json:"profile"`
	Scenario   json.RawMessage   `json:"scenario"`
	RateRps    float64           `json:"rate_rps"`
	Peak       float64           `json:"peak,omitempty"`
	Survive    int               `json:"survive,omitempty"`
	Objectives []string          `json:"objectives"`
	Max        int               `json:"max"`
	// Instances is the answer; 0 if no number up to Max does.
	Instances int `json:"instances"`
	// Rows are the answer and its neighbours, and the rule of thumb's number,
	// by number of instances.
	Rows []Row `json:"rows"`
	// Evidence says in how many replications the answer and the number below
	// it keep the objectives.
	Evidence string `json:"evidence"`
	// Limit says what stands in the way of fewer or, without an answer, of any.
	Limit       string      `json:"limit"`
	RuleOfThumb RuleOfThumb `json:"rule_of_thumb"`
	Warnings    []string    `json:"warnings"`
}

// Row is one number of instances. It keeps the objectives if each case does.
type Row struct {
	Instances int    `json:"instances"`
	Kept      bool   `json:"kept"`
	Cases     []Case `json:"cases"`
}

// Case is one thing that a number of instances has to bear: "rate", "peak" or
// "loss". Figures are averages over the replications with 95 % intervals; for a
// loss they are of the time from the loss on.
type Case struct {
	Case         string            `json:"case"`
	RateRps      float64           `json:"rate_rps"`
	Kept         bool              `json:"kept"`
	InDoubt      bool              `json:"in_doubt"` // an interval straddles its objective
	KeptIn       int               `json:"kept_in"`  // replications that keep all objectives by themselves
	Replications int               `json:"replications"`
	Verdict      model.Verdict     `json:"verdict"`
	Limit        model.Limit       `json:"limit"`
	Throughput   model.Estimate    `json:"throughput_rps"`
	LatencyMs    model.Latency     `json:"latency_ms"`
	ErrorRate    model.Estimate    `json:"error_rate"`
	Utilisation  model.Utilisation `json:"utilisation"`
}

// The cases.
const (
	atRate = "rate"
	atPeak = "peak"
	atLoss = "loss"
)

// evidence is the least number of replications of the answer and its
// neighbours; the search itself makes do with fewer where those are clear.
const evidence = 20

// Plan finds the least number of instances that keeps the objectives. It
// gallops from the rule of thumb's number, bisects, and then looks at the
// neighbours: where more instances do not always do better, it goes on to the
// least that does among them, and says so. An answer without instances is no
// error; the error is the context's or the simulator's, or says what of the
// scenario a plan cannot take.
func Plan(ctx context.Context, q Question) (*Answer, error) {
	s, err := newSearch(ctx, q)
	if err != nil {
		return nil, err
	}
	n, err := s.least(ctx)
	if err != nil {
		return nil, err
	}
	if s.guess > s.floor {
		if _, err := s.keeps(ctx, s.guess); err != nil {
			return nil, err
		}
	}
	var limit, count string
	if n == 0 {
		limit, err = s.whyNone(ctx)
	} else {
		limit, count = s.whyNotFewer(n), s.evidence(n)
	}
	if err != nil {
		return nil, err
	}
	a, err := s.answer(n)
	if err != nil {
		return nil, err
	}
	a.Limit, a.Evidence, a.RuleOfThumb = limit, count, s.thumb(n)
	return a, nil
}

// answer is all but the sentences.
func (s *search) answer(n int) (*Answer, error) {
	sc := s.q.In.Scenario
	a := &Answer{
		Schema: PlanSchema, Name: sc.Name, Version: s.q.In.Version, Seed: sc.Seed,
		Profile: &model.ProfileRef{Name: s.q.In.Profile.Name, Digest: s.q.In.Profile.Digest()},
		RateRps: s.q.RateRps, Peak: s.q.Peak, Survive: s.q.Survive, Max: s.q.Max,
		Instances: n, Rows: []Row{}, Warnings: append([]string{}, s.warnings...),
	}
	for _, o := range s.q.Objectives {
		a.Objectives = append(a.Objectives, o.String())
	}
	var err error
	if a.Scenario, err = json.Marshal(sc); err != nil {
		return nil, err
	}
	warned := map[string]bool{}
	for _, r := range s.rows {
		near := n > 0 && r.instances >= n-1 && r.instances <= n+1 || n == 0 && r.instances == s.q.Max
		if r.hardest() != nil && (near || r.instances == s.guess) {
			a.Rows = append(a.Rows, r.row())
		}
		if r.instances != n {
			continue
		}
		for _, t := range r.cases {
			for _, text := range t.trial.point.Warnings {
				if !warned[text] {
					a.Warnings = append(a.Warnings, text)
				}
				warned[text] = true
			}
		}
	}
	return a, nil
}

// row is what has been found out about a number of instances.
func (r *row) row() Row {
	out := Row{Instances: r.instances, Kept: r.keeps()}
	for _, c := range r.cases {
		t := c.trial
		if t.made == 0 {
			continue
		}
		out.Cases = append(out.Cases, Case{
			Case: c.name, RateRps: c.rateRps, Kept: t.kept, InDoubt: !t.sure, KeptIn: t.keptIn, Replications: t.made,
			Verdict: t.point.Verdict, Limit: t.point.Limit, Throughput: t.point.ThroughputRps,
			LatencyMs: t.point.LatencyMs, ErrorRate: t.point.Errors.Rate, Utilisation: t.point.Utilisation,
		})
	}
	return out
}

// evidence says how often the answer and the number below keep the objectives
// by the replication, each in the case that is hardest for it.
func (s *search) evidence(n int) string {
	text := s.count(n)
	if n > 1 {
		text = s.count(n-1) + ", " + text
	}
	if n < s.q.Max {
		text += ", " + s.count(n+1)
	}
	return text
}

func (s *search) count(n int) string {
	worst := s.at(n).hardest()
	if worst == nil {
		return fmt.Sprintf("N=%d in none", n)
	}
	switch t := worst.trial; t.keptIn {
	case t.made:
		return fmt.Sprintf("N=%d in all of %d replications", n, t.made)
	case 0:
		return fmt.Sprintf("N=%d in none of %d", n, t.made)
	default:
		return fmt.Sprintf("N=%d in %d of %d", n, t.keptIn, t.made)
	}
}
