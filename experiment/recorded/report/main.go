// Command report chooses and freezes the constants of the predictions of the
// recorded runs, and writes what docs/research/accuracy.md says about their errors. It runs
// in the root of the repository:
//
//	go run ./experiment/recorded/report choose   # testdata/live/frozen; an hour or two
//	go run ./experiment/recorded/report freeze   # the same with the profiles chosen before
//	go run ./experiment/recorded/report assess   # docs/research/accuracy.json and the tables
//	go run ./experiment/recorded/report draw     # the charts
//	go run ./experiment/recorded/report live     # the tables of runs of velocitas live --validate
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/experiment/recorded"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim"
)

const (
	runsDir   = "testdata/live"
	frozenDir = "testdata/live/frozen"
	liveDir   = "testdata/live-own"
	page      = "docs/research/accuracy.md"
)

var predict = experiment.Simulator("", sim.DefaultMemory)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	commands := map[string]func(context.Context) error{"choose": choose, "freeze": freeze, "assess": assess, "draw": drawAll, "live": validations}
	if len(args) == 1 && commands[args[0]] != nil {
		return commands[args[0]](ctx)
	}
	return errors.New("want choose, freeze, assess, draw or live")
}

func choose(ctx context.Context) error {
	small, err := recorded.ReadCalibration(runsDir)
	if err != nil {
		return err
	}
	start, err := model.LoadProfile(ctx, "testdata/live/start.json")
	if err != nil {
		return err
	}
	f, err := recorded.Choose(ctx, predict, small, start, os.Stdout)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(frozenDir, 0o755); err != nil {
		return err
	}
	return f.Write(frozenDir)
}

// freeze works out anew what follows from the profiles chosen before.
func freeze(ctx context.Context) error {
	small, err := recorded.ReadCalibration(runsDir)
	if err != nil {
		return err
	}
	f, err := recorded.ReadFrozen(frozenDir)
	if err != nil {
		return err
	}
	if err := f.Refreeze(ctx, predict, small); err != nil {
		return err
	}
	return f.Write(frozenDir)
}

// all are the recorded runs and what was frozen.
func all() ([]*recorded.Cell, *recorded.Frozen, error) {
	cells, err := recorded.Read(runsDir)
	if err != nil {
		return nil, nil, err
	}
	frozen, err := recorded.ReadFrozen(frozenDir)
	return cells, frozen, err
}

func assess(ctx context.Context) error {
	cells, frozen, err := all()
	if err != nil {
		return err
	}
	stated, rows, err := recorded.State(ctx, predict, cells, frozen)
	if err != nil {
		return err
	}
	if err := stated.Write("docs/research/accuracy.json"); err != nil {
		return err
	}
	for _, r := range rows {
		fmt.Printf("%-9s %-22s %-10s measured %7.1f predicted %7.1f [%7.1f %7.1f] %+5.0f %%\n", r.Setting, r.Cell, r.Metric, r.Measured.Value, r.Predicted.Value, r.Predicted.Lo, r.Predicted.Hi, 100*r.Error)
	}
	fmt.Print(stated.Tables())
	return recorded.Recorded.Write(page, stated.Tables())
}

func drawAll(ctx context.Context) error {
	cells, frozen, err := all()
	if err != nil {
		return err
	}
	return draw(ctx, cells, frozen)
}

func validations(context.Context) error {
	all, err := recorded.ReadValidations(liveDir)
	if err != nil {
		return err
	}
	if err := recorded.Live.Write(page, recorded.ValidationTables(all)); err != nil {
		return err
	}
	table, err := recorded.TrustTable(all, liveDir)
	if err != nil {
		return err
	}
	return recorded.Trust.Write("docs/trust.md", table)
}
