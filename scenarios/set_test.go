package scenarios

import (
	"reflect"
	"slices"
	"testing"
)

// A flag overrides one key, and who asks is replaced as a whole.
func TestSet(t *testing.T) {
	open := func() *Scenario { s, _ := Read(t.Context(), "flash-crowd"); return s }
	closed := func() *Scenario { s, _ := Read(t.Context(), "first"); return s }
	for _, c := range []struct {
		what string
		s    *Scenario
		set  []Setting
		ok   func(*Scenario) bool
	}{
		{"sizes", closed(), []Setting{{"instances", "1,2,4,8", "--instances"}}, func(s *Scenario) bool { return slices.Equal(s.Instances, Sizes{1, 2, 4, 8}) }},
		{"a closed load becomes open", closed(), []Setting{{"load.rate", "100", "--rate"}}, func(s *Scenario) bool {
			return reflect.DeepEqual(s.Load, Load{Kind: "open", Rate: 100, Arrivals: "poisson", Networks: 256, HashKeys: 1000})
		}},
		{"an open load becomes closed, with thinking", open(), []Setting{{"load.clients", "9", "--clients"}, {"load.think", "50ms", "--think"}}, func(s *Scenario) bool {
			return reflect.DeepEqual(s.Load, Load{Kind: "closed", Clients: 9, Think: 50e6, ThinkDistribution: "exponential", Networks: 256, HashKeys: 1000})
		}},
		{"a rate for all replaces one for each, the shape stays", open(), []Setting{{"load.rate", "7", "--rate"}}, func(s *Scenario) bool {
			return s.Load.Rate == 7 && s.Load.RatePerInstance == 0 && s.Load.Shape != nil
		}},
		{"more replications than the most", closed(), []Setting{{"replications", "100", "--replications"}}, func(s *Scenario) bool { return s.MaxReplications == 100 }},
		{"a stated demand has no background work", closed(), []Setting{{"instance.demand", "10ms", "--what-if"}}, func(s *Scenario) bool { return s.Instance.Background == "none" }},
		{"inside a list", open(), []Setting{{"load.shape.factor", "3", "--what-if"}}, func(s *Scenario) bool { return s.Load.Shape.Factor == 3 }},
		{"nothing", closed(), nil, func(s *Scenario) bool { return reflect.DeepEqual(s, closed()) }},
	} {
		if err := c.s.Set(c.set...); err != nil || !c.ok(c.s) {
			t.Errorf("%s: %v, %+v", c.what, err, c.s)
		}
	}
}

// A wrong setting is named by its flag and changes nothing.
func TestSetErrors(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"instance.cpus", "-1", `--x: instance.cpus: wants 0.01 to 1024 cores, or 0 for no limit, not -1`},
		{"instance.cpus", "", `--x: is empty`},
		{"instance.cpus", "[1", `--x: is not YAML: sequence end token ']' not found`},
		{"load.rate", "0", `--x: load: an open load wants exactly one of rate and rate_per_instance, above 0`},
		{"load.think", "5ms", ``},
		{"events[0].at", "5s", `--x: events[0].at: there are 0 of them, counted from 0; there is no "0"`},
		{"balancer.polizy", "random", `--x: balancer.polizy: unknown key "polizy"; did you mean "policy"?`},
		{"seed.x", "1", `--x: seed.x: has no keys inside it`},
		{"load.shape.kind", "flash", `--x: load.shape: only the rate of an open load changes; a closed one has clients`},
	} {
		s, _ := Read(t.Context(), "first")
		before := s.Clone()
		err := s.Set(Setting{c.key, c.value, "--x"})
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.key, err)
			}
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		if !reflect.DeepEqual(s, before) {
			t.Errorf("%s: the scenario changed", c.key)
		}
	}
}

// What is allowed and yet hardly meant is said.
func TestDoubts(t *testing.T) {
	s, err := Parse("x.yaml", []byte("load: {rate: 5}\ninstances: 2\noverrides: [{instances: 3, slow: 2}]\nevents: [{at: 1s, instance: 4, do: stop}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"an event concerns instance 4, which never exists: there are at most 2",
		"an override concerns instance 3, which never exists: there are at most 2",
	}
	if got := s.Doubts(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
