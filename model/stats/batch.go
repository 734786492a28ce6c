package stats

// BatchMeans cuts xs into equal batches and returns their means; what does not
// fill the last batch is left out. It returns nil when there are fewer
// observations than batches. Batches must be long against the correlation time
// of xs before their means may be treated as independent; see [Lag1].
func BatchMeans(xs []float64, batches int) []float64 {
	if batches <= 0 || len(xs) < batches {
		return nil
	}
	size := len(xs) / batches
	out := make([]float64, batches)
	for i := range out {
		sum := 0.0
		for _, x := range xs[i*size : (i+1)*size] {
			sum += x
		}
		out[i] = sum / float64(size)
	}
	return out
}

// Lag1 is the correlation of each observation with the next, -1 to 1, and 0
// for fewer than three or equal observations. For independent ones it is about
// -1/n, with a standard deviation of about 1/sqrt(n).
func Lag1(xs []float64) float64 {
	if len(xs) < 3 {
		return 0
	}
	mean, _ := MeanSd(xs)
	between, all := 0.0, 0.0
	for i, x := range xs {
		all += float64((x - mean) * (x - mean))
		if i > 0 {
			between += float64((x - mean) * (xs[i-1] - mean))
		}
	}
	if all == 0 {
		return 0
	}
	return between / all
}
