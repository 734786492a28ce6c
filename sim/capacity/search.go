package capacity

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// search is a plan in the making. Rows are kept in the order of instances.
type search struct {
	q        Question
	oneRps   float64       // what one instance's CPU can do
	window   time.Duration // of a run at the rate or the peak; 0 is the scenario's duration
	floor    int           // so many and fewer cannot do
	guess    int           // the rule of thumb's number
	first    int           // where to begin
	step     int           // with which step
	rows     []*row
	warnings []string
	unseen   []int // numbers below the answer that were not simulated
	made     int   // replications so far, for the progress
}

// row is one number of instances with a trial for each case.
type row struct {
	instances int
	cases     []planCase
}

// planCase is one case of a row: the trial that the search makes, and the one that
// confirms it with other random numbers.
type planCase struct {
	name    string
	rateRps float64
	trial   *trial
	confirm *trial // nil until it was asked
}

// shown is the trial whose figures are reported: the one that the answer was not
// chosen by, if there is one.
func (c *planCase) shown() *trial {
	if c.confirm != nil && c.confirm.made > 0 {
		return c.confirm
	}
	return c.trial
}

// tried tells whether a case was simulated.
func (c *planCase) tried() bool { return c.shown().made > 0 || c.trial.futile > 0 }

// keeps tells whether all cases do, as far as they were tried.
func (r *row) keeps() bool {
	for _, c := range r.cases {
		if c.tried() && !c.shown().kept || c.trial.instances <= c.lost() {
			return false
		}
	}
	return true
}

// lost is how many instances stop in a case.
func (c *planCase) lost() int { return len(c.trial.in.Scenario.Events) }

// hardest is the case of those with figures that the fewest runs keep; nil if
// none has any.
func (r *row) hardest() *planCase {
	var worst *planCase
	for i := range r.cases {
		c := &r.cases[i]
		if t := c.shown(); t.made > 0 && (worst == nil || t.keptIn*worst.shown().made < worst.shown().keptIn*t.made) {
			worst = c
		}
	}
	return worst
}

// Check says what of a question's scenario and rates a plan cannot take.
func (q Question) Check() error {
	if err := Steady(q.In.Scenario); err != nil {
		return err
	}
	if q.Confidence < 0 || q.Confidence >= 1 {
		return fmt.Errorf("confidence: wants a share of runs from above 0 to below 1, not %v", q.Confidence)
	}
	_, err := at(q.In, q.RateRps*max(1, q.Peak))
	return err
}

func (q Question) confidence() float64 {
	if q.Confidence == 0 {
		return 0.95
	}
	return q.Confidence
}

// newSearch works out where to begin.
func newSearch(ctx context.Context, q Question) (*search, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	s := &search{q: q, window: q.Window}
	if s.window == 0 {
		s.window = runOf(q.In.Scenario, q.RateRps*max(1, q.Peak))
	}
	in, err := at(q.In, q.RateRps)
	if err != nil {
		return nil, err
	}
	in.Scenario.WarmUp = scenarios.WarmUp{} // nothing is simulated here
	one, err := sim.NewSample(ctx, in, 1)
	if err != nil {
		return nil, err
	}
	s.oneRps = one.CapacityRps()
	load := s.heaviestRps()
	s.guess = min(q.Max, queueing.RuleOfThumb(load, s.oneRps, thumbTarget)+q.Survive)
	s.floor, err = s.hopeless(ctx, in, load)
	s.first = max(s.guess, s.floor+1)
	s.step = max(1, s.first/16)
	return s, err
}

// A run is as long as ten of the scenario's, which are for looking at: chance then
// decides a third as much. Where so long a run would have more requests than take
// part in chance any more, it is shorter, but not shorter than the scenario's.
const (
	runsLonger   = 10
	runsRequests = 3e5
)

func runOf(s *scenarios.Scenario, rateRps float64) time.Duration {
	each := float64(rateRps * s.Duration.Std().Seconds())
	return s.Duration.Std() * time.Duration(min(runsLonger, max(1, int(runsRequests/each))))
}

// Where a run has very many requests fewer runs do.
const (
	replicationsMost  = 100
	replicationsLeast = 10
	requestsMost      = 2.4e6 // of a trial
)

// most is how many runs of a case are made at most.
func (s *search) most(c *planCase) int {
	if s.q.Replications > 0 {
		return s.q.Replications
	}
	each := float64(c.rateRps * c.trial.in.Scenario.Duration.Std().Seconds())
	return min(replicationsMost, max(replicationsLeast, int(requestsMost/each)))
}

