package export

import (
	"bufio"
	"fmt"
	"io"
)

// Account is what a container has used of the processor up to an instant.
type Account struct {
	AtNs   int64 // since the start of load
	Name   string
	UsedNs int64
	// Periods of its CPU limit so far, and those in which it struck.
	Periods, ThrottledPeriods int64
}

// Accounts writes CPU accounts as a table of cgroup counters, its times since 1970.
type Accounts struct{ w *bufio.Writer }

// NewAccounts begins a table.
func NewAccounts(w io.Writer) *Accounts {
	a := &Accounts{bufio.NewWriter(w)}
	fmt.Fprintln(a.w, "t_s,container,cpu_us,periods,throttled_periods")
	return a
}

// Write writes a line.
func (a *Accounts) Write(x Account) {
	at := (Epoch.UnixNano() + x.AtNs) / 1_000_000
	fmt.Fprintf(a.w, "%d.%03d,%s,%d,%d,%d\n", at/1000, at%1000, x.Name, x.UsedNs/1000, x.Periods, x.ThrottledPeriods)
}

// Close writes what is left, and has the first error of all.
func (a *Accounts) Close() error { return a.w.Flush() }
