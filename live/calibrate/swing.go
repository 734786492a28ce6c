package calibrate

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/k9mil/velocitas/model"
)

// Requests between swingFromS and swingUntilS apart tell how the speed swings:
// what is quicker evens out within a request or two, what is slower is drift,
// which the probe sees.
const (
	swingFromS  = 0.005
	swingUntilS = 2.0
	swingBins   = 24
	swingTaus   = 25
	swingMost   = 0.5 // of the standard deviation of the speed's logarithm
)

// swingOf is how the speed of a trace goes up and down, from the variogram of
// its requests: half the mean squared difference of the logarithms of two costs
// that lie so far apart in time (Cressie, Statistics for Spatial Data, 1993,
// section 2.4). Near to each other they differ only by what requests differ by
// themselves; further apart by the swing too, which is forgotten exponentially.
// leaveOut tells for each stretch whether to leave it out, since it is the store's
// own work or follows a rest.
func swingOf(trace []stretch, leaveOut []bool) model.Swing {
	var apart, halfSquares, pairs [swingBins]float64
	width := math.Log(swingUntilS/swingFromS) / swingBins
	for i := range trace {
		if leaveOut[i] {
			continue
		}
		for j := i + 1; j < len(trace); j++ {
			s := trace[j].endS - trace[i].endS
			bin := int(math.Floor(math.Log(s/swingFromS) / width))
			if bin >= swingBins {
				break
			}
			if leaveOut[j] || bin < 0 {
				continue
			}
			d := math.Log(trace[i].cpuNs / trace[j].cpuNs)
			apart[bin] += s
			halfSquares[bin] += d * d / 2
			pairs[bin]++
		}
	}
	var at, gamma []float64
	for b, n := range pairs {
		if n > 0 {
			at, gamma = append(at, apart[b]/n), append(gamma, halfSquares[b]/n)
		}
	}
	return fitSwing(at, gamma)
}

// fitSwing fits nugget + variance·(1-exp(-t/tau)) by least squares: the first two
// by a line for each of some tau, of which the best is taken.
func fitSwing(at, gamma []float64) model.Swing {
	var best model.Swing
	if len(at) < 3 {
		return best
	}
	least := math.Inf(1)
	for k := range swingTaus {
		tau := 2 * swingFromS * math.Pow(swingUntilS/(4*swingFromS), float64(k)/(swingTaus-1))
		risen := make([]float64, len(at))
		for i, t := range at {
			risen[i] = 1 - math.Exp(-t/tau)
		}
		nugget, variance := stat.LinearRegression(risen, gamma, nil, false)
		if !(variance > 0) {
			continue
		}
		sum := 0.0
		for i := range gamma {
			off := gamma[i] - nugget - variance*risen[i]
			sum += off * off
		}
		if sum < least {
			least = sum
			best = model.Swing{LogSD: min(swingMost, math.Sqrt(variance)), TauNs: int64(tau * 1e9)}
		}
	}
	return best
}

// locally is each cost relative to the mean of those next to it, so that what is
// left is how requests differ by themselves, and not how the speed swings.
func locally(costs []float64) []float64 {
	relative := make([]float64, len(costs))
	for i, c := range costs {
		relative[i] = c / mean(costs[max(0, i-localHalf):min(len(costs), i+localHalf+1)])
	}
	return relative
}

// localHalf is how many neighbours on either side a cost is compared with.
const localHalf = 4
