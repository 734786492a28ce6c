package scenarios

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Each way to write sizes, and how they are written back.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		text string
		want Sizes
		back string
	}{
		{"4", Sizes{1, 2, 3, 4}, "1-4"},         // 1 to 4
		{"1", Sizes{1}, "1-1"},                  // just one
		{"2-8", Sizes{2, 3, 4, 5, 6, 7, 8}, ""}, // a range
		{"1,2,4,8", Sizes{1, 2, 4, 8}, ""},      // a list
		{"4-4", Sizes{4}, ""},                   // just that size
		{"1-3,8", Sizes{1, 2, 3, 8}, "1,2,3,8"}, // both
		{" 1, 2 ", Sizes{1, 2}, "1-2"},          // with spaces
		{"10000-10000", Sizes{10000}, ""},       // the largest
	} {
		var s Sizes
		if err := s.UnmarshalText([]byte(c.text)); err != nil || !slices.Equal(s, c.want) {
			t.Errorf("%q: got %v, %v", c.text, s, err)
		}
		if c.back == "" {
			c.back = c.text
		}
		if b, _ := s.MarshalText(); string(b) != c.back {
			t.Errorf("%q is written back as %q", c.text, b)
		}
	}
	for _, bad := range []string{"", "0", "-1", "1-", "-", "a", "3,2", "2,2", "1,,2", "1.5", "10001-10001", "257", "9999999999999999999", "1-9999999999"} {
		if err := new(Sizes).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// A number names one instance where instances are named, and a list is taken as
// it is everywhere.
func TestNumbers(t *testing.T) {
	s, err := Parse("x.yaml", []byte("load: {rate: 5}\ninstances: [4]\noverrides: [{instances: 3, slow: 2}, {instances: [1, 4], slow: 3}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Instances, Sizes{4}) || !slices.Equal(s.Overrides[0].Instances, Numbers{3}) || !slices.Equal(s.Overrides[1].Instances, Numbers{1, 4}) {
		t.Errorf("instances %v, overrides %v", s.Instances, s.Overrides)
	}
	if n := s.Overrides[1].Instances; !n.Has(4) || n.Has(3) {
		t.Errorf("%v has 4: %v, 3: %v", n, n.Has(4), n.Has(3))
	}
}

// The three ways to write a demand.
func TestDemand(t *testing.T) {
	for _, c := range []struct {
		yaml string
		want Demand
	}{
		{"profile", Demand{Profile: true}},
		{"10ms", Demand{Distribution: "constant", MeanNs: 10e6}},
		{"{distribution: exponential, mean: 10ms}", Demand{Distribution: "exponential", MeanNs: 10e6}},
		{"{distribution: lognormal, mean: 10ms, cv: 2}", Demand{Distribution: "lognormal", MeanNs: 10e6, CV: 2}},
	} {
		s, err := Parse("x.yaml", []byte("load: {rate: 5}\ninstance: {demand: "+c.yaml+"}\n"))
		if err != nil {
			t.Errorf("%s: %v", c.yaml, err)
			continue
		}
		background := "none"
		if c.want.Profile {
			background = "profile"
		}
		if s.Instance.Demand != c.want || s.Instance.Background != background {
			t.Errorf("%s: got %+v, background %s", c.yaml, s.Instance.Demand, s.Instance.Background)
		}
	}
}

// What is written is read back, by the strict readers of YAML and JSON and by
// the standard library.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Default()
		s.Name = "x"
		s.Seed = rapid.Uint64().Draw(t, "seed")
		s.Instances = rapid.Map(rapid.SliceOfNDistinct(rapid.IntRange(1, 10_000), 1, 8, rapid.ID[int]), ascending).Draw(t, "sizes")
		s.Duration = Duration(rapid.Int64Range(1e9, 3600e9).Draw(t, "duration"))
		s.WarmUp = rapid.SampledFrom([]WarmUp{{Auto: true}, {}, {For: 5e8}}).Draw(t, "warm-up")
		s.Precision = rapid.Float64Range(0, 1).Draw(t, "precision")
		s.Load.Rate = rapid.Float64Range(1e-6, 1e5).Draw(t, "rate")
		s.Load.Shape = rapid.SampledFrom([]*Shape{nil, {Kind: "sine", Period: 5e9, Amplitude: 0.25}}).Draw(t, "shape")
		s.Balancer.MaxFails = rapid.IntRange(0, 5).Draw(t, "max_fails")
		s.Balancer.Cost = rapid.SampledFrom([]Cost{{Profile: true}, {}, {Ns: 12345}}).Draw(t, "cost")
		s.Instance.CPUs = rapid.SampledFrom([]float64{0, 0.01, 0.25, 3}).Draw(t, "cpus")
		if rapid.Bool().Draw(t, "stated") {
			s.Instance.Demand = Demand{Distribution: "lognormal", MeanNs: rapid.Int64Range(1000, 1e9).Draw(t, "mean"), CV: 1.5}
		}
		zero, none := 0.0, 0
		s.Overrides = []Override{{Instances: Numbers{2, 5}, CPUs: &zero, MaxFails: &none, Down: true}}
		s.Events = []Event{{At: 5e8, Instance: 1, Do: "slow", Factor: rapid.Float64Range(0.001, 1000).Draw(t, "factor"), For: 1e9}}
		s.complete()
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for what, read := range map[string]func() (*Scenario, error){
			"YAML":     func() (*Scenario, error) { return Parse("x.yaml", data) },
			"JSON":     func() (*Scenario, error) { return Resolved("x.json", data) },
			"standard": func() (*Scenario, error) { c := &Scenario{}; return c, json.Unmarshal(data, c) },
			"clone":    func() (*Scenario, error) { return s.Clone(), nil },
		} {
			if back, err := read(); err != nil || !reflect.DeepEqual(back, s) {
				t.Fatalf("%s: %v\n got %+v\nwant %+v\nfrom %s", what, err, back, s, data)
			}
		}
	})
}

func ascending(list []int) Sizes {
	slices.Sort(list)
	return list
}
