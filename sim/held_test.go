package sim

import (
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// A lone request under a limit of 50 ms in 100 loses 10 ms whenever it goes on
// again: 120 ms of work from the start of a period are 50, 40 and 30 ms of three
// periods, the last after 10 ms; none is lost where the limit does not strike.
func TestResume(t *testing.T) {
	for _, row := range []struct{ demand, phase, want int64 }{
		{120, 0, 240}, {60, 0, 120}, {50, 0, 50}, {60, 50, 60}, {60, 75, 60}, {60, 25, 95}, {90, 0, 150}, {91, 0, 211},
	} {
		cfg := underQuota(50, 1).given([]int64{(200 + row.phase) * ms}, []int64{row.demand * ms})
		cfg.stations[0].resumeNs, cfg.stations[0].back.share = float64(10*ms), 1
		_, all := recorded(t, cfg, day, true)
		if len(all) != 1 || all[0].tookNs() != row.want*ms {
			t.Errorf("%d ms at phase %d: %+v, want %d ms", row.demand, row.phase, all, row.want)
		}
	}
}

// A lone request of 120 ms under 50 ms in 100, and of 12.5 from 30 ms after its
// start on. The kernel fills up the quota when it changes, so 30 and 12.5 ms are
// done in the first period, 12.5 in each of the next four, and the last 27.5 as
// soon as the old limit is back, 450 ms after the start. Where there is no limit,
// demands are multiplied.
func TestSlowLimits(t *testing.T) {
	cfg := underQuota(50, 1).given([]int64{200 * ms}, []int64{120 * ms})
	cfg.bySlow = true
	cfg.timetable = []happening{{atNs: 230 * ms, do: slowDown, factor: 4}, {atNs: 650 * ms, do: start}}
	_, all := recorded(t, cfg, day, true)
	if want := 477*ms + ms/2; len(all) != 1 || all[0].tookNs() != want {
		t.Errorf("%+v, want %d ns", all, want)
	}
	cfg.stations[0].resumeNs, cfg.stations[0].back.share = float64(10*ms), 1
	// Half of each 12.5 ms is lost, and 10 ms when the limit is back.
	_, all = recorded(t, cfg, day, true)
	if want := 477*ms + ms/2 + 10*ms + 25*ms; len(all) != 1 || all[0].tookNs() != want {
		t.Errorf("losing 10 ms: %+v, want %d ns", all, want)
	}
	unlimited := alike(1, ps(), 1, model.Shape{}).given([]int64{0}, []int64{100 * ms})
	unlimited.bySlow = true
	unlimited.timetable = []happening{{atNs: 50 * ms, do: slowDown, factor: 4}}
	_, all = recorded(t, unlimited, day, true)
	if len(all) != 1 || all[0].tookNs() != 250*ms {
		t.Errorf("without a limit: %+v, want 250 ms", all)
	}
}

// However much a profile says, an instance gets on for half of a period's quota,
// and a machine half as fast loses twice as much.
func TestResumeIsBounded(t *testing.T) {
	p, err := model.LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	p.Instance.ResumeNs = 6 * ms
	for cpus, want := range map[float64]float64{1: 12, 0.1: 5, 0: 0} {
		s := scenarios.Default()
		s.Instance.CPUs, s.Speed = cpus, 0.5
		cfg, err := build(s, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.stations[0].resumeNs / float64(ms); got > want || got < want-0.2 { // less what an idle instance uses
			t.Errorf("under a limit of %g cores it loses %g ms, want %g", cpus, got, want)
		}
	}
}

// Two requests of 100 ms, the second 50 ms later at another instance: while both
// cores are busy work goes on a quarter faster. The first has 50 ms left then,
// which take 40; the second gets 50 ms done in these, and the rest alone.
func TestFullHost(t *testing.T) {
	for _, row := range []struct {
		cores         int64
		first, second int64 // ms
	}{{2, 90, 90}, {3, 100, 100}, {1, 110, 110}} {
		cfg := alike(2, ps(), 1, model.Shape{}).given([]int64{0, 50 * ms}, []int64{100 * ms, 100 * ms})
		cfg.hosts, cfg.fullRate = []int64{row.cores * microCores}, 1.25
		for i := range cfg.stations {
			cfg.stations[i].host = 0
		}
		_, all := recorded(t, cfg, day, true)
		if len(all) != 2 || all[0].tookNs() != row.first*ms || all[1].tookNs() != row.second*ms {
			t.Errorf("%d cores: %+v, want %d and %d ms", row.cores, all, row.first, row.second)
		}
	}
}
