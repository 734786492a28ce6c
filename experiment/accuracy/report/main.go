// Command report chooses and freezes the constants of the predictions, and
// writes what docs/accuracy.md says about their errors. It runs in the root of
// the repository:
//
//	go run ./experiment/accuracy/report choose   # testdata/live/frozen; 40 to 60 minutes
//	go run ./experiment/accuracy/report doubt    # the members alone, from the profiles chosen before
//	go run ./experiment/accuracy/report freeze   # the same with the profiles chosen before
//	go run ./experiment/accuracy/report assess   # docs/accuracy.json, the tables and plots
//	go run ./experiment/accuracy/report live     # the tables of runs of velocitas live --validate
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/k9mil/velocitas/experiment/accuracy"
	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
)

const (
	runsDir   = "testdata/live"
	frozenDir = "testdata/live/frozen"
	page      = "docs/accuracy.md"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	commands := map[string]func() error{"choose": choose, "doubt": doubt, "freeze": freeze, "assess": assess, "live": validations}
	if len(args) == 1 && commands[args[0]] != nil {
		return commands[args[0]]()
	}
	return errors.New("want choose, doubt, freeze, assess or live")
}

func choose() error {
	small, err := recorded.ReadCalibration(runsDir)
	if err != nil {
		return err
	}
	start, err := model.LoadProfile(context.Background(), "testdata/live/start.json")
	if err != nil {
		return err
	}
	f, err := accuracy.Choose(small, start, os.Stdout)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(frozenDir, 0o755); err != nil {
		return err
	}
	return f.Write(frozenDir)
}

func doubt() error {
	return again(func(f *accuracy.Frozen, small []*recorded.Cell) error { return f.Doubt(small, os.Stdout) })
}

func freeze() error { return again((*accuracy.Frozen).Refreeze) }

// again works out anew what follows from the profiles chosen before.
func again(work func(f *accuracy.Frozen, small []*recorded.Cell) error) error {
	small, err := recorded.ReadCalibration(runsDir)
	if err != nil {
		return err
	}
	f, err := accuracy.ReadFrozen(frozenDir)
	if err != nil {
		return err
	}
	if err := work(f, small); err != nil {
		return err
	}
	return f.Write(frozenDir)
}

func assess() error {
	cells, err := recorded.Read(runsDir)
	if err != nil {
		return err
	}
	frozen, err := accuracy.ReadFrozen(frozenDir)
	if err != nil {
		return err
	}
	stated, rows, err := accuracy.State(cells, frozen)
	if err != nil {
		return err
	}
	if err := stated.Write("docs/accuracy.json"); err != nil {
		return err
	}
	for _, r := range rows {
		fmt.Printf("%-9s %-22s %-10s measured %7.1f predicted %7.1f [%7.1f %7.1f] %+5.0f %%\n", r.Setting, r.Cell, r.Metric, r.Measured, r.Predicted, r.Lo, r.Hi, 100*(r.Predicted/r.Measured-1))
	}
	fmt.Print(stated.Tables())
	if err := draw(cells, frozen); err != nil {
		return err
	}
	return accuracy.Recorded.Write(page, stated.Tables())
}

func validations() error {
	all, err := accuracy.ReadValidations("testdata/live-own")
	if err != nil {
		return err
	}
	return accuracy.Live.Write(page, accuracy.ValidationTables(all))
}
