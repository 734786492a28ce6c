package stats

import "math"

// LogSd is the standard deviation of the logarithm of positive repeats of one
// measurement: for small values, their relative standard deviation. Groups that
// were measured under different conditions are pooled, each about its own mean.
// It is 0 when no group has two repeats.
func LogSd(groups ...[]float64) float64 {
	ss, df := 0.0, 0
	for _, g := range groups {
		logs := make([]float64, len(g))
		for i, x := range g {
			logs[i] = math.Log(x)
		}
		if _, sd := MeanSd(logs); len(g) > 1 {
			ss += float64(sd*sd) * float64(len(g)-1)
			df += len(g) - 1
		}
	}
	if df == 0 {
		return 0
	}
	return math.Sqrt(ss / float64(df))
}

// NoiseFloor is the median relative difference that two runs of the same system
// show: a perfect prediction of one run by another scores this, so a smaller
// error is indistinguishable from none. The logarithm of their ratio has the
// standard deviation sqrt(2) [LogSd], and the median of its size is 0.6745 of that.
func NoiseFloor(groups ...[]float64) float64 {
	return 0.6744897501960817 * math.Sqrt2 * LogSd(groups...)
}
