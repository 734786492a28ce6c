package evidence

import "slices"

// Second is what happened in a stretch of time.
type Second struct {
	StartNs  int64
	Arrived  int64
	Answered int64
	Failed   int64
}

// secondsMost bounds a timeline; beyond, its stretches are twice as long.
const secondsMost = 8192

// timeline counts by seconds, or longer stretches in a long log.
type timeline struct {
	widthNs int64
	at      map[int64]*Second
	last    *Second
}

func (t *timeline) add(r *Request) {
	if t.at == nil {
		t.at, t.widthNs = map[int64]*Second{}, 1e9
	}
	s := t.of(r.StartNs)
	s.Arrived++
	if r.Failed {
		s.Failed++
	} else {
		s.Answered++
	}
}

func (t *timeline) of(ns int64) *Second {
	if s := t.last; s != nil && ns >= s.StartNs && ns < s.StartNs+t.widthNs {
		return s
	}
	key := floorDiv(ns, t.widthNs)
	s := t.at[key]
	if s == nil {
		if len(t.at) >= secondsMost {
			t.coarser()
			return t.of(ns)
		}
		s = &Second{StartNs: key * t.widthNs}
		t.at[key] = s
	}
	t.last = s
	return s
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// coarser joins stretches in pairs.
func (t *timeline) coarser() {
	old := t.at
	t.at, t.widthNs, t.last = map[int64]*Second{}, 2*t.widthNs, nil
	for _, s := range old {
		key := floorDiv(s.StartNs, t.widthNs)
		into := t.at[key]
		if into == nil {
			into = &Second{StartNs: key * t.widthNs}
			t.at[key] = into
		}
		into.Arrived += s.Arrived
		into.Answered += s.Answered
		into.Failed += s.Failed
	}
}

// list is all stretches in which anything happened, in their order.
func (t *timeline) list() []Second {
	all := make([]Second, 0, len(t.at))
	for _, s := range t.at {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Second) int { return int(max(-1, min(1, a.StartNs-b.StartNs))) })
	return all
}
