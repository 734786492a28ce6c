package evidence

import (
	"math"
	"slices"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/k9mil/velocitas/evidence/accesslog"
)

// Instance is what the requests say of one address of the upstream.
type Instance struct {
	Addr     string
	Requests int64 // whose first try it was
	Tries    int64
	Failed   int64 // tries without an answer or with a status from 500 on
	FirstNs  int64 // when it was first asked, since 1970
	LastNs   int64

	early, later *hdrhistogram.Histogram // of what tries took, µs: its first ten seconds, and after
}

// earlyNs is how long an instance counts as just started.
const earlyNs = 10e9

// instancesMost is how many addresses are told apart.
const instancesMost = 256

type instances struct {
	byAddr map[string]*Instance
	order  []*Instance
	last   *Instance
	beyond int64 // requests of addresses that were too many
	nobody int64 // tries for which no instance could be chosen
}

// add counts the tries of a request.
func (in *instances) add(r *Request) {
	for i := range r.Tries {
		t := &r.Tries[i]
		if len(t.Addr) == 0 || len(t.Addr) == 1 && t.Addr[0] == '-' {
			continue
		}
		found := in.of(t.Addr)
		if found == nil {
			continue
		}
		found.count(r, t, i == 0, i == len(r.Tries)-1)
	}
}

func (in *instances) of(addr []byte) *Instance {
	if in.last != nil && string(addr) == in.last.Addr {
		return in.last
	}
	if found := in.byAddr[string(addr)]; found != nil {
		in.last = found
		return found
	}
	if !isInstance(addr) {
		in.nobody++
		return nil
	}
	if len(in.order) >= instancesMost {
		in.beyond++
		return nil
	}
	if in.byAddr == nil {
		in.byAddr = map[string]*Instance{}
	}
	found := &Instance{Addr: string(addr), FirstNs: math.MaxInt64, early: newHistogram(instanceDigits), later: newHistogram(instanceDigits)}
	in.byAddr[found.Addr] = found
	in.order = append(in.order, found)
	in.last = found
	return found
}

// isInstance tells an address from the name of a group, which stands in its
// place where no instance could be chosen.
func isInstance(addr []byte) bool {
	text := string(addr)
	if strings.HasPrefix(text, "unix:") {
		return true
	}
	i := strings.LastIndexByte(text, ':')
	return i > 0 && i < len(text)-1 && text[i+1] >= '0' && text[i+1] <= '9'
}

// failedTry tells whether a try failed. In a log without $upstream_status the last
// has the request's, and nginx would not have made another after one without
// fault.
func failedTry(r *Request, t *accesslog.Try, last bool) bool {
	switch {
	case r.Status == clientClosed && last:
		return false // the client's doing
	case t.Status < 0 && last:
		return r.Failed
	}
	return t.Status <= 0 || t.Status >= 500
}

func (x *Instance) count(r *Request, t *accesslog.Try, first, last bool) {
	x.Tries++
	if first {
		x.Requests++
	}
	if failedTry(r, t, last) {
		x.Failed++
	}
	if r.StartNs >= 0 {
		x.FirstNs, x.LastNs = min(x.FirstNs, r.StartNs), max(x.LastNs, r.EndNs)
		if t.ResponseNs >= 0 {
			h := x.later
			if r.StartNs < x.FirstNs+earlyNs {
				h = x.early
			}
			record(h, t.ResponseNs)
		}
	}
}

// list is all instances by address, numbers in them by size.
func (in *instances) list() []*Instance {
	all := slices.Clone(in.order)
	slices.SortFunc(all, func(a, b *Instance) int {
		if len(a.Addr) != len(b.Addr) {
			return len(a.Addr) - len(b.Addr)
		}
		return strings.Compare(a.Addr, b.Addr)
	})
	return all
}

// SlowStart compares an instance's first ten seconds with what came after, by the
// medians of what tries took. It is false where they do not differ by half or
// more, or by no more than chance would have them.
func (x *Instance) SlowStart() (earlyMs, laterMs float64, slow bool) {
	n := x.early.TotalCount()
	if n < 20 || x.later.TotalCount() < 20 {
		return 0, 0, false
	}
	earlyMs, laterMs = quantileMs(x.early, 0.5), quantileMs(x.later, 0.5)
	above := int64(0)
	for _, bar := range x.early.Distribution() {
		if float64(bar.From)/1000 > laterMs {
			above += bar.Count
		}
	}
	z := (float64(above) - float64(n)/2) / (math.Sqrt(float64(n)) / 2)
	return earlyMs, laterMs, earlyMs >= 1.5*laterMs && earlyMs >= laterMs+2 && z > 3.3
}

// Evenness is how requests are spread over instances, against equal chances.
type Evenness struct {
	ChiSquare float64
	Degrees   int
	P         float64 // of a spread at least as uneven, if each request fell on any instance by chance
	Largest   float64 // share of the instance with the most requests
	Smallest  float64
}

// counted are the instances that a balancer spreads over: those that got at least
// a twentieth of what the busiest got. An address with less belongs to another
// group, is a backup, or was there only for a moment.
func counted(all []*Instance) (list []*Instance) {
	most := int64(0)
	for _, x := range all {
		most = max(most, x.Requests)
	}
	for _, x := range all {
		if x.Requests > 0 && 20*x.Requests >= most {
			list = append(list, x)
		}
	}
	return list
}

// evenness tests the first tries; ok is false where there are fewer than two
// instances or too few requests.
func evenness(all []*Instance) (e Evenness, ok bool) {
	total := int64(0)
	for _, x := range all {
		total += x.Requests
	}
	if len(all) < 2 || total < 5*int64(len(all)) {
		return e, false
	}
	expected := float64(total) / float64(len(all))
	e.Smallest = 1
	for _, x := range all {
		d := float64(x.Requests) - expected
		e.ChiSquare += float64(d*d) / expected
		share := float64(x.Requests) / float64(total)
		e.Largest, e.Smallest = max(e.Largest, share), min(e.Smallest, share)
	}
	e.Degrees = len(all) - 1
	e.P = distuv.ChiSquared{K: float64(e.Degrees)}.Survival(e.ChiSquare)
	return e, true
}
