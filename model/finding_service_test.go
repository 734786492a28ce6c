package model

import "testing"

func (p Point) tierBusy(name string, share float64) Point {
	p.Held = append(p.Held, Held{What: "tier", Name: name, Utilisation: Exactly(share)})
	return p
}

// What limits a service, from where, and what would help, is what the numbers say.
func TestServiceFinding(t *testing.T) {
	for want, c := range map[string]*Curve{
		"": found(closedLoad, at(1, 60, 1, LimitCPULimit), at(2, 120, 1, LimitCPULimit)),
		"From 6 instances on the pool of tier db is what limits: more instances do not help; a larger pool would": found(closedLoad,
			at(2, 100, 1, LimitCPULimit), at(6, 250, 1, "pool db").tierBusy("db", 0.3), at(8, 251, 1, "pool db").tierBusy("db", 0.3)),
		"At each size the pool of tier db is what limits: more instances still help; a larger pool and, as it is 80 % busy, a larger tier would, too": found(closedLoad,
			at(1, 100, 1, "pool db").tierBusy("db", 0.4), at(2, 200, 1, "pool db").tierBusy("db", 0.8)),
		"From 4 instances on tier db is what limits: more instances do not help; a larger or faster tier would": found(closedLoad,
			at(2, 100, 1, "workers"), at(4, 150, 1, "tier db"), at(8, 150, 1, "tier db")),
		"With 8 instances lock stock is what limits: holding the lock for less time would help": found(closedLoad,
			at(4, 100, 1, LimitCPULimit), at(8, 150, 1, "lock stock")),
		"With 2 instances the instances’ workers are what limits; with 4 no longer": found(openLoad,
			at(1, 50, 1, LimitWorkers), at(2, 100, 1, LimitWorkers), at(4, 150, 1, LimitLoad)),
		"With 1 instance the instances’ workers are what limits: more workers would help": found(closedLoad, at(1, 50, 1, LimitWorkers)),
	} {
		if got := c.ServiceFinding(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestBreakdownFinding(t *testing.T) {
	with := func(n int, parts ...BreakdownPart) Point {
		return Point{Instances: n, Breakdown: &Breakdown{Parts: parts}}
	}
	for want, c := range map[string]*Curve{
		"Nobody gets an answer": found(closedLoad, Point{Instances: 1}),
		"With 8 instances 75 % of the mean latency is outside": found(closedLoad,
			with(1, BreakdownPart{"computing", 10, 1}, BreakdownPart{"outside", 30, 1}), with(8, BreakdownPart{"computing", 10, 1}, BreakdownPart{"outside", 30, 1})),
		"With 8 instances 60 % of the mean latency is tier db, with 1 most is computing": found(closedLoad,
			with(1, BreakdownPart{"computing", 10, 90}, BreakdownPart{"tier db", 5, 1}), with(8, BreakdownPart{"computing", 10, 90}, BreakdownPart{"tier db", 15, 1})),
	} {
		if got := c.BreakdownFinding(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// The sizes that are shown closely: the ends, and where the last limit begins.
func TestTelling(t *testing.T) {
	c := found(closedLoad, at(1, 1, 1, LimitWorkers), at(2, 1, 1, LimitWorkers), at(3, 1, 1, "pool db"), at(4, 1, 1, "pool db"))
	var got []int
	for _, p := range c.Telling() {
		got = append(got, p.Instances)
	}
	if len(got) != 3 || got[0] != 1 || got[1] != 3 || got[2] != 4 {
		t.Errorf("got %v", got)
	}
	if one := found(closedLoad, at(5, 1, 1, LimitLoad)).Telling(); len(one) != 1 {
		t.Errorf("one point, shown %d times", len(one))
	}
}
