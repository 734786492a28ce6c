// Package work does really, in Badger stores, what the requests of a simulation
// insert. It runs beside the simulation: what the stores answer is part of the
// curve, and what they took is shown and never used.
package work

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/k9mil/velocitas/badger/store"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// Work says for how many requests of each instance the inserts are really
// done: the first so many, all, or none.
type Work struct{ first int64 }

// All does the inserts of every request.
var All = Work{first: math.MaxInt64}

// First does those of the first k requests of each instance; k >= 0.
func First(k int64) Work { return Work{first: k} }

// Parse reads "all", "none" or "first=K" with K of at least 1.
func Parse(text string) (Work, error) {
	switch text {
	case "all":
		return All, nil
	case "none":
		return Work{}, nil
	}
	if k, ok := strings.CutPrefix(text, "first="); ok {
		if n, err := strconv.ParseInt(k, 10, 64); err == nil && n >= 1 {
			return First(n), nil
		}
	}
	return Work{}, fmt.Errorf("%q is not all, none or first=K with K of at least 1", text)
}

// Observation is what the real inserts of one request took on this machine,
// beside what the profile says. It is reported and never used.
type Observation struct {
	Keys      int
	ProfileMs float64
	MachineMs float64 // median of the first requests; 0 if none was timed

	timed []float64
}

// Expect is an observation of nothing yet: what the profile says of a scenario's request.
func Expect(s *scenarios.Scenario, p *model.Profile) *Observation {
	return &Observation{Keys: s.Instance.Keys, ProfileMs: six(p.Instance.DemandNs(s.Instance.Keys, s.Instance.Write == "batch") / 1e6)}
}

// six keeps six digits.
func six(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		panic(err)
	}
	return y
}

func (o *Observation) add(took time.Duration) {
	o.timed = append(o.timed, float64(took)/1e6)
	sort.Float64s(o.timed)
	o.MachineMs = o.timed[len(o.timed)/2]
}

// Stores opens a real store for every instance and really inserts the keys of
// the requests that it was given: sim.Input.Stores. Nothing of a store feeds back
// into the virtual result, so only as many are open at once as there are
// processors. seen, if not nil, is told what the first request took.
func (w Work) Stores(seen *Observation) func(context.Context, *scenarios.Scenario, []int64) (*model.Store, error) {
	return func(ctx context.Context, s *scenarios.Scenario, given []int64) (*model.Store, error) {
		if w.first == 0 || !s.Instance.Demand.Profile {
			return nil, nil
		}
		return w.do(ctx, s, given, seen)
	}
}

func (w Work) do(ctx context.Context, s *scenarios.Scenario, given []int64, seen *Observation) (*model.Store, error) {
	answers := make([]answer, len(given))
	one := func(ctx context.Context, i int) (err error) {
		answers[i], err = fill(ctx, s, i, min(w.first, given[i]))
		return err
	}
	// The first alone, so that what it takes is not shared with others.
	if err := one(ctx, 0); err != nil {
		return nil, err
	}
	if seen != nil && given[0] > 0 {
		seen.add(answers[0].took)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := 1; i < len(given); i++ {
		group.Go(func() error { return one(ctx, i) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	sum := sha256.New()
	all := &model.Store{}
	for _, a := range answers {
		all.Keys += int64(a.keys)
		sum.Write([]byte(a.digest))
	}
	all.Digest = hex.EncodeToString(sum.Sum(nil))
	return all, nil
}

// answer is what one store says in the end.
type answer struct {
	keys   int
	digest string
	took   time.Duration // the first request
}

// fill is one instance's store from beginning to end. Where in the key space a
// request begins is drawn from the instance's own stream.
func fill(ctx context.Context, s *scenarios.Scenario, instance int, requests int64) (a answer, err error) {
	mode := store.Transactions
	if s.Instance.Write == "batch" {
		mode = store.Batch
	}
	st, err := store.Open()
	if err != nil {
		return a, err
	}
	defer func() {
		if closing := st.Close(); err == nil {
			err = closing
		}
	}()
	starts := random.New(s.Seed, 0, "keys", instance)
	for k := range requests {
		if err := ctx.Err(); err != nil {
			return a, err
		}
		began := time.Now()
		if err := st.Insert(int(starts.Uint64n(store.KeySpace)), s.Instance.Keys, mode); err != nil {
			return a, err
		}
		if k == 0 {
			a.took = time.Since(began)
		}
	}
	a.keys, a.digest, err = st.Digest()
	return a, err
}
