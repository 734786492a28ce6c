package sim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/store"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// Work says for how many requests of each instance the inserts are really
// done: the first so many, all, or none.
type Work struct{ first int64 }

// WorkAll does the inserts of every request.
var WorkAll = Work{first: math.MaxInt64}

// WorkFirst does those of the first k requests of each instance; k >= 0.
func WorkFirst(k int64) Work { return Work{first: k} }

// ParseWork reads "all", "none" or "first=K".
func ParseWork(text string) (Work, error) {
	switch text {
	case "all":
		return WorkAll, nil
	case "none":
		return Work{}, nil
	}
	if k, ok := strings.CutPrefix(text, "first="); ok {
		if n, err := strconv.ParseInt(k, 10, 64); err == nil && n >= 1 {
			return WorkFirst(n), nil
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

func newObservation(s *scenarios.Scenario, p *model.Profile) Observation {
	return Observation{Keys: s.Instance.Keys, ProfileMs: round(p.Instance.DemandNs(s.Instance.Keys, s.Instance.Write == "batch") / 1e6)}
}

func (o *Observation) add(took time.Duration) {
	o.timed = append(o.timed, float64(took)/1e6)
	sort.Float64s(o.timed)
	o.MachineMs = o.timed[len(o.timed)/2]
}

// do opens a real store for every instance and really inserts the keys of the
// requests that it was given. Nothing of a store feeds back into the virtual
// result, so only as many are open at once as there are processors.
func (w Work) do(ctx context.Context, in Input, given []int64, seen *Observation) (*model.Store, error) {
	if w.first == 0 || !in.Scenario.Instance.Demand.Profile {
		return nil, nil
	}
	mode := store.Transactions
	if in.Scenario.Instance.Write == "batch" {
		mode = store.Batch
	}
	answers := make([]answer, len(given))
	one := func(i int, watch func() time.Duration) (err error) {
		answers[i], err = fill(ctx, in.Scenario, i, min(w.first, given[i]), mode, watch)
		return err
	}
	// The first alone, so that what it takes is not shared with others.
	if err := one(0, in.Stopwatch); err != nil {
		return nil, err
	}
	if answers[0].took > 0 {
		seen.add(answers[0].took)
	}
	err := parallel(ctx, len(given)-1, processors(), func(i int) error { return one(i+1, nil) })
	if err != nil {
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
	took   time.Duration // first request, if it was timed
}

// fill is one instance's store from beginning to end. Where in the key space a
// request begins is drawn from the instance's own stream.
func fill(ctx context.Context, s *scenarios.Scenario, instance int, requests int64, mode store.Mode, watch func() time.Duration) (a answer, err error) {
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
		var began time.Duration
		if watch != nil && k == 0 {
			began = watch()
		}
		if err := st.Insert(int(starts.Uint64n(store.KeySpace)), s.Instance.Keys, mode); err != nil {
			return a, err
		}
		if watch != nil && k == 0 {
			a.took = watch() - began
		}
	}
	a.keys, a.digest, err = st.Digest()
	return a, err
}
