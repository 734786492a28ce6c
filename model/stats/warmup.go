package stats

// mserBatch is the 5 in MSER-5: observations per batch.
const mserBatch = 5

// MSER5 says how many observations at the start of a run are warm-up. It
// averages them by fives and cuts where the standard error of the mean of the
// rest is least, in the first half only. ok is false when the least is at the
// very end of that half, or when there are fewer than 20 observations: then the
// run is too short, or never gets steady, and no cut is right.
// (White, Cobb and Spratt, A comparison of five steady-state truncation
// heuristics for simulation, WSC 2000.)
func MSER5(xs []float64) (cut int, ok bool) {
	z := BatchMeans(xs, len(xs)/mserBatch)
	if len(xs) < 4*mserBatch {
		return 0, false
	}
	half := len(z) / 2
	best, at := 0.0, -1
	// From the end to the front, mean and sum of squares of z[d:] grow by one
	// value at a time (Welford).
	mean, ss := 0.0, 0.0
	for d := len(z) - 1; d >= 0; d-- {
		n := float64(len(z) - d)
		delta := z[d] - mean
		mean += delta / n
		ss += float64(delta * (z[d] - mean))
		if score := ss / float64(n*n); d <= half && (at < 0 || score <= best) {
			best, at = score, d
		}
	}
	return at * mserBatch, at < half
}
