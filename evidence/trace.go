package evidence

import (
	"bufio"
	"io"
	"strconv"
)

// WriteTrace writes when requests began as a trace that a scenario's load.trace
// takes: seconds since the first, one a line. The result must have been read with
// [Options.Arrivals].
func (r *Result) WriteTrace(w io.Writer) error {
	out := bufio.NewWriter(w)
	digits := 6
	if r.Format.StepNs >= 1e6 {
		digits = 3
	}
	var line []byte
	for _, ns := range r.Arrivals {
		line = strconv.AppendFloat(line[:0], float64(ns)/1e9, 'f', digits, 64)
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}
