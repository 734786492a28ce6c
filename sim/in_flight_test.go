package sim

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// Somebody else's simulation, reported in public, of 10,000 requests with at most
// so many in flight, to backends that answer after a time of their own however many
// are in them: when the last answer is there, in units of a millisecond. It takes
// backends in turn from the second on, so the list is turned by one here.
func TestPublicTimesInFlight(t *testing.T) {
	for _, row := range []struct {
		units            []int64
		inFlight         int
		inTurn, leastOne int64 // leastOne 0 is where the rule for equals decides
	}{
		{[]int64{1, 2}, 2, 7500, 6668},
		{[]int64{1, 2}, 8, 1876, 1668},
		{[]int64{1, 1, 5}, 4, 5835, 0},
		{[]int64{1, 1, 1, 1, 5}, 8, 2253, 0},
		{[]int64{1, 1, 1, 1, 5}, 50, 363, 240},
		{[]int64{1, 2, 4, 8}, 8, 4692, 2672},
		{[]int64{1, 2, 4, 8}, 50, 755, 424},
	} {
		turned := append(append([]int64{}, row.units[1:]...), row.units[0])
		check := func(name string, units []int64, policy balancing.Policy, want int64) {
			least, most := lastOfTenThousand(t, units, row.inFlight, policy)
			t.Logf("%v, %d in flight, %s: %d to %d, reported %d", row.units, row.inFlight, name, least, most, want)
			if want > 0 && (want < least || want > most || most-least > 8) {
				t.Errorf("%v, %d in flight, %s: the last answer after %d to %d, want %d", row.units, row.inFlight, name, least, most, want)
			}
		}
		check("in turn", turned, balancing.RoundRobin, row.inTurn)
		check("to the fewest", row.units, balancing.LeastConn, row.leastOne)
	}
}

// lastOfTenThousand is when the last answer to the first 10,000 requests is there,
// as bounds: of those that start at the same instant as the 10,000th, some may be
// beyond it.
func lastOfTenThousand(t *testing.T, units []int64, inFlight int, policy balancing.Policy) (least, most int64) {
	t.Helper()
	const all = 10_000
	cfg := alike(len(units), stationSpec{servers: 1000, speeds: plainSpeed(1000)}, time.Millisecond, model.Shape{Kind: "constant"})
	for i, u := range units {
		cfg.stations[i].demandNs = float64(u * ms)
	}
	cfg.proxy.Policy = policy
	cfg.clients = inFlight
	_, answers := recorded(t, cfg, all*ms, false)
	slices.SortFunc(answers, func(a, b record) int { return cmp.Compare(a.startNs, b.startNs) })
	last := answers[all-1].startNs
	for _, r := range answers {
		if r.startNs < last {
			least = max(least, r.endNs/ms)
		}
		if r.startNs <= last {
			most = max(most, r.endNs/ms)
		}
	}
	return least, most
}