func (s *search) heaviestRps() float64 { return s.q.RateRps * max(1, s.q.Peak) }

// hopeless is the largest number of instances of which it is clear beforehand
// that they cannot do: fewer than are lost, or with less CPU than the load
// takes by a twentieth, which leaves room for speeds that vary.
func (s *search) hopeless(ctx context.Context, in sim.Input, load float64) (int, error) {
	low, high := 0, s.q.Max+1 // low cannot, high may
	for high-low > 1 {
		n := (low + high) / 2
		sample, err := sim.NewSample(ctx, in, n)
		if err != nil {
			return 0, err
		}
		if n <= s.q.Survive || s.beyond(load, sample.CapacityRps()) || s.short(n, load) {
			low = n
		} else {
			high = n
		}
	}
	return low, nil
}

// short tells whether n instances of a service in steps have too few workers,
// connections or locks of their own for a load.
func (s *search) short(n int, load float64) bool {
	for _, b := range sim.ServiceBounds(s.q.In.Scenario) {
		if b.Instance && room*b.Rps(n, s.mayFail()) < load {
			return true
		}
	}
	return false
}

// least is the least number of instances that keeps the objectives, 0 if none
// up to the maximum does. More need not be better, nor fewer worse: a number that
// does is confirmed with other random numbers, and then all numbers below are
// looked at from the least on.
func (s *search) least(ctx context.Context) (int, error) {
	n, err := s.bracket(ctx)
	for step := 1; err == nil && n > 0; step *= 2 {
		ok, err := s.judge(ctx, n)
		if err != nil {
			return 0, err
		}
		if ok {
			return s.lowest(ctx, n)
		}
		if n == s.q.Max {
			break
		}
		n = min(n+step, s.q.Max)
	}
	if err != nil {
		return 0, err
	}
	n, err = s.lowest(ctx, s.q.Max+1)
	if n > s.q.Max {
		n = 0
	}
	return n, err
}

// Below the answer each number up to lookEach is looked at, and each of the
// lookNear below the answer; of the others one in each stretch that is a lookPart
// of its numbers. Where even that takes more than so many requests, looksMore are
// looked at of what is left.
const (
	lookEach     = 64
	lookNear     = 5
	lookPart     = 16
	lookRequests = 1.2e7
	looksMore    = 8
)

// lowest is the least number of instances below n that keeps the objectives, or
// n. Numbers that were not simulated in the end are noted.
func (s *search) lowest(ctx context.Context, n int) (int, error) {
	s.unseen = nil
	before, every, next := s.requests(), 0, 0
	for m := s.floor + 1; m < n; m++ {
		if !s.at(m).decided() {
			if every == 0 && s.requests()-before > lookRequests {
				every = max(1, (n-m)/looksMore)
			}
			if m < next && m < n-lookNear || every > 1 && (n-m)%every != 0 {
				s.unseen = append(s.unseen, m)
				continue
			}
		}
		if m >= next && m >= lookEach {
			next = m + m/lookPart
		}
		if ok, err := s.judge(ctx, m); err != nil || ok {
			return m, err
		}
	}
	return n, nil
}

// requests is how many were simulated, about.
func (s *search) requests() float64 {
	sum := 0.0
	for _, r := range s.rows {
		for _, c := range r.cases {
			sum += float64(c.rateRps * c.trial.took.Seconds())
			if c.confirm != nil {
				sum += float64(c.rateRps * c.confirm.took.Seconds())
			}
		}
	}
	return sum
}

// decided tells whether nothing has to be simulated any more to tell whether so
// many do.
func (r *row) decided() bool {
	all := true
	for _, c := range r.cases {
		if c.tried() && !c.shown().kept || r.instances <= c.lost() {
			return true
		}
		all = all && c.confirm != nil && c.confirm.made > 0
	}
	return all
}

// judge tells whether a number of instances keeps the objectives in all cases, in
// the search's runs and, if so, in others that confirm it.
func (s *search) judge(ctx context.Context, n int) (bool, error) {
	if ok, err := s.keeps(ctx, n); err != nil || !ok {
		return false, err
	}
	r := s.at(n)
	for i := range r.cases {
		c := &r.cases[i]
		if c.confirm == nil {
			other := *c.trial
			other.from, other.seek, other.sample, other.made, other.sure, other.took = confirming, 0, nil, 0, false, 0
			if other.in.Scenario.WarmUp.Auto {
				other.in.Scenario = other.in.Scenario.Clone()
				other.in.Scenario.WarmUp = scenarios.WarmUp{For: scenarios.Duration(c.trial.cut)}
			}
			c.confirm = &other
		}
		if err := c.confirm.until(ctx, evidence, s.most(c), s.progress); err != nil {
			return false, err
		}
		c.confirm.release()
		if !c.confirm.kept {
			return false, nil
		}
	}
	return true, nil
}

