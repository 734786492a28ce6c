package load

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Keys give each request a header that a balancer hashes. The zero value sends
// none.
type Keys struct {
	Header string
	// Value is the i-th of Count values, of which each request draws one by the
	// seed.
	Value func(i int) string
	Count int
	Seed  uint64
	// PerClient has the i-th client of a closed load keep the i-th value, modulo
	// Count.
	PerClient bool
}

func (k Keys) validate() error {
	if k.Header != "" && (k.Value == nil || k.Count < 1) {
		return fmt.Errorf("load: %d values for %s: want at least 1", k.Count, k.Header)
	}
	return nil
}

// openLoad stands for the client of a load that has none.
const openLoad = -1

// targeter is the GET for every hit of a client.
func (c Config) targeter(client int) vegeta.Targeter {
	k := c.Keys
	if k.Header == "" {
		return vegeta.NewStaticTargeter(vegeta.Target{Method: "GET", URL: c.URL})
	}
	var mu sync.Mutex // hits of an open load ask at once
	stream := rand.New(rand.NewPCG(k.Seed, uint64(client+1)))
	return func(t *vegeta.Target) error {
		i := client
		if !k.PerClient || client == openLoad {
			mu.Lock()
			i = stream.IntN(k.Count)
			mu.Unlock()
		}
		t.Method, t.URL = "GET", c.URL
		t.Header = http.Header{k.Header: {k.Value(i % k.Count)}}
		return nil
	}
}
