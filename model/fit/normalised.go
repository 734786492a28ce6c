package fit

import "github.com/k9mil/velocitas/model/fit/tables"

// USLNormalised takes the throughput at N = 1 for lambda and fits the deviation
// from linearity, N/C(N) - 1 = kappa (N-1)^2 + (sigma+kappa)(N-1), as the first
// tools for the law did (R usl up to 1.8). It trusts one measurement above all
// others; where it disagrees with the other fits, that measurement decides.
const USLNormalised = "usl-normalised"

// solveNormalised is linear least squares without intercept. ok is false
// without a measurement at N = 1 or with fewer than three sizes.
func solveNormalised(rows []tables.Row) (f solution, ok bool) {
	s := newSample(rows, Constant)
	if s.sizes() < 3 || s.n[0] != 1 {
		return f, false
	}
	lambda := s.mean[0]
	var xx, xxx, xxxx, xy, xxy float64
	for i, n := range s.n {
		x := n - 1
		y := n*lambda/s.mean[i] - 1
		xx += s.count[i] * x * x
		xxx += s.count[i] * x * x * x
		xxxx += s.count[i] * x * x * x * x
		xy += s.count[i] * x * y
		xxy += s.count[i] * x * x * y
	}
	det := xx*xxxx - xxx*xxx
	kappa := (xx*xxy - xxx*xy) / det
	slope := (xxxx*xy - xxx*xxy) / det
	f = solution{law: uslFreeLaw(), lambda: lambda, shape: []float64{slope - kappa, kappa}, onBound: make([]bool, 2)}
	f.law.name = USLNormalised
	_, f.squares = s.profile(f.law, f.shape)
	return f, det > 0
}
