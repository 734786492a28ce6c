package demand

import (
	"math"
	"slices"
)

// align finds by how much the instances' accounts, which have no dates, are to be
// moved so that what was used goes best with what was served. plain tells whether
// that stands out from chance, by five standard deviations.
func align(requests []Request, accounts []*Account) (by int64, plain bool) {
	if len(accounts) == 0 {
		return 0, false
	}
	step := accounts[0].step()
	begin, end := requests[0].StartNs, requests[0].StartNs
	for _, q := range requests {
		begin, end = min(begin, q.StartNs), max(end, q.StartNs+q.TookNs)
	}
	first, last := accounts[0].AtNs[0], accounts[0].AtNs[len(accounts[0].AtNs)-1]
	overlap := min(last-first, end-begin) / 2
	if step <= 0 || overlap < 10*step {
		return 0, false
	}
	work := workOf(requests, begin, end, step/10)
	best, bestZ := int64(0), 0.0
	try := func(lag int64) {
		if z := likeness(accounts, work, lag, begin, end); z > bestZ {
			best, bestZ = lag, z
		}
	}
	from, to := begin+overlap-last, end-overlap-first
	coarse := max(step/2, (to-from)/lagsMost)
	for lag := from; lag <= to; lag += coarse {
		try(lag)
	}
	for fine := coarse; fine > step/20; fine /= 2 {
		middle := best
		try(middle - fine/2)
		try(middle + fine/2)
	}
	return best, bestZ > 5
}

// lagsMost bounds how many places are tried at first.
const lagsMost = 2000

// step is the usual time between two readings.
func (a *Account) step() int64 {
	var steps []int64
	for i := 1; i < len(a.AtNs); i++ {
		steps = append(steps, a.AtNs[i]-a.AtNs[i-1])
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

// served is what was served up to each multiple of a step: requests, by the square
// root of how long their class takes, since what is longer computes more, and waits
// more.
type served struct {
	beginNs, stepNs int64
	sum             []float64
}

func workOf(requests []Request, begin, end, step int64) served {
	const most = 2_000_000
	step = max(1, step, (end-begin)/most)
	w := served{begin, step, make([]float64, (end-begin)/step+2)}
	weights := map[int32]float64{}
	counts := map[int32]float64{}
	for _, q := range requests {
		weights[q.Class] += float64(q.TookNs)
		counts[q.Class]++
	}
	for class := range weights {
		weights[class] = math.Sqrt(weights[class]/counts[class] + 1)
	}
	for _, q := range requests {
		w.sum[(q.StartNs+q.TookNs/2-begin)/step+1] += weights[q.Class]
	}
	for i := 1; i < len(w.sum); i++ {
		w.sum[i] += w.sum[i-1]
	}
	return w
}

func (w served) at(ns int64) float64 {
	x := math.Max(0, math.Min(float64(ns-w.beginNs)/float64(w.stepNs), float64(len(w.sum)-1)))
	i := int(x)
	if i+1 >= len(w.sum) {
		return w.sum[len(w.sum)-1]
	}
	return w.sum[i] + (x-float64(i))*(w.sum[i+1]-w.sum[i])
}

// likeness is the correlation of what was used with what was served, in standard
// deviations of what chance would have (R. Fisher's transformation).
func likeness(accounts []*Account, work served, lag, begin, end int64) float64 {
	a := accounts[0]
	var n, sx, sy, sxx, syy, sxy float64
	for i := 1; i < len(a.AtNs); i++ {
		from, to := a.AtNs[i-1], a.AtNs[i]
		if from+lag < begin || to+lag > end || to <= from {
			continue
		}
		y := 0.0
		for _, b := range accounts {
			y += (b.used(to) - b.used(from)) / float64(to-from)
		}
		x := (work.at(to+lag) - work.at(from+lag)) / float64(to-from)
		n, sx, sy, sxx, syy, sxy = n+1, sx+x, sy+y, sxx+float64(x*x), syy+float64(y*y), sxy+float64(x*y)
	}
	if n < 10 {
		return 0
	}
	vx, vy := sxx-float64(sx*sx)/n, syy-float64(sy*sy)/n
	if vx <= 0 || vy <= 0 {
		return 0
	}
	r := (sxy - float64(sx*sy)/n) / math.Sqrt(vx*vy)
	return math.Atanh(math.Min(r, 0.99999)) * math.Sqrt(n-3)
}
