package recorded

import (
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim"
)

func TestChooseRefusesMore(t *testing.T) {
	cells, err := Read("../../testdata/live")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Choose(t.Context(), predict, cells, &model.Profile{}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "a calibration sees up to 2 instances") {
		t.Errorf("error %v", err)
	}
}

var predict = experiment.Simulator("", sim.DefaultMemory)

func frozen(t *testing.T) *Frozen {
	t.Helper()
	f, err := ReadFrozen("../../testdata/live/frozen")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The frozen profiles explain the runs that they were chosen by no worse than
// when they were frozen: otherwise the simulator has changed since and they are
// to be chosen again.
func TestFrozenStillFits(t *testing.T) {
	f := frozen(t)
	cells, err := ReadCalibration("../../testdata/live")
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 2} {
		e, err := f.evidence(predict, threads, cells)
		if err != nil {
			t.Fatal(err)
		}
		now, err := e.Deviance(t.Context(), f.profile(threads))
		if err != nil {
			t.Fatal(err)
		}
		// Other random numbers move the sum by some 20.
		if was := f.Deviance[key(threads)]; now > was+40 {
			t.Errorf("GOMAXPROCS=%d: deviance %.1f, %.1f when frozen: go run ./experiment/recorded/report choose", threads, now, was)
		}
	}
}

// What simulates where no profile is named is what the stated errors are of.
func TestReferenceIsChosen(t *testing.T) {
	f := frozen(t)
	reference, err := model.LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	chosen := clone(f.profile(1))
	chosen.Name, chosen.About, chosen.Provenance = reference.Name, reference.About, reference.Provenance
	if !reflect.DeepEqual(reference, chosen) {
		t.Errorf("model/profiles/reference.json has other constants than testdata/live/frozen/gomaxprocs-1.json")
	}
}