// confirming is the first number of replications that confirm.
const confirming = uint64(1) << 33

// seems tells, where that is clear from the few runs that begin a trial, whether a
// number of instances keeps the objectives: what gallops and bisects needs no more.
func (s *search) seems(ctx context.Context, n int) (bool, error) { return s.try(ctx, n, true) }

// keeps tries a number of instances in the search's runs.
func (s *search) keeps(ctx context.Context, n int) (bool, error) { return s.try(ctx, n, false) }

// try makes the search's runs of a number of instances, of each case until it is
// sure, or few where those are clear. The first case that misses is enough.
func (s *search) try(ctx context.Context, n int, few bool) (bool, error) {
	r := s.at(n)
	for i := range r.cases {
		c := &r.cases[i]
		if n <= c.lost() {
			return false, nil
		}
		if !c.tried() {
			s.shareWarmUp(r, i)
			if err := c.trial.rule(ctx, s.most(c), s.progress); err != nil {
				return false, err
			}
		}
		if few && c.trial.clear && c.trial.made < parts[0] {
			continue
		}
		if c.trial.futile == 0 {
			if err := c.trial.until(ctx, 1, s.most(c), s.progress); err != nil {
				return false, err
			}
			c.trial.release()
		}
		if !c.shown().kept {
			return false, nil
		}
	}
	return true, nil
}

// show makes so many runs at least of each case of a number of instances that
// has none to show.
func (s *search) show(ctx context.Context, n, runs int) error {
	r := s.at(n)
	for i := range r.cases {
		c := &r.cases[i]
		if n <= c.lost() || c.shown().made > 0 {
			continue
		}
		s.shareWarmUp(r, i)
		if t := c.trial; t.futile > 0 && t.in.Scenario.WarmUp.Auto {
			t.in = cutting(t.in, t.in.Scenario.Duration.Std()/roughly)
		}
		if err := c.trial.until(ctx, 1, min(runs, s.most(c)), s.progress); err != nil {
			return err
		}
		c.trial.release()
		if c.trial.futile > 0 {
			c.trial.kept = false
		}
	}
	return nil
}

// Finding the warm-up takes as much as four replications do. What was found for
// fewer instances serves as well, which have more load each and so queues that take
// longer to fill, and for a few more; by these shares. For more than a few it is
// doubled, and at least a twentieth of a run.
const fewerBy, fewBy, moreBy = 0.5, 0.05, 0.3

// shareWarmUp gives a case that was not tried the warm-up that was found for it
// with nearly as many instances, the fewest of them; in proportion to their number,
// since the stores of more instances fill more slowly.
func (s *search) shareWarmUp(r *row, i int) {
	t := r.cases[i].trial
	if t.made > 0 || !t.in.Scenario.WarmUp.Auto {
		return
	}
	for _, other := range s.rows {
		o := other.cases[i].trial
		share := float64(o.instances) / float64(t.instances)
		if !o.found || o.point.Verdict != model.Stable || share < 1-fewerBy || share > 1+moreBy {
			continue
		}
		cut := float64(o.cut) / min(1, share)
		if share > 1+fewBy {
			cut = max(2*cut, float64(t.in.Scenario.Duration)/20)
		}
		cut = min(cut, float64(t.in.Scenario.Duration)/2)
		t.in.Scenario.WarmUp = scenarios.WarmUp{For: scenarios.Duration(math.Round(cut))}
		return
	}
}

func (s *search) progress(made int) {
	s.made += made
	if s.q.In.Progress != nil {
		s.q.In.Progress(s.made, s.made+evidence)
	}
}

// find is a row's place among the rows.
func (s *search) find(n int) (int, bool) {
	return slices.BinarySearchFunc(s.rows, n, func(r *row, n int) int { return r.instances - n })
}

