package sim

import (
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

const day = 24 * 3600 * int64(1e9)

// Waits that end after all virtual time do not end, rather than at once.
func TestEndlessWaits(t *testing.T) {
	for name, change := range map[string]func(*system){
		"read timeout":            func(s *system) { s.readNs = day },
		"client's timeout":        func(s *system) { s.timeoutNs = day },
		"connect timeout":         func(s *system) { s.connectToNs = day },
		"connect":                 func(s *system) { s.connectNs = 1; s.connectToNs = day },
		"something happens later": func(s *system) { s.timetable = []happening{{atNs: day, do: stop}} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := alike(1, fifo(), 1, model.Shape{}).given([]int64{0, 5 * ms, 3600e9}, []int64{3 * ms})
			change(cfg)
			_, all := recorded(t, cfg, maxTimeNs-1, false)
			if len(all) != 3 {
				t.Fatalf("%d of 3 requests ended", len(all))
			}
			for _, r := range all {
				if r.status != answered || r.tookNs() != 3*ms+cfg.connectNs {
					t.Errorf("%+v, want an answer after 3 ms", r)
				}
			}
		})
	}
}

// A vanished instance answers nobody, and who waits for it for a day waits on.
func TestWaitsForTheVanished(t *testing.T) {
	cfg := alike(1, fifo(), 1, model.Shape{}).given([]int64{5 * ms}, []int64{3 * ms})
	cfg.connectToNs = day
	cfg.timetable = []happening{{atNs: ms, do: vanish}}
	e, all := recorded(t, cfg, maxTimeNs-1, false)
	if len(all) != 0 || e.log.inSystem != 1 {
		t.Errorf("%+v ended and %d are inside, want one that waits", all, e.log.inSystem)
	}
}

// A duration beyond what virtual time can hold is refused.
func TestTooLongADuration(t *testing.T) {
	s := builtin(t, "textbook")
	s.Duration = scenarios.Duration(maxTimeNs)
	if _, err := build(s, referenceProfile(t), 1); err == nil || !strings.Contains(err.Error(), "duration") {
		t.Errorf("the error is %v", err)
	}
	s.Duration--
	if _, err := build(s, referenceProfile(t), 1); err != nil {
		t.Error(err)
	}
}
