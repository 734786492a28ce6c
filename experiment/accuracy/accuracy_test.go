package accuracy_test

import (
	"testing"

	"github.com/k9mil/velocitas/experiment/accuracy"
	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/live/recorded"
)

const (
	runsDir   = "../../testdata/live"
	frozenDir = "../../testdata/live/frozen"
	statedTo  = "../../docs/accuracy.json"
	liveDir   = "../../testdata/live-own"
	page      = "../../docs/accuracy.md"
)

// The errors on the sizes that the calibration did not see are at most what
// docs/accuracy.md states.
func TestNoWorseThanStated(t *testing.T) {
	needs.Full(t)
	cells, err := recorded.Read(runsDir)
	if err != nil {
		t.Fatal(err)
	}
	frozen, err := accuracy.ReadFrozen(frozenDir)
	if err != nil {
		t.Fatal(err)
	}
	stated, err := accuracy.ReadStated(statedTo)
	if err != nil {
		t.Fatal(err)
	}
	now, _, err := accuracy.State(cells, frozen)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", now.Tables())
	for _, worse := range stated.Worse(now) {
		t.Error(worse)
	}
}

// The page's tables are those of the files that the checks read.
func TestPageStatesTheSame(t *testing.T) {
	stated, err := accuracy.ReadStated(statedTo)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := accuracy.ReadValidations(liveDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		accuracy.Part
		want, command string
	}{{accuracy.Recorded, stated.Tables(), "assess"}, {accuracy.Live, accuracy.ValidationTables(runs), "live"}} {
		tables, err := part.Read(page)
		if err != nil {
			t.Fatal(err)
		}
		if tables != part.want {
			t.Errorf("%s does not say what was found: go run ./experiment/accuracy/report %s", page, part.command)
		}
	}
}