// at is the row of a number of instances, which it makes if there is none.
func (s *search) at(n int) *row {
	i, found := s.find(n)
	if found {
		return s.rows[i]
	}
	r := &row{instances: n}
	add := func(name string, rate float64, lose int) {
		in, err := at(s.q.In, rate)
		if err != nil {
			panic(err) // the rates were checked before
		}
		in.Scenario.Instances = scenarios.Sizes{n}
		if lose > 0 {
			stopSome(in.Scenario, lose)
		}
		t := &trial{in: in, instances: n, objectives: s.q.Objectives, confidence: s.q.confidence(), loss: lose > 0}
		if lose == 0 && s.window > 0 {
			t.seek, in.Scenario.Duration = in.Scenario.Duration.Std(), scenarios.Duration(s.window)
		}
		r.cases = append(r.cases, planCase{name: name, rateRps: rate, trial: t})
	}
	if s.q.Peak > 1 { // the hardest first: it decides most often
		add(atPeak, s.heaviestRps(), 0)
	}
	if s.q.Survive > 0 {
		add(atLoss, s.q.RateRps, s.q.Survive)
	}
	add(atRate, s.q.RateRps, 0)
	s.rows = slices.Insert(s.rows, i, r)
	return r
}

// stopSome lets the first instances stop once the system is in its stride: an
// instance that stops loses the requests inside it, its port refuses
// connections, and nginx finds out by failing and tries again now and then, as
// it does. Recording begins with the loss and lasts for the scenario's duration.
func stopSome(s *scenarios.Scenario, lose int) {
	before := s.Duration / 4
	s.Duration += before
	s.WarmUp = scenarios.WarmUp{For: before}
	for i := range lose {
		s.Events = append(s.Events, scenarios.Event{At: before, Instance: i + 1, Do: "stop"})
	}
}

// bracket finds a number that keeps the objectives while the one below does
// not, 0 if it finds none. More than one such number may exist.
func (s *search) bracket(ctx context.Context) (int, error) {
	if s.floor >= s.q.Max {
		return 0, nil
	}
	ok, err := s.seems(ctx, s.first)
	if err != nil {
		return 0, err
	}
	if ok {
		return s.down(ctx, s.first)
	}
	low, high, err := s.up(ctx, s.first)
	if err != nil || high > 0 {
		return s.bisect(ctx, low, high, err)
	}
	// None above does. Fewer may, where instances are in each other's way.
	for n := s.first / 2; n > s.floor; n /= 2 {
		if ok, err = s.seems(ctx, n); err != nil || ok {
			return s.bisect(ctx, s.floor, n, err)
		}
	}
	return 0, nil
}

// down gallops down from a number that does.
func (s *search) down(ctx context.Context, high int) (int, error) {
	for step := s.step; high-1 > s.floor; step *= 2 {
		n := max(s.floor+1, high-step)
		ok, err := s.seems(ctx, n)
		if err != nil {
			return 0, err
		}
		if !ok {
			return s.bisect(ctx, n, high, nil)
		}
		high = n
	}
	return high, nil
}

// up gallops up from a number that does not; high is 0 if none does.
func (s *search) up(ctx context.Context, low int) (_, high int, err error) {
	for step := s.step; low < s.q.Max; step *= 2 {
		n := min(s.q.Max, low+step)
		ok, err := s.seems(ctx, n)
		if err != nil || ok {
			return low, n, err
		}
		low = n
	}
	return low, 0, nil
}

// bisect narrows a bracket: low does not, high does. It looks where the figures
// at both ends say that the answer is, and in the middle where that did not halve
// the bracket twice.
func (s *search) bisect(ctx context.Context, low, high int, err error) (int, error) {
	for creeping := 0; err == nil && high-low > 1; creeping++ {
		var ok bool
		n, width := s.between(low, high), high-low
		if creeping == 2 {
			n = (low + high) / 2
		}
		if ok, err = s.seems(ctx, n); ok {
			high = n
		} else {
			low = n
		}
		if 2*(high-low) <= width+1 {
			creeping = -1
		}
	}
	return high, err
}

// between is the least number of instances that would keep the objectives if the
// logarithms of the figures changed evenly from low to high: the middle where
// they say nothing.
func (s *search) between(low, high int) int {
	over, under := s.excess(low), -s.excess(high)
	share := over / (over + under)
	if !(share > 0 && share <= 1) {
		return (low + high) / 2
	}
	n := low + int(math.Ceil(share*float64(high-low)))
	return min(max(n, low+1), high-1)
}

// excess is the logarithm of how many times its limit the figure is that is the
// furthest from keeping it, in any case that was tried with so many instances.
func (s *search) excess(n int) float64 {
	most := math.Inf(-1)
	i, found := s.find(n)
	if !found {
		return most
	}
	for _, c := range s.rows[i].cases {
		if c.shown().made == 0 {
			continue
		}
		for _, o := range c.trial.objectives {
			most = max(most, o.excess(o.Of(&c.shown().point).Value))
		}
	}
	return most
}
