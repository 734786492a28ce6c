package sim

import "testing"

// As many retries as a scenario may ask for each have a back-off of their own.
func TestAThousandRetries(t *testing.T) {
	const retries = 1000
	cfg := alike(1, fifo(), 1, exponential())
	cfg.given([]int64{0}, []int64{10 * ms})
	cfg.timeoutNs, cfg.retries = 100, retries
	for i := range retries {
		cfg.backoffNs = append(cfg.backoffNs, int64(i)*1000)
	}
	e, all := recorded(t, cfg, int64(1e9), false)
	want := record{startNs: 0, endNs: 100*(retries+1) + 1000*retries*(retries-1)/2, status: clientTimedOut}
	if len(all) != 1 || all[0] != want || e.log.retries != retries {
		t.Fatalf("%+v after %d retries, want %+v", all, e.log.retries, want)
	}
}
