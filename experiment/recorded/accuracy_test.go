package recorded_test

import (
	"testing"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/experiment/recorded"
	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/sim"
)

const (
	runsDir   = "../../testdata/live"
	frozenDir = "../../testdata/live/frozen"
	statedTo  = "../../docs/research/accuracy.json"
	liveDir   = "../../testdata/live-own"
	page      = "../../docs/research/accuracy.md"
	trust     = "../../docs/trust.md"
)

// The errors on the sizes that the calibration did not see are at most what
// docs/research/accuracy.md states.
func TestNoWorseThanStated(t *testing.T) {
	needs.Full(t)
	cells, err := recorded.Read(runsDir)
	if err != nil {
		t.Fatal(err)
	}
	frozen, err := recorded.ReadFrozen(frozenDir)
	if err != nil {
		t.Fatal(err)
	}
	stated, err := recorded.ReadStated(statedTo)
	if err != nil {
		t.Fatal(err)
	}
	now, _, err := recorded.State(t.Context(), experiment.Simulator("", sim.DefaultMemory), cells, frozen)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", now.Tables())
	for _, worse := range stated.Worse(now) {
		t.Error(worse)
	}
}

// The pages' tables are those of the files that the checks read.
func TestPageStatesTheSame(t *testing.T) {
	stated, err := recorded.ReadStated(statedTo)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := recorded.ReadValidations(liveDir)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := recorded.TrustTable(runs, liveDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		recorded.Part
		page, want, command string
	}{
		{recorded.Recorded, page, stated.Tables(), "assess"}, {recorded.Live, page, recorded.ValidationTables(runs), "live"},
		{recorded.Trust, trust, trusted, "live"},
	} {
		tables, err := part.Read(part.page)
		if err != nil {
			t.Fatal(err)
		}
		if tables != part.want {
			t.Errorf("%s does not say what was found: go run ./experiment/recorded/report %s", part.page, part.command)
		}
	}
}
