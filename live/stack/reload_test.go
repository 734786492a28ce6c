//go:build unix

package stack

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// visit is one request under load: when it was sent and who answered.
type visit struct {
	sent     time.Time
	instance string
	status   int
	err      error
}

// visits are requests that clients send without a pause.
type visits struct {
	mu      sync.Mutex
	all     []visit
	stop    chan struct{}
	clients sync.WaitGroup
}

// hammer sends requests on connections of their own until done.
func hammer(url string, clients int) *visits {
	vs := &visits{stop: make(chan struct{})}
	for range clients {
		vs.clients.Go(func() {
			for {
				select {
				case <-vs.stop:
					return
				default:
				}
				v := visit{sent: time.Now()}
				var resp *http.Response
				if resp, v.err = patient.Get(url); v.err == nil {
					v.instance, v.status = resp.Header.Get("X-Instance"), resp.StatusCode
					resp.Body.Close()
				}
				vs.mu.Lock()
				vs.all = append(vs.all, v)
				vs.mu.Unlock()
			}
		})
	}
	return vs
}

// sentSince counts those that were sent after from and are over.
func (vs *visits) sentSince(from time.Time) int {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	count := 0
	for _, v := range vs.all {
		if v.sent.After(from) {
			count++
		}
	}
	return count
}

func (vs *visits) done() []visit {
	close(vs.stop)
	vs.clients.Wait()
	return vs.all
}

// Under load and with several workers, nothing that is sent after Use returned
// reaches an instance that is not in use, and nothing fails.
func TestUseUnderLoad(t *testing.T) {
	needNginx(t)
	for _, zone := range []bool{false, true} {
		spec := testSpec(t, KindLocal, 4)
		spec.Balancer.Workers, spec.Balancer.Zone = 4, zone
		s := up(t, spec)
		if workers := s.Fingerprint()["nginx_workers"]; workers != "4" {
			t.Errorf("%s workers, want 4", workers)
		}
		visits := hammer(s.URL(), 8)
		type use struct {
			n        int
			from, to time.Time
		}
		var uses []use
		for _, n := range []int{1, 4, 2, 3, 1} {
			next := time.Now()
			if len(uses) > 0 {
				uses[len(uses)-1].to = next
			}
			if err := s.Use(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			from := time.Now()
			uses = append(uses, use{n: n, from: from})
			// However slow the machine is, enough requests to see every worker.
			await(t, "requests are answered", func() bool { return visits.sentSince(from) >= 40 })
		}
		uses[len(uses)-1].to = time.Now()
		members := s.Instances()
		checked := 0
		for _, v := range visits.done() {
			if v.err != nil || v.status != http.StatusOK {
				t.Fatalf("a request failed: %+v", v)
			}
			for _, u := range uses {
				if v.sent.Before(u.from) || v.sent.After(u.to) {
					continue
				}
				checked++
				i := slices.IndexFunc(members, func(m Member) bool { return m.Name == v.instance })
				if i < 0 || i >= u.n {
					t.Errorf("%s answered %s after Use(%d)", v.instance, v.sent.Sub(u.from), u.n)
				}
			}
		}
		if checked < 5*40 {
			t.Errorf("only %d requests while the instances in use were certain", checked)
		}
	}
}

// With workers that keep counters of their own, each follows its own round:
// the shares of equal instances differ by at most the number of workers. With
// a zone they are equal.
func TestSharesOfWorkers(t *testing.T) {
	needNginx(t)
	const workers, instances, clients, each = 4, 3, 8, 30
	for _, zone := range []bool{false, true} {
		spec := testSpec(t, KindLocal, instances)
		spec.Balancer.Workers, spec.Balancer.Zone = workers, zone
		s := up(t, spec)
		var mu sync.Mutex
		got := map[string]int{}
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for range each {
					resp, err := patient.Get(s.URL())
					if err != nil {
						t.Error(err)
						return
					}
					resp.Body.Close()
					mu.Lock()
					got[resp.Header.Get("X-Instance")]++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		counts := []int{}
		for _, m := range s.Instances() {
			counts = append(counts, got[m.Name])
		}
		spread := slices.Max(counts) - slices.Min(counts)
		if zone && spread != 0 || spread > workers {
			t.Errorf("zone %v: shares %v of %d", zone, counts, clients*each)
		}
		t.Logf("zone %v: shares %v", zone, counts)
	}
}
