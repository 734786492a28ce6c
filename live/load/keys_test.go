package load

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// heard counts the values of a header.
func heard(t *testing.T) (Config, func() map[string]int) {
	t.Helper()
	var mu sync.Mutex
	got := map[string]int{}
	c := service(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got[r.Header.Get("X-Hash-Key")]++
	})
	c.Keys = Keys{Header: "X-Hash-Key", Value: strconv.Itoa, Count: 4, Seed: 3}
	return c, func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

// Requests draw from all values, the same ones with the same seed.
func TestKeys(t *testing.T) {
	var first map[string]int
	for range 2 {
		c, got := heard(t)
		if _, err := Open(context.Background(), c, Constant(400, 500*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got()
		}
		for i := range 4 {
			// 200 draws of one in four: 50, give or take four standard deviations.
			if n := got()[strconv.Itoa(i)]; n < 25 || n > 75 || n != first[strconv.Itoa(i)] {
				t.Errorf("value %d came %d times, before %d: want about 50, and the same", i, n, first[strconv.Itoa(i)])
			}
		}
	}
}

// A client keeps its value.
func TestKeysOfClients(t *testing.T) {
	c, got := heard(t)
	c.Keys.PerClient = true
	run, err := Closed(context.Background(), c, Clients{Count: 6, Think: 20 * time.Millisecond}, 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	n, all := got(), 0
	for i := range 4 {
		all += n[strconv.Itoa(i)]
	}
	// Clients 0 and 4 have the same value, as have 1 and 5.
	if n["0"] <= n["2"] || n["1"] <= n["3"] || all != len(run.Records) {
		t.Errorf("values came %v times in %d requests: want 0 and 1 twice as often", n, len(run.Records))
	}
}
