package demand

import (
	"math/rand/v2"
	"testing"

	"github.com/k9mil/velocitas/evidence"
)

// busyInstance is a Poisson stream of requests of 10 ms and the account of the one
// instance that serves them, read each second.
func busyInstance() (requests []Request, a Account) {
	rng := rand.New(rand.NewPCG(1, 2))
	const begin, seconds = int64(1_767_225_600_000_000_000), 200
	used := make([]int64, seconds+1)
	for at := int64(0); at < seconds*1e9; at += int64(rng.ExpFloat64() * 5e7) {
		requests = append(requests, Request{StartNs: begin + at, TookNs: 10e6})
		used[min(seconds, at/1e9+1)] += 10e6
	}
	a = Account{AtNs: []int64{0}, UsedNs: []int64{0}}
	for i := 1; i <= seconds; i++ {
		a.AtNs = append(a.AtNs, int64(i)*1e9)
		a.UsedNs = append(a.UsedNs, a.UsedNs[i-1]+used[i])
	}
	return requests, a
}

// Accounts without dates are put where they belong, however much later they began;
// where nothing shows that it is not made up.
func TestAlign(t *testing.T) {
	requests, a := busyInstance()
	begin := requests[0].StartNs
	for _, late := range []int64{0, 7_300_000_000, -41_000_000_000} {
		moved := Account{UsedNs: a.UsedNs}
		for _, at := range a.AtNs {
			moved.AtNs = append(moved.AtNs, at+late+100e9)
		}
		by, plain := align(requests, []*Account{&moved})
		if off := by - (begin - late - 100e9); !plain || off < -100e6 || off > 100e6 {
			t.Errorf("%d late: moved by %d, which is off by %d ns (plain: %v)", late, by, off, plain)
		}
	}
	even := Account{}
	for i := range int64(200) {
		even.AtNs, even.UsedNs = append(even.AtNs, i*1e9), append(even.UsedNs, i*1e8)
	}
	if by, plain := align(requests, []*Account{&even}); plain {
		t.Errorf("an account that never changes is moved by %d", by)
	}
	if _, plain := align(requests, nil); plain {
		t.Error("no account is moved")
	}
}

// A CPU limit is seen where it strikes all the time, and only there.
func TestLimitSeen(t *testing.T) {
	samples := func(struck int64) (list []evidence.CPUSample) {
		for i := range int64(20) {
			list = append(list, evidence.CPUSample{AtNs: i * 1e9, UsedNs: i * 248e6, Periods: 10 * i, ThrottledPeriods: struck * i})
		}
		return list
	}
	for struck, want := range map[int64]float64{10: 0.25, 9: 0.25, 5: 0, 0: 0} {
		if got := limitSeen(samples(struck)); got != want {
			t.Errorf("%d of 10 periods are cut short: %g cores, want %g", struck, got, want)
		}
	}
	if got := throttled(samples(5)); got != 0.5 {
		t.Errorf("half of the periods: %g", got)
	}
}

// Round robin gives the next request to another instance than the last, whose request
// is still inside; yet it avoids nobody.
func TestRoundRobinAvoidsNobody(t *testing.T) {
	var turns, fewest []Request
	ends := make([]int64, 4)
	for i := range int64(2000) {
		start := i * 7e6
		turns = append(turns, Request{StartNs: start, TookNs: 60e6, Instance: int32(i % 4)})
		at := 0
		for k := range ends {
			if ends[k] < ends[at] {
				at = k
			}
		}
		took := 10e6 + i*i%97*1e6
		ends[at] = max(ends[at], start) + took
		fewest = append(fewest, Request{StartNs: start, TookNs: took, Instance: int32(at)})
	}
	if avoids(turns) {
		t.Error("round robin is said to avoid busy instances")
	}
	if !avoids(fewest) {
		t.Error("who goes where least is to do is said to go anywhere")
	}
}
