package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Accounts have what the requests computed, grow, and change nothing of the
// requests.
func TestAccounts(t *testing.T) {
	s, err := scenarios.Parse("accounts.yaml", []byte(`name: accounts
instances: 2-2
duration: 20s
warm_up: 1s
load: {rate: 100}
instance: {cpus: 0.5}
balancer: {cost: 1ms}
service: {requests: {any: {steps: [cpu: 4ms, call: db.read]}}}
tiers: {db: {operations: {read: 2ms}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := model.LoadProfile(t.Context(), s.Profile)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Scenario: s, Profile: p}
	var plain, with []Request
	if _, err := Requests(t.Context(), in, 2, func(r Request) { plain = append(plain, r) }); err != nil {
		t.Fatal(err)
	}
	last, first := map[string]Account{}, map[string]Account{}
	_, err = RequestsAndAccounts(t.Context(), in, 2, 100*time.Millisecond, func(r Request) { with = append(with, r) }, func(a Account) {
		before, seen := last[a.Name]
		if seen && (a.AtNs != before.AtNs+1e8 || a.UsedNs < before.UsedNs || a.Periods < before.Periods || a.ThrottledPeriods > a.Periods) {
			t.Errorf("%+v after %+v", a, before)
		}
		if last[a.Name] = a; a.AtNs == 10e9 {
			first[a.Name] = a
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(plain, with) {
		t.Errorf("%d requests, and %d with accounts", len(plain), len(with))
	}
	served := int64(0)
	for _, r := range plain {
		if r.StartNs >= 10e9 && r.EndNs < last["nginx"].AtNs {
			served++
		}
	}
	for name, perRequest := range map[string]int64{"web": 4e6, "db": 2e6, "nginx": 1e6} {
		used := int64(0)
		for _, k := range []string{name, name + "_1", name + "_2"} {
			used += last[k].UsedNs - first[k].UsedNs
		}
		if want := served * perRequest; used < want-10*perRequest || used > want+10*perRequest {
			t.Errorf("%s used %d ns for %d requests, want %d", name, used, served, want)
		}
	}
}
