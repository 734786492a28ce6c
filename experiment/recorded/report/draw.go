package main

import (
	"context"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/experiment/recorded"
	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/plots"
)

// plotted are the sets with a chart, in which setting, and which of the two
// that an overlay makes is worth it: the throughput of an open load is the
// load's own, and below the host's limit it is a line.
var plotted = []struct {
	set     string
	setting recorded.Setting
	leave   string
}{
	{"knee", recorded.Full, "-latency.png"},
	{"knee", recorded.Mechanism, ""},
	{"lin", recorded.Mechanism, "-throughput.png"},
	{"linopen", recorded.Mechanism, "-throughput.png"},
}

// draw lays the predictions over what was measured.
func draw(ctx context.Context, cells []*recorded.Cell, f *recorded.Frozen) error {
	for _, p := range plotted {
		predicted, measured, err := recorded.Curves(ctx, predict, cells, f, p.set, p.setting)
		if err != nil {
			return err
		}
		name := "accuracy-" + p.set + "-" + string(p.setting)
		files, err := plots.Overlay("docs/img", name, []*model.Curve{predicted, measured}, plots.Options{})
		if err != nil {
			return err
		}
		files = slices.DeleteFunc(files, func(f output.File) bool {
			return p.leave != "" && strings.HasSuffix(f.Path, p.leave)
		})
		if err := output.Write(files...); err != nil {
			return err
		}
	}
	return nil
}
