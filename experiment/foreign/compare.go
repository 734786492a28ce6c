package foreign

import (
	"context"
	"math"

	"github.com/k9mil/velocitas/model/stats"
)

// Row is a block beside what was predicted of it.
type Row struct {
	Block           Block
	Mechanism, Full *Prediction
}

// Unseen tells whether the block says something that a calibration has not been
// told: larger sizes, and open loads.
func (b *Block) Unseen() bool { return b.Set != "light" && (b.Set != "closed" || b.Instances > 2) }

// Compare predicts blocks.
func Compare(ctx context.Context, m *Model, blocks []Block) ([]Row, error) {
	var rows []Row
	for _, b := range blocks {
		mechanism, err := m.Mechanism(ctx, b)
		if err != nil {
			return nil, err
		}
		full, err := m.Predict(ctx, b)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{b, mechanism, full})
	}
	return rows, nil
}

// Summary is how good predictions are: throughput (of closed loads alone; that of
// an open one is its rate), p50, p95, p99.
type Summary struct {
	Mechanism, Full, Chance [4]float64 // median errors, relative
	Inside, Figures         int        // of the 95 % intervals of Full
	Limits, Rows            int        // limiting parts named right
}

// Summarise sums up rows.
func Summarise(rows []Row, cores float64) Summary {
	s := Summary{Rows: len(rows)}
	var mechanism, full, chance [4][]float64
	for _, r := range rows {
		if r.Full.Limit == r.Block.Limit(cores) {
			s.Limits++
		}
		for i, f := range r.Block.figures() {
			if i == 0 && r.Block.Load.Kind == "open" {
				continue
			}
			mechanism[i] = append(mechanism[i], math.Abs(r.Mechanism.Figures[i]/f-1))
			full[i] = append(full[i], math.Abs(r.Full.Figures[i]/f-1))
			chance[i] = append(chance[i], r.Full.Chance[i])
			s.Figures++
			if r.Full.Lo[i] <= f && f <= r.Full.Hi[i] {
				s.Inside++
			}
		}
	}
	for i := range mechanism {
		s.Mechanism[i], s.Full[i], s.Chance[i] = stats.Median(mechanism[i]), stats.Median(full[i]), stats.Median(chance[i])
	}
	return s
}
