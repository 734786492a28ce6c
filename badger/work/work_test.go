package work_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/k9mil/velocitas/badger/work"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// curve simulates a short run of two numbers of instances with so much work.
func curve(t *testing.T, w work.Work) *model.Curve {
	t.Helper()
	s, err := scenarios.Read(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	s.Instance.Keys, s.Duration, s.Replications, s.MaxReplications = 100, scenarios.Duration(3*time.Second), 2, 2
	s.Instances = s.Instances[:2]
	p, err := model.LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	c, err := sim.Run(context.Background(), sim.Input{Scenario: s, Profile: p, Version: "test", Stores: w.Stores(nil)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// How much is really inserted changes the store's answer and nothing else, and
// the same inserts give the same answer.
func TestChangesTheStoreOnly(t *testing.T) {
	stores := map[string]*model.Store{}
	var first []byte
	for name, w := range map[string]work.Work{"none": {}, "first": work.First(1), "all": work.All} {
		c := curve(t, w)
		stores[name] = c.Points[1].Store
		for i := range c.Points {
			c.Points[i].Store = nil
		}
		data, err := model.Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		} else if !bytes.Equal(data, first) {
			t.Errorf("with work %s the curve differs in more than the store", name)
		}
	}
	if stores["none"] != nil || stores["first"] == nil || stores["all"] == nil {
		t.Fatalf("stores: %v", stores)
	}
	if f, a := stores["first"], stores["all"]; f.Keys == 0 || f.Keys > 200 || a.Keys <= f.Keys || a.Digest == f.Digest {
		t.Errorf("the first requests left %+v, all %+v", f, a)
	}
	if got := curve(t, work.All).Points[1].Store; *got != *stores["all"] {
		t.Errorf("the stores hold %+v and the second time %+v", stores["all"], got)
	}
}

// What the first request took is seen beside what the profile says.
func TestObserves(t *testing.T) {
	s, err := scenarios.Read(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	p, err := model.LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	seen := work.Expect(s, p)
	if _, err := work.First(1).Stores(seen)(context.Background(), s, []int64{1, 0}); err != nil {
		t.Fatal(err)
	}
	if !(seen.MachineMs > 0) || !(seen.ProfileMs > 0) || seen.Keys != s.Instance.Keys {
		t.Errorf("seen: %+v", *seen)
	}
}
