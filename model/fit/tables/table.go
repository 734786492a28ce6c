package tables

import "fmt"

// Row is one measurement. N and X are always there and positive; N is X times R
// where the file has no N (Little's law), and X is N over R where it has no X.
// The other fields are 0 where the file has no such column.
type Row struct {
	Line int     `json:"line"`           // in the file, counted from 1
	Name string  `json:"name,omitempty"` // where a column of words names the rows
	N    float64 `json:"n"`
	X    float64 `json:"x"`
	R    float64 `json:"r_s,omitempty"`    // mean response; the median where there is no mean
	P50  float64 `json:"p50_s,omitempty"`  // median response
	Tail float64 `json:"tail_s,omitempty"` // the highest quantile given

	Clients float64 `json:"clients,omitempty"`           // of a closed load
	ThinkS  float64 `json:"think_s,omitempty"`           // mean think time of a client
	Offered float64 `json:"offered,omitempty"`           // rate of an open load, in the unit of X
	CPUS    float64 `json:"cpu_s_per_request,omitempty"` // CPU time of a request
	Errors  float64 `json:"errors,omitempty"`            // share of requests that failed
}

// Table is what [Read] returns.
type Table struct {
	Name string // of the file
	Rows []Row
	// HasN says that N was given, not made of X and R.
	HasN bool
	// RIsMedian says that R is a median for want of a mean.
	RIsMedian bool
	// InFlight says that N counts requests in the system (clients, threads,
	// or X times R), so that N/X is their response time.
	InFlight bool
	// Predicted says that the rows come from a simulation, so that nobody calls them
	// measured.
	Predicted bool
	// Period is the time in seconds that X is per: 60 for a minute. 0 is a second.
	Period float64
	// Columns say which column of the file became what, and Notes what else was
	// made of it: units that were inferred, and rows left out.
	Columns []Column
	Notes   []string
}

// Column is a column of a table and what it was taken for.
type Column struct {
	Heading string `json:"heading"`
	// Meaning is n, x, r, p50, tail, clients, think, offered, cpu or errors; empty
	// for a column that is not used.
	Meaning string `json:"meaning,omitempty"`
	Unit    string `json:"unit,omitempty"`
}

// PerSecond is the throughput of a row in requests per second.
func (t Table) PerSecond(r Row) float64 {
	if t.Period > 0 {
		return r.X / t.Period
	}
	return r.X
}

// MaxRows bounds a table.
const MaxRows = 10000

// Least and Most bound N and X: what the arithmetic of a fit can bear.
const (
	Least = 1e-15
	Most  = 1e15
)

// At makes a table of plain points, for curves that do not come from a file.
// It panics unless there are as many sizes as throughputs.
func At(name string, n, x []float64) Table {
	if len(n) != len(x) {
		panic(fmt.Sprintf("fit: %d sizes and %d throughputs", len(n), len(x)))
	}
	t := Table{Name: name, HasN: true}
	for i := range n {
		t.Rows = append(t.Rows, Row{Line: i + 1, N: n[i], X: x[i]})
	}
	return t
}
