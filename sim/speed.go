package sim

import "github.com/k9mil/velocitas/model"

// speedTable says how an instance works with n requests in service: how many
// cores it could use, and how much demand it gets done per core and request.
// Rows are filled in for every n up to the table's end; beyond it the total
// stays as in the last row.
type speedTable struct {
	wants   []int64   // cores wanted, microCores, by n
	besides []int64   // the same while background work runs as well
	done    []float64 // efficiency, by n
	full    []float64 // the rate when nobody holds it back
}

// leastTable is the number of rows that are filled in at least, so that the
// usual n are within them.
const leastTable = 257

// newSpeedTable fills in the rows of a profile's speed table for an instance
// with so many threads.
func newSpeedTable(rows []model.SpeedRow, threads int) *speedTable {
	size := max(leastTable, rows[len(rows)-1].Inside+1)
	t := &speedTable{
		wants:   make([]int64, size),
		besides: make([]int64, size),
		done:    make([]float64, size),
		full:    make([]float64, size),
	}
	t.besides[0] = microCores
	limit := int64(threads) * microCores
	for n := 1; n < size; n++ {
		for len(rows) > 2 && rows[1].Inside < n {
			rows = rows[1:]
		}
		row := interpolate(rows, n)
		t.wants[n] = min(limit, int64(float64(row.Cores*microCores)+0.5))
		t.besides[n] = min(limit, t.wants[n]+microCores)
		t.done[n] = row.Efficiency
		t.full[n] = t.rate(n, cores(t.wants[n]))
	}
	return t
}

// interpolate is the row for n requests in service, straight between the
// nearest rows given.
func interpolate(rows []model.SpeedRow, n int) model.SpeedRow {
	for i, hi := range rows {
		if n > hi.Inside {
			continue
		}
		if n == hi.Inside || i == 0 {
			return hi
		}
		lo := rows[i-1]
		f := float64(n-lo.Inside) / float64(hi.Inside-lo.Inside)
		return model.SpeedRow{
			Inside:     n,
			Efficiency: lo.Efficiency + float64(f*(hi.Efficiency-lo.Efficiency)),
			Cores:      lo.Cores + float64(f*(hi.Cores-lo.Cores)),
		}
	}
	return rows[len(rows)-1]
}

// plainSpeed is a table without a measured speed: each request in service can
// use one core, up to so many, and none helps or hinders another.
func plainSpeed(cores int) *speedTable {
	rows := make([]model.SpeedRow, 0, 2)
	rows = append(rows, model.SpeedRow{Inside: 1, Efficiency: 1, Cores: 1})
	if cores > 1 {
		rows = append(rows, model.SpeedRow{Inside: cores, Efficiency: 1, Cores: float64(cores)})
	}
	return newSpeedTable(rows, cores)
}

// cores is micro-cores as a number of cores.
func cores(micro int64) float64 { return float64(micro) / microCores }

func (t *speedTable) want(n int) int64       { return t.wants[t.row(n)] }
func (t *speedTable) wantBeside(n int) int64 { return t.besides[t.row(n)] }

// mostTasks is how many threads it takes to use all that is ever wanted.
func (t *speedTable) mostTasks() int {
	most := int64(0)
	for _, want := range t.besides {
		most = max(most, want)
	}
	return int(tasksOf(most))
}

// most is what is wanted with ever so many requests inside.
func (t *speedTable) most() int64 { return t.wants[len(t.wants)-1] }

// row is the table's row for n requests in service.
func (t *speedTable) row(n int) int { return min(n, len(t.wants)-1) }

// rate is the demand that each of n requests gets done in a ns by so many
// cores. It is divided by n last, so that n requests on n cores go at just 1.
func (t *speedTable) rate(n int, cores float64) float64 {
	return float64(cores*t.done[t.row(n)]) / float64(n)
}
