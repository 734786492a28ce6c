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

// hammer sends requests on connections of their own until stop is closed.
func hammer(url string, clients int, stop <-chan struct{}) func() []visit {
	var mu sync.Mutex
	var all []visit
	var clientsDone sync.WaitGroup
	for range clients {
		clientsDone.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				v := visit{sent: time.Now()}
				var resp *http.Response
				if resp, v.err = patient.Get(url); v.err == nil {
					v.instance, v.status = resp.Header.Get("X-Instance"), resp.StatusCode
					resp.Body.Close()
				}
				mu.Lock()
				all = append(all, v)
				mu.Unlock()
			}
		})
	}
	return func() []visit { clientsDone.Wait(); return all }
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
		stop := make(chan struct{})
		visits := hammer(s.URL(), 8, stop)
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
			uses = append(uses, use{n: n, from: time.Now()})
			time.Sleep(100 * time.Millisecond)
		}
		uses[len(uses)-1].to = time.Now()
		close(stop)
		members := s.Instances()
		checked := 0
		for _, v := range visits() {
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
		if checked < 100 {
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
