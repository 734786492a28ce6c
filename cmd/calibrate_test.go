package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// A profile in words has its costs in words, and in JSON all of it.
func TestPrintProfile(t *testing.T) {
	p, err := model.LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := printProfile(&text, p, "reports/x.json", calibrateFlags{out: "reports"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ms of CPU time for a request alone", "1 inside: 1.00 times", "a flush every", "written: reports/x.json (" + p.Digest() + ")"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%s: want %q in it", text.String(), want)
		}
	}
	var data bytes.Buffer
	if err := printProfile(&data, p, "", calibrateFlags{json: true}); err != nil {
		t.Fatal(err)
	}
	again, err := model.ParseProfile("stdout", data.Bytes())
	if err != nil || again.Digest() != p.Digest() {
		t.Errorf("%v: the JSON is not the profile", err)
	}
}
