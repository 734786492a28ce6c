package experiment

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// fakeStack answers /healthz for two instances in turn; whatever else a stack
// does is not asked of it.
type fakeStack struct {
	stack.Stack
	url     string
	workers string
	turn    atomic.Int64
	health  func(turn int64) string
}

func (f *fakeStack) URL() string { return f.url }
func (f *fakeStack) Instances() []stack.Member {
	return []stack.Member{{Name: "a", CPUs: 0.25}, {Name: "b", CPUs: 0.25}}
}
func (f *fakeStack) Fingerprint() map[string]string {
	return map[string]string{"balancer": "nginx 1.22.1", "nginx_workers": f.workers}
}

func (f *fakeStack) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	said := f.health(f.turn.Add(1))
	if said == "" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	fmt.Fprint(w, said)
}

func healthy(turn int64) string {
	return fmt.Sprintf(`{"status":"ready","instance":%q,"version":"1.2.3","gomaxprocs":1}`, "ab"[turn%2:turn%2+1])
}

// Before load, what is wrong is named in one line.
func TestCheck(t *testing.T) {
	for _, row := range []struct {
		why   string
		spoil func(f *fakeStack, s *scenarios.Scenario)
		want  string
	}{
		{"all is well", func(*fakeStack, *scenarios.Scenario) {}, ""},
		{"too many workers", func(f *fakeStack, _ *scenarios.Scenario) { f.workers = "4" }, "nginx runs 4 workers, the scenario wants 1"},
		{"another version", func(f *fakeStack, _ *scenarios.Scenario) {
			f.health = func(n int64) string { return strings.Replace(healthy(n), "1.2.3", "1.0", 1) }
		}, "is velocitas 1.0, this is 1.2.3"},
		{"other threads", func(f *fakeStack, _ *scenarios.Scenario) {
			f.health = func(n int64) string { return strings.Replace(healthy(n), `"gomaxprocs":1`, `"gomaxprocs":2`, 1) }
		}, "runs 2 threads, the scenario wants 1"},
		{"an instance that nobody reaches", func(f *fakeStack, _ *scenarios.Scenario) {
			f.health = func(int64) string { return healthy(0) }
		}, "instance 2 (b) did not answer any of 60 requests through nginx"},
		{"the same, where it is down in nginx", func(f *fakeStack, s *scenarios.Scenario) {
			f.health = func(int64) string { return healthy(0) }
			s.Overrides = []scenarios.Override{{Instances: scenarios.Numbers{2}, Down: true}}
		}, ""},
		{"one that stops", func(f *fakeStack, _ *scenarios.Scenario) { f.health = func(int64) string { return "" } }, "503 Service Unavailable"},
		{"something else", func(f *fakeStack, _ *scenarios.Scenario) { f.health = func(int64) string { return "<html>" } }, "no velocitas instance"},
		{"nothing there", func(f *fakeStack, _ *scenarios.Scenario) { f.url = "http://127.0.0.1:1" }, "no answer"},
		{"more than a generator can", func(_ *fakeStack, s *scenarios.Scenario) {
			s.Load = scenarios.Load{Kind: "open", Rate: 300_000}
		}, "5 times the planned rate"},
	} {
		f := &fakeStack{workers: "1", health: healthy}
		server := httptest.NewServer(f)
		f.url = server.URL
		s := scenarios.Default()
		s.Load = scenarios.Load{Kind: "open", Rate: 5}
		row.spoil(f, s)
		err := Config{Target: Own{Version: "1.2.3"}}.check(t.Context(), f, s, &costs{})
		server.Close()
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v", row.why, err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: error %v: want one line with %q", row.why, err, row.want)
		}
	}
}

// What fails for a moment is tried again, what fails for ever so many times, and
// nothing after the end.
func TestAgain(t *testing.T) {
	for _, row := range []struct{ fails, endsAt, tried, want int }{
		{0, 9, 1, 0}, {1, 9, 2, 0}, {2, 9, 3, 0}, {3, 9, 3, 3}, {9, 9, 3, 3}, {9, 1, 1, 1}, {9, 2, 2, 2},
	} {
		ctx, end := context.WithCancel(t.Context())
		tried := 0
		err := again(ctx, 3, func() error {
			if tried++; tried == row.endsAt {
				end()
			}
			if tried <= row.fails {
				return fmt.Errorf("failure %d", tried)
			}
			return nil
		})
		end()
		want := ""
		if row.want > 0 {
			want = fmt.Sprintf("failure %d", row.want)
		}
		if tried != row.tried || fmt.Sprint(err) != cmp.Or(want, fmt.Sprint(error(nil))) {
			t.Errorf("%d failures, the end at try %d: tried %d times, error %v; want %d and %q", row.fails, row.endsAt, tried, err, row.tried, want)
		}
	}
}

// The rate at which closed clients ask at most: what their instances can answer
// within limits and cores, and what thinking leaves.
func TestMostRps(t *testing.T) {
	store := &model.Profile{}
	store.Instance.Demand = []model.KeyCost{{Keys: 1000, DemandNs: 10e6}}
	s := scenarios.Default()
	s.Instance.Keys, s.Host.Cores = 1000, 2
	s.Load = scenarios.Load{Kind: "closed", ClientsPerInstance: 4}
	members := func(n int, cpus float64) []stack.Member {
		all := make([]stack.Member, n)
		for i := range all {
			all[i].CPUs = cpus
		}
		return all
	}
	for _, row := range []struct {
		why   string
		n     int
		cpus  float64
		think float64
		want  float64
	}{
		{"two limits of a quarter of a core over 10 ms", 2, 0.25, 0, 50},
		{"limits beyond the host's two cores", 16, 0.25, 0, 200},
		{"no limit", 1, 0, 0, 200},
		{"eight clients that think for a second", 2, 0.25, 1, 8},
	} {
		s.Load.Think = scenarios.Duration(row.think * 1e9)
		if got := mostRps(members(row.n, row.cpus), s, &costs{store: store}); got != row.want {
			t.Errorf("%s: %v/s, want %v", row.why, got, row.want)
		}
	}
}
