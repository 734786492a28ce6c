package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// The requests that are told of are those that a replication counts: as many of
// each status, at each instance, and as late.
func TestRequestsAreThoseOfTheCurve(t *testing.T) {
	for _, name := range []string{"textbook", "retry-storm", "three-tier"} {
		s, err := scenarios.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		s.Duration = scenarios.Duration(20 * time.Second)
		s.WarmUp = scenarios.WarmUp{For: scenarios.Duration(4 * time.Second)}
		p, err := model.LoadProfile(t.Context(), s.Profile)
		if err != nil {
			t.Fatal(err)
		}
		in := Input{Scenario: s, Profile: p}
		n := s.Instances[len(s.Instances)-1]
		sample, err := NewSample(t.Context(), in, n)
		if err != nil {
			t.Fatal(err)
		}
		if err := sample.Grow(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		o := sample.outs[0]
		want := map[string]int64{}
		for i, count := range o.status {
			if count > 0 {
				want[named[i].status] += count
			}
		}
		got, served := map[string]int64{}, make([]int64, n+1)
		last, most := int64(0), int64(0)
		warm, err := Requests(t.Context(), in, n, func(r Request) {
			got[r.Status]++
			served[r.Instance]++
			if r.EndNs < last || r.StartNs > r.EndNs {
				t.Errorf("%s: from %d to %d after %d", name, r.StartNs, r.EndNs, last)
			}
			last = r.EndNs
			if r.Status == "200" {
				most = max(most, r.EndNs-r.StartNs)
			}
			if r.Status == "200" && r.Instance == 0 || (r.Class == "") != (name != "three-tier") {
				t.Errorf("%s: %+v", name, r)
			}
		})
		if err != nil || warm != 4*time.Second {
			t.Errorf("%s: warm-up %v, %v", name, warm, err)
		}
		if len(got) != len(want) || most != o.maxNs {
			t.Errorf("%s: %v and at most %d ns, want %v and %d", name, got, most, want, o.maxNs)
		}
		for status, count := range want {
			if got[status] != count {
				t.Errorf("%s: %d with %s, want %d", name, got[status], status, count)
			}
		}
		// What was inside at the ends of the window is counted at either.
		if slices.Max(served[1:])-slices.Max(o.share) > int64(300) {
			t.Errorf("%s: instances served %v, were given %v", name, served, o.share)
		}
	}
}
