// Command report predicts the recorded runs of services that are not ours and
// writes the table of docs/trust.md. It runs in the root of the repository, and
// takes a minute:
//
//	go run ./experiment/foreign/report
//
// With a folder of other runs in the same form (cells.jsonl and stated.json) it
// prints the table instead.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/k9mil/velocitas/experiment/foreign"
	"github.com/k9mil/velocitas/experiment/recorded"
)

const dir = "experiment/foreign/testdata"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		table, err := foreign.Report(ctx, dir)
		if err != nil {
			return err
		}
		return recorded.Foreign.Write("docs/trust.md", table)
	}
	if len(args) > 1 {
		return fmt.Errorf("wants one folder, not %d", len(args))
	}
	e, err := foreign.ReadEvidence(args[0])
	if err != nil {
		return err
	}
	rows, err := e.Evaluate(ctx)
	if err != nil {
		return err
	}
	fmt.Print(foreign.Table(rows))
	return nil
}
