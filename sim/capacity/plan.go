package capacity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
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
	// Confidence is the share of runs that have to keep the objectives, each by
	// itself, above 0 and below 1; 0 is 0.95.
	Confidence float64
	// Window is how long a run is; 0 is ten times the scenario's duration, or
	// less where a run has very many requests. What follows a loss is always
	// looked at for the scenario's duration.
	Window time.Duration
	// Replications is how many runs are made at most of each case; 0 is 10 to
	// 100, by how many requests a run has.
	Replications int
}

// Answer is the least number of instances that keeps the objectives in all
// cases, with the evidence.
type Answer struct {
	Schema     string            `json:"schema"`
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Seed       uint64            `json:"seed"`
	Profile    *model.ProfileRef `json:"profile,omitempty"` // nil where nothing of it is used
	Scenario   json.RawMessage   `json:"scenario"`
	RateRps    float64           `json:"rate_rps"`
	Peak       float64           `json:"peak,omitempty"`
	Survive    int               `json:"survive,omitempty"`
	Objectives []string          `json:"objectives"`
	Max        int               `json:"max"`
	// Confidence is the share of runs of RunS seconds that keep the objectives.
	Confidence float64 `json:"confidence"`
	RunS       float64 `json:"run_s"`
	// Instances is the answer; 0 if no number up to Max does.
	Instances int `json:"instances"`
	// Doubt are the numbers of which the estimates over all runs cannot tell that
	// they miss the objectives: the answer is the least that keeps them in as many
	// runs as are asked for, and from Lo on fewer keep them, or may, on average.
	Doubt *Doubt `json:"doubt,omitempty"`
	// Excluded says of all numbers below the answer, or of all, how they were
	// excluded.
	Excluded []Exclusion `json:"excluded"`
	// Pointless says that what instances share is the limit, or what a request
	// takes alone: no number of them helps.
	Pointless bool `json:"pointless"`
	// Helps is what would help instead, as far as that was tried, each by itself,
	// with HelpsAt instances; without the number where no instances are simulated.
	Helps   []string `json:"helps"`
	HelpsAt int      `json:"helps_at,omitempty"`
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

// Doubt are numbers of instances from Lo to Hi.
type Doubt struct {
	Lo int `json:"lo"`
	Hi int `json:"hi"`
}

// Exclusion says how numbers of instances from From to To were excluded: by
// a bound alone, by simulation of each or of one in every few, or not at all.
type Exclusion struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	How  string `json:"how"` // "bound", "simulation", "in steps", "not tried"
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
	InDoubt      bool              `json:"in_doubt"` // on average it is, or may be, the other way
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

// evidence is the least number of runs that confirm the answer.
const evidence = 10

// neighbour is the number of runs at most that show what the number below the
// answer does.
const neighbour = 10

// Plan finds the least number of instances that keeps the objectives. What no
// number can do is found first. Else it gallops from the rule of thumb's number
// and bisects; what it finds is confirmed by runs with other random numbers, and
// all numbers below it are looked at, since fewer may do better: they are excluded
// by their capacity or by simulation, and which were not is said. An answer
// without instances is no error; the error is the context's or the simulator's,
// or says what of the scenario a plan cannot take.
func Plan(ctx context.Context, q Question) (*Answer, error) {
	s, err := newSearch(ctx, q)
	if err != nil {
		return nil, err
	}
	in, err := at(q.In, q.RateRps)
	if err != nil {
		return nil, err
	}
	in.Scenario.WarmUp = scenarios.WarmUp{}
	why, helps, err := s.never(ctx, in)
	if err != nil {
		return nil, err
	}
	if why != "" {
		a, err := s.answer(0)
		if err != nil {
			return nil, err
		}
		a.Limit, a.Pointless, a.Helps, a.RuleOfThumb = why, true, helps, s.thumb(0)
		a.Excluded = []Exclusion{{1, q.Max, "bound"}}
		return a, nil
	}
	n, err := s.least(ctx)
	if err != nil {
		return nil, err
	}
	doubt, err := s.around(ctx, n)
	if err != nil {
		return nil, err
	}
	pointless, helpsAt, helps, err := s.instead(ctx, n)
	if err != nil {
		return nil, err
	}
	a, err := s.answer(n)
	if err != nil {
		return nil, err
	}
	a.Doubt, a.Pointless, a.Helps = doubt, pointless, append(a.Helps, helps...)
	if len(helps) > 0 {
		a.HelpsAt = helpsAt
	}
	a.Excluded = s.excluded(n)
	a.RuleOfThumb = s.thumb(n)
	if n == 0 {
		a.Limit = s.complaint(s.closest())
	} else {
		a.Limit, a.Evidence = s.whyNotFewer(n), s.evidence(n)
	}
	return a, nil
}

// around makes figures of what is shown beside the answer, and tells which
// numbers below it the estimates cannot exclude.
func (s *search) around(ctx context.Context, n int) (*Doubt, error) {
	show := []int{s.guess}
	if n == 0 {
		show = append(show, s.closest(), s.q.Max)
	} else if n < s.q.Max {
		above, err := s.keeps(ctx, n+1)
		if err != nil {
			return nil, err
		}
		if r := s.at(n + 1); !above && r.misses() {
			s.warnings = append(s.warnings, fmt.Sprintf("%d instances keep the objectives and %d do not: more is not always better here", n, n+1))
		}
		show = append(show, n+1)
	}
	for _, m := range show {
		if m > s.floor {
			if err := s.show(ctx, m, parts[0]); err != nil {
				return nil, err
			}
		}
	}
	if n == 0 {
		return nil, nil
	}
	lo, err := s.doubtful(ctx, n)
	if err != nil || lo == n {
		return nil, err
	}
	return &Doubt{lo, n}, nil
}

// doubtful is the least number of instances below n of which the estimates cannot
// tell that they miss the objectives, n if there is none: it goes down from n in
// growing steps until one misses them beyond doubt, and then halves the last.
func (s *search) doubtful(ctx context.Context, n int) (int, error) {
	below, lo := s.floor, n // below misses, lo may not
	for step := 1; lo-1 > below; step *= 2 {
		m := max(lo-step, below+1)
		if err := s.show(ctx, m, neighbour); err != nil {
			return 0, err
		}
		if s.at(m).misses() {
			below = m
			break
		}
		lo = m
	}
	for lo-below > 1 {
		m := (lo + below) / 2
		if err := s.show(ctx, m, neighbour); err != nil {
			return 0, err
		}
		if s.at(m).misses() {
			below = m
		} else {
			lo = m
		}
	}
	return lo, nil
}

// misses tells whether the estimates of some case miss an objective beyond doubt.
func (r *row) misses() bool {
	for _, c := range r.cases {
		t := c.shown()
		if r.instances <= c.lost() {
			return true
		}
		if t.made == 0 {
			continue
		}
		if kept, _ := t.average(); !kept && t.outcome() == Missed {
			return true
		}
	}
	return false
}

// closest is the number of instances whose figures miss the objectives by least,
// of those that have some: the most that may be, if none has.
func (s *search) closest() int {
	best := s.q.Max
	for _, r := range s.rows {
		if r.hardest() != nil && (s.at(best).hardest() == nil || s.excess(r.instances) < s.excess(best)) {
			best = r.instances
		}
	}
	return best
}

// shared is the business from which what instances share is named as the limit
// where it is busier than they are.
const shared = 0.5

// instead tells whether more instances are pointless, and what would help
// instead: where none is enough, or where the answer has more than the rule of
// thumb and it is not the instances that are busy. What helps is tried at the rule
// of thumb's number, and without an answer at the number that came closest.
func (s *search) instead(ctx context.Context, n int) (pointless bool, at int, helps []string, err error) {
	look := n
	if n == 0 {
		look = s.closest()
	}
	c := s.at(look).hardest()
	if c == nil {
		return false, 0, nil, nil
	}
	u := &c.shown().point.Utilisation
	part := max(u.Host.Value, u.Balancer.Value)
	if h := busiest(&c.shown().point); h != nil {
		part = max(part, h.Utilisation.Value)
	}
	apart := s.q.In.Scenario.Balancer.Workers > 1 && !s.q.In.Scenario.Balancer.Zone // each worker has a list of its own
	beside := part > shared && part > u.Instances.Value || apart
	if n > 0 && (!beside || n <= s.guess) {
		return false, 0, nil, nil
	}
	pointless = n == 0 && beside && s.levelled()
	if n == 0 && !pointless && look == s.q.Max && !apart {
		return false, 0, nil, nil // more instances than may be would help
	}
	tries := []int{max(s.guess, s.floor+1), look}
	if apart { // lists in step are what more instances do not help against
		slices.Reverse(tries)
	}
	if n > 0 {
		tries = []int{max(s.guess, s.floor+1)}
	}
	for _, at = range slices.Compact(tries) {
		if helps, err = s.helps(ctx, at); err != nil || len(helps) > 0 {
			break
		}
	}
	return pointless, at, helps, err
}

// levelled tells whether the most instances do no better than a third fewer did,
// of those that have figures.
func (s *search) levelled() bool {
	most := s.excess(s.q.Max)
	for _, r := range s.rows {
		if 3*r.instances <= 2*s.q.Max && r.hardest() != nil && s.excess(r.instances) <= most+0.05 {
			return true
		}
	}
	return false
}

// excluded says how the numbers below the answer n were excluded; of all if it
// is 0.
func (s *search) excluded(n int) []Exclusion {
	last, all := n-1, []Exclusion{}
	if n == 0 {
		last = s.q.Max
	}
	add := func(m int, how string) {
		if k := len(all) - 1; k >= 0 && all[k].How == how {
			all[k].To = m
			return
		}
		all = append(all, Exclusion{m, m, how})
	}
	for m := 1; m <= last; m++ {
		_, tried := s.find(m)
		switch {
		case m <= s.floor:
			add(m, "bound")
		case len(s.unseen) > 0 && m >= s.unseen[0] && m <= s.unseen[len(s.unseen)-1]:
			add(m, "in steps")
		case !tried:
			add(m, "not tried")
		default:
			add(m, "simulation")
		}
	}
	return all
}

// answer is all but the sentences.
func (s *search) answer(n int) (*Answer, error) {
	sc := s.q.In.Scenario
	a := &Answer{
		Schema: PlanSchema, Name: sc.Name, Version: s.q.In.Version, Seed: sc.Seed,
		Profile: s.q.In.ProfileRef(),
		RateRps: s.q.RateRps, Peak: s.q.Peak, Survive: s.q.Survive, Max: s.q.Max,
		Confidence: s.q.confidence(), RunS: s.window.Seconds(),
		Instances: n, Rows: []Row{}, Excluded: []Exclusion{}, Helps: []string{}, Warnings: append([]string{}, s.warnings...),
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
		near := n > 0 && r.instances >= n-1 && r.instances <= n+1 || n == 0 && (r.instances == s.q.Max || r.instances == s.closest())
		if r.hardest() != nil && (near || r.instances == s.guess) {
			a.Rows = append(a.Rows, r.row())
		}
		if r.instances != n {
			continue
		}
		for _, t := range r.cases {
			for _, text := range t.shown().point.Warnings {
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
		t := c.shown()
		if t.made == 0 {
			continue
		}
		average, _ := t.average()
		out.Cases = append(out.Cases, Case{
			Case: c.name, RateRps: c.rateRps, Kept: t.kept, InDoubt: t.outcome() == Undecided || average != t.kept, KeptIn: t.keptIn, Replications: t.made,
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
	switch t := worst.shown(); t.keptIn {
	case t.made:
		return fmt.Sprintf("N=%d in all of %d", n, t.made)
	case 0:
		return fmt.Sprintf("N=%d in none of %d", n, t.made)
	default:
		return fmt.Sprintf("N=%d in %d of %d", n, t.keptIn, t.made)
	}
}
