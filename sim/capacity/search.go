package capacity

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// search is a plan in the making. Rows are kept in the order of instances.
type search struct {
	q        Question
	most     int     // replications of a trial
	oneRps   float64 // what one instance's CPU can do
	floor    int     // so many and fewer cannot do
	guess    int     // the rule of thumb's number
	first    int     // where to begin
	step     int     // with which step
	rows     []*row
	warnings []string
	made     int // replications so far, for the progress
}

// row is one number of instances with a trial for each case.
type row struct {
	instances int
	cases     []planCase
}

type planCase struct {
	name    string
	rateRps float64
	trial   *trial
}

// keeps tells whether all cases do, as far as they were tried.
func (r *row) keeps() bool {
	for _, c := range r.cases {
		if c.trial.made > 0 && !c.trial.kept || c.trial.instances <= c.lost() {
			return false
		}
	}
	return true
}

// lost is how many instances stop in a case.
func (c *planCase) lost() int { return len(c.trial.in.Scenario.Events) }

// hardest is the case that the fewest replications keep; nil if none was tried.
func (r *row) hardest() *planCase {
	var worst *planCase
	for i := range r.cases {
		c := &r.cases[i]
		if c.trial.made > 0 && (worst == nil || c.trial.keptIn*worst.trial.made < worst.trial.keptIn*c.trial.made) {
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
	_, err := at(q.In, q.RateRps*max(1, q.Peak))
	return err
}

// newSearch works out where to begin.
func newSearch(ctx context.Context, q Question) (*search, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	s := &search{q: q}
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
	s.most = mostReplications(q)
	s.guess = min(q.Max, queueing.RuleOfThumb(load, s.oneRps, thumbTarget)+q.Survive)
	s.floor, err = s.hopeless(ctx, in, load)
	s.first = max(s.guess, s.floor+1)
	s.step = max(1, s.first/16)
	return s, err
}

// Where a replication has very many requests fewer replications do.
const (
	replicationsMost  = 100
	replicationsLeast = 10
	requestsMost      = 2.4e6 // of a trial
)

func mostReplications(q Question) int {
	most := replicationsMost
	if q.Replications > 0 {
		most = q.Replications
	}
	each := float64(q.RateRps*max(1, q.Peak)) * q.In.Scenario.Duration.Std().Seconds()
	return min(most, max(replicationsLeast, int(requestsMost/each)))
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
		if n <= s.q.Survive || 1.05*sample.CapacityRps() < load {
			low = n
		} else {
			high = n
		}
	}
	return low, nil
}

// least is the least number of instances that keeps the objectives, 0 if none
// up to the maximum does.
func (s *search) least(ctx context.Context) (int, error) {
	n, err := s.bracket(ctx)
	for err == nil && n > 0 && n <= s.q.Max {
		if err = s.neighbours(ctx, n); err != nil {
			break
		}
		switch {
		case s.known(n - 2):
			n -= 2
		case s.known(n - 1):
			n--
		case !s.known(n):
			n++
		default:
			if n < s.q.Max && !s.known(n+1) {
				s.warnings = append(s.warnings, fmt.Sprintf("%d instances keep the objectives and %d do not: more is not always better here", n, n+1))
			}
			return n, nil
		}
	}
	return 0, err
}

// neighbours looks closely at n and the numbers beside it, and less closely at
// the one further down.
func (s *search) neighbours(ctx context.Context, n int) error {
	for _, m := range []int{n - 1, n, n + 1} {
		if m < 1 || m > s.q.Max {
			continue
		}
		if err := s.try(ctx, s.at(m), evidence, true); err != nil {
			return err
		}
	}
	if n-2 > s.floor {
		return s.try(ctx, s.at(n-2), 1, false)
	}
	return nil
}

// known tells whether a number of instances is known to keep the objectives.
func (s *search) known(n int) bool {
	i, found := s.find(n)
	return found && s.rows[i].tried() && s.rows[i].keeps()
}

func (r *row) tried() bool {
	for _, c := range r.cases {
		if c.trial.made == 0 {
			return false
		}
	}
	return true
}

// keeps tries a number of instances.
func (s *search) keeps(ctx context.Context, n int) (bool, error) {
	r := s.at(n)
	err := s.try(ctx, r, 1, false)
	return r.keeps(), err
}

// try makes the trials of a row until they are clear; unless all are asked for,
// the first that misses is enough.
func (s *search) try(ctx context.Context, r *row, least int, all bool) error {
	for i, c := range r.cases {
		if r.instances <= c.lost() {
			continue
		}
		s.shareWarmUp(r, i)
		if err := c.trial.until(ctx, least, s.most, s.progress); err != nil {
			return err
		}
		if c.trial.made >= min(evidence, s.most) || c.trial.sure && !c.trial.kept {
			c.trial.release()
		}
		if !all && !c.trial.kept {
			return nil
		}
	}
	return nil
}

// Finding the warm-up takes as much as four replications do. What was found for
// fewer instances serves as well, which have more load each and so queues that take
// longer to fill, and for a few more: by these shares.
const fewerBy, moreBy = 0.5, 0.05

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
		if o.found && o.point.Verdict == model.Stable && share >= 1-fewerBy && share <= 1+moreBy {
			cut := float64(o.cut) / min(1, share)
			t.in.Scenario.WarmUp = scenarios.WarmUp{For: scenarios.Duration(math.Round(cut))}
			return
		}
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
		r.cases = append(r.cases, planCase{name, rate, &trial{in: in, instances: n, objectives: s.q.Objectives, loss: lose > 0}})
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
	ok, err := s.keeps(ctx, s.first)
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
		if ok, err = s.keeps(ctx, n); err != nil || ok {
			return s.bisect(ctx, s.floor, n, err)
		}
	}
	return 0, nil
}

// down gallops down from a number that does.
func (s *search) down(ctx context.Context, high int) (int, error) {
	for step := s.step; high-1 > s.floor; step *= 2 {
		n := max(s.floor+1, high-step)
		ok, err := s.keeps(ctx, n)
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
		ok, err := s.keeps(ctx, n)
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
		if ok, err = s.keeps(ctx, n); ok {
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
		if c.trial.made == 0 {
			continue
		}
		for _, o := range c.trial.objectives {
			most = max(most, o.excess(o.Of(&c.trial.point).Value))
		}
	}
	return most
}
