package main

import (
	"os"
	"strings"

	"github.com/k9mil/velocitas/accuracy"
	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/plots"
)

// plotted are the sets with a chart, and whether throughput is worth one: that
// of an open load is the load's own, and below the host's limit it is a line.
var plotted = []struct {
	set        string
	throughput bool
}{{"lin", false}, {"knee", true}, {"linopen", false}}

// draw lays the predictions (mechanism) over what was measured.
func draw(cells []*recorded.Cell, f *accuracy.Frozen) error {
	for _, p := range plotted {
		predicted, measured, err := accuracy.Curves(cells, f, p.set)
		if err != nil {
			return err
		}
		files, err := plots.Overlay("docs/img", "accuracy-"+p.set, []*model.Curve{predicted, measured}, plots.Options{})
		if err != nil {
			return err
		}
		for _, file := range files {
			if !p.throughput && strings.HasSuffix(file, "-throughput.png") {
				if err := os.Remove(file); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
