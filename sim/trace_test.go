package sim

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim/nginx"
)

var rewrite = flag.Bool("rewrite", false, "write the recorded traces anew; read what changed before it is committed")

// Small systems, request by request, as text that a person can check by hand.
func TestTraces(t *testing.T) {
	every := func(n int, gap int64) (at []int64) {
		for i := range n {
			at = append(at, int64(i)*gap)
		}
		return at
	}
	for _, row := range []struct {
		file, about string
		cfg         *system
		horizonNs   int64
	}{
		{"round_robin.txt", "two instances in turn, 3 ms of service, an arrival every 1 ms, nine in all",
			alike(2, fifo(), 1, model.Shape{}).given(every(9, ms), []int64{3 * ms}), 1e9},
		{"shared.txt", "one instance that shares itself evenly, 3 ms of work, an arrival every 1 ms, three in all",
			alike(1, ps(), 1, model.Shape{}).given(every(3, ms), []int64{3 * ms}), 1e9},
		{"limit.txt", "one instance limited to 50 ms of CPU in every 100 ms, 30 ms of work, an arrival every 40 ms, four in all",
			underQuota(50, 1).given(every(4, 40*ms), []int64{30 * ms}), 1e9},
		{"refused.txt", "two instances, the second refuses connections from 1 ms on and is left out for 10 s, 3 ms of service, an arrival every 4 ms, six in all",
			stopped(alike(2, fifo(), 1, model.Shape{}).given(every(6, 4*ms), []int64{3 * ms})), 1e9},
		{"timeout.txt", "one instance, first come first served, 3 ms of service, a client that gives up after 5 ms and tries again once after 2 ms more, three arrivals at once",
			impatient(alike(1, fifo(), 1, model.Shape{}).given([]int64{0, 0, 0}, []int64{3 * ms})), 1e9},
	} {
		t.Run(row.file, func(t *testing.T) {
			got := fmt.Sprintf("# %s\n%s", row.about, traced(t, row.cfg, row.horizonNs))
			file := "testdata/traces/" + row.file
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the trace is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func stopped(s *system) *system {
	s.timetable = []happening{{atNs: ms, do: stop, instance: 1}}
	s.proxy.NextUpstream = nginx.NextError
	return s
}

func impatient(s *system) *system {
	s.timeoutNs, s.retries, s.backoffNs = 5*ms, 1, []int64{2 * ms}
	return s
}

// traced writes what happened in the order of time, what ends before what
// begins: arrivals with the number of requests then in the system, departures
// with what the client saw and how long that took.
func traced(t *testing.T, cfg *system, horizonNs int64) string {
	e, all := recorded(t, cfg, horizonNs, true)
	type line struct {
		at   int64
		ends bool
		text string
	}
	var lines []line
	number := map[int64]int{} // of requests that began at one instant and have been named
	for _, r := range all {
		name := fmt.Sprintf("r%d", index(cfg.arrivals.trace, r.startNs)+number[r.startNs]+1)
		number[r.startNs]++
		lines = append(lines,
			line{r.startNs, false, "arrive " + name},
			line{r.endNs, true, fmt.Sprintf("depart %s  %-7s took %vms", name, named[r.status].status, float64(r.tookNs())/float64(ms))})
	}
	sort.SliceStable(lines, func(i, j int) bool {
		a, b := lines[i], lines[j]
		return a.at < b.at || a.at == b.at && a.ends && !b.ends
	})
	var text strings.Builder
	for inside, i := 0, 0; i < len(lines); i++ {
		if l := lines[i]; l.ends {
			inside--
			fmt.Fprintf(&text, "%4vms  %s\n", float64(l.at)/float64(ms), l.text)
		} else {
			inside++
			fmt.Fprintf(&text, "%4vms  %s  inside=%d\n", float64(l.at)/float64(ms), l.text, inside)
		}
	}
	fmt.Fprintf(&text, "given to each instance: %v\n", e.log.given)
	return text.String()
}

// index is the first place of an instant in a list.
func index(at []int64, t int64) int {
	return sort.Search(len(at), func(i int) bool { return at[i] >= t })
}
