// Command report forecasts the ends of recorded load tests from their beginnings
// and writes the table of docs/trust.md. It runs in the root of the repository:
//
//	go run ./experiment/ramp/report
//
// With a folder of other tests in the same form (series.csv.gz, systems.jsonl,
// targets.csv) it prints the table instead.
package main

import (
	"fmt"
	"os"

	"github.com/k9mil/velocitas/experiment/ramp"
	"github.com/k9mil/velocitas/experiment/recorded"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("wants one folder, not %d", len(args))
	}
	dir := "experiment/ramp/testdata"
	if len(args) == 1 {
		dir = args[0]
	}
	set, err := ramp.Read(dir)
	if err != nil {
		return err
	}
	table := set.Table(ramp.Contest, ramp.Instants...)
	if len(args) == 1 {
		fmt.Print(table)
		return nil
	}
	return recorded.Ramp.Write("docs/trust.md", table)
}
