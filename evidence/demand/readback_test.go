package demand_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/evidence/demand"
	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// truth is a class as it was stated.
type truth struct {
	name         string
	share        float64
	cpu, db      float64 // ms
	wait, waitCV float64
}

// stated is a scenario of such classes.
func stated(classes []truth, load string, instances int, minutes float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: shop\ninstances: %d-%d\nduration: %.0fs\nwarm_up: 10s\nload: {%s}\ninstance: {cpus: 1}\nservice:\n  requests:\n", instances, instances, 60*minutes, load)
	db := false
	for _, c := range classes {
		fmt.Fprintf(&b, "    %s: {share: %g, steps: [{cpu: {mean: %gms, cv: 0.5}}", c.name, c.share, c.cpu)
		if c.db > 0 {
			db = true
			fmt.Fprintf(&b, ", {call: db.%s}", c.name)
		}
		if c.wait > 0 {
			fmt.Fprintf(&b, ", {wait: {mean: %gms, cv: %g}}", c.wait, c.waitCV)
		}
		b.WriteString("]}\n")
	}
	if db {
		b.WriteString("tiers:\n  db:\n    cpus: 2\n    operations: {")
		for _, c := range classes {
			if c.db > 0 {
				fmt.Fprintf(&b, "%s: {mean: %gms, cv: 1}, ", c.name, c.db)
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// observed simulates a scenario and hands on what a log with whole milliseconds and
// accounts by the second would say.
func observed(t testing.TB, text string) demand.Input {
	t.Helper()
	s, err := scenarios.Parse("shop.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	p, err := model.LoadProfile(context.Background(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	in := demand.Input{CPUs: 1}
	for _, c := range s.Service.Requests {
		in.Classes = append(in.Classes, c.Name)
	}
	for _, c := range s.Tiers {
		in.Tiers = append(in.Tiers, c.Name)
	}
	const ms = 1_000_000
	tell := func(q sim.Request) {
		if q.Status != "200" {
			return
		}
		r := demand.Request{StartNs: q.StartNs / ms * ms, TookNs: q.EndNs/ms*ms - q.StartNs/ms*ms, Instance: int32(q.Instance)}
		for i, name := range in.Classes {
			if name == q.Class || q.Class == "" {
				r.Class = int32(i)
			}
		}
		in.Requests = append(in.Requests, r)
	}
	byName := map[string]*demand.Account{}
	account := func(a sim.Account) {
		kind, _, _ := strings.Cut(a.Name, "_")
		if kind == "web" {
			kind = ""
		}
		if byName[a.Name] == nil {
			byName[a.Name] = &demand.Account{Kind: kind}
		}
		of := byName[a.Name]
		of.AtNs, of.UsedNs = append(of.AtNs, a.AtNs), append(of.UsedNs, a.UsedNs)
	}
	if _, err := sim.RequestsAndAccounts(context.Background(), sim.Input{Scenario: s, Profile: p}, s.Instances[0], time.Second, tell, account); err != nil {
		t.Fatal(err)
	}
	for i := range s.Instances[0] {
		in.Accounts = append(in.Accounts, *byName[fmt.Sprintf("web_%d", i+1)])
	}
	if db := byName["db_1"]; db != nil {
		in.Accounts = append(in.Accounts, *db)
	}
	return in
}

// Classes whose rates move by themselves, at light load: everything is told, within
// 3 % or its interval.
func TestReadBack(t *testing.T) {
	classes := []truth{{"list", 0.7, 4, 3, 0, 0}, {"buy", 0.2, 9, 6, 40, 0.8}, {"report", 0.1, 30, 0, 0, 0}}
	in := observed(t, stated(classes, "rate: 20", 2, 60))
	r, err := demand.Work(in)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range classes {
		got := r.Classes[i]
		told(t, want.name+"'s CPU time", got.CPUMs, want.cpu)
		told(t, want.name+"'s database", got.TierMs["db"], want.db)
		told(t, want.name+"'s wait", got.WaitMs, want.wait)
		if !got.CPUMs.Known || want.wait > 0 && !got.WaitMs.Known {
			t.Errorf("%s is not told: %+v", want.name, got)
		}
	}
	if math.Abs(r.Classes[1].CV/0.8-1) > 0.15 {
		t.Errorf("variation of the wait: %v", r.Classes[1].CV)
	}
}

// told wants a figure that is claimed to be right.
func told(t *testing.T, what string, v demand.Value, want float64) {
	t.Helper()
	if v.Known && (want < v.Lo || want > v.Hi) && math.Abs(v.Value-want) > 0.03*want+0.05 {
		t.Errorf("%s: %v [%.3f, %.3f], is %v", what, v, v.Lo, v.Hi, want)
	}
}

// Two classes that come in pairs cannot be told apart by their rates.
func TestRatesThatMoveTogether(t *testing.T) {
	in := observed(t, stated([]truth{{"all", 1, 6, 0, 0, 0}}, "rate: 30", 1, 5))
	in.Classes = []string{"a", "b"}
	for i := range in.Requests {
		in.Requests[i].Class = int32(i % 2)
	}
	r, err := demand.Work(in)
	if err != nil {
		t.Fatal(err)
	}
	if !r.CPUMs.Known || math.Abs(r.CPUMs.Value-6) > 0.3 {
		t.Errorf("CPU time of the mix: %v", r.CPUMs)
	}
	for _, c := range r.Classes {
		if c.CPUMs.Known || !strings.Contains(c.CPUMs.Why, "alone") {
			t.Errorf("%s: claims %v", c.Name, c.CPUMs)
		}
	}
}

// With least_conn a long request keeps others away from its instance, so those that
// were alone there are the long ones. That is no wait.
func TestRequestsThatAvoidBusyInstances(t *testing.T) {
	classes := []truth{{"item", 0.7, 4, 0, 0, 0}, {"order", 0.3, 9, 5, 40, 0.8}}
	for _, policy := range []string{"round_robin", "least_conn"} {
		in := observed(t, "balancer: {policy: "+policy+"}\n"+stated(classes, "rate: 40", 3, 10))
		r, err := demand.Work(in)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range classes {
			got := r.Classes[i]
			told(t, policy+": "+want.name+"'s CPU time", got.CPUMs, want.cpu)
			told(t, policy+": "+want.name+"'s wait", got.WaitMs, want.wait)
		}
		if got := r.Classes[1].WaitMs; !got.Known {
			t.Errorf("%s: the wait is not told: %+v", policy, got)
		}
	}
}

// A saturated service says what it costs, and nothing of what it waits for.
func TestSaturated(t *testing.T) {
	in := observed(t, stated([]truth{{"get", 1, 10, 0, 30, 0.5}}, "kind: closed, clients: 40", 2, 2))
	r, err := demand.Work(in)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Classes[0]; math.Abs(got.CPUMs.Value-10) > 0.3 || got.WaitMs.Known {
		t.Errorf("%+v", got)
	}
	if text := strings.Join(r.Findings, "\n"); !strings.Contains(text, "everything is busy") || !strings.Contains(text, "of their CPU limit") {
		t.Errorf("findings: %s", text)
	}
}

// Fifty random systems without a false claim.
func TestReadBackRandom(t *testing.T) {
	needs.Full(t)
	wrong, claims := 0, 0
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 3))
		classes := randomClasses(rng)
		n := 1 + rng.IntN(4)
		load := 0.0
		for _, c := range classes {
			load += c.share * math.Max(c.cpu, c.db*float64(n)/2)
		}
		busy := 0.05 + 0.5*rng.Float64()
		in := observed(t, stated(classes, fmt.Sprintf("rate: %.3f", busy*1000*float64(n)/load), n, 10+50*rng.Float64()))
		r, err := demand.Work(in)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range classes {
			got := r.Classes[i]
			for _, v := range []struct {
				what string
				v    demand.Value
				want float64
			}{{"cpu", got.CPUMs, want.cpu}, {"db", got.TierMs["db"], want.db}, {"wait", got.WaitMs, want.wait}} {
				if !v.v.Known {
					continue
				}
				claims++
				if (v.want < v.v.Lo || v.want > v.v.Hi) && math.Abs(v.v.Value-v.want) > 0.03*v.want+0.15*(want.cpu+want.db)*float64(b2i(v.what == "wait")) {
					wrong++
					t.Logf("seed %d busy %.2f n %d %s %s: %v [%.3f, %.3f], is %.3f (%+v alone %d)", seed, busy, n, want.name, v.what, v.v, v.v.Lo, v.v.Hi, v.want, want, got.Alone)
				}
			}
		}
	}
	t.Logf("%d of %d claims wrong", wrong, claims)
	if float64(wrong) > 0.05*float64(claims) {
		t.Errorf("%d of %d claims wrong", wrong, claims)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func randomClasses(rng *rand.Rand) []truth {
	n := 1 + rng.IntN(4)
	classes := make([]truth, n)
	rest := 1.0
	for i := range classes {
		c := &classes[i]
		c.name = string(rune('a' + i))
		c.share = math.Round(100*rest*(0.3+0.4*rng.Float64())) / 100
		if i == n-1 {
			c.share = math.Round(100*rest) / 100
		}
		rest -= c.share
		c.cpu = math.Round(100*math.Exp(math.Log(1)+rng.Float64()*math.Log(40))) / 100
		if rng.Float64() < 0.5 {
			c.db = math.Round(100*math.Exp(math.Log(0.5)+rng.Float64()*math.Log(20))) / 100
		}
		if rng.Float64() < 0.5 {
			c.wait, c.waitCV = math.Round(100*math.Exp(math.Log(5)+rng.Float64()*math.Log(40)))/100, 0.2+rng.Float64()
		}
	}
	return classes
}
