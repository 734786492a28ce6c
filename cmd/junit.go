package cmd

import (
	"encoding/xml"
	"fmt"
	"path/filepath"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim/capacity"
)

// junitSuite is how objectives fare in the XML that JUnit began and that CI
// systems read: a test case for each objective and number of instances. What was
// missed is a failure; what is undecided is skipped, since it is neither.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Failure *junitNote `xml:"failure,omitempty"`
	Skipped *junitNote `xml:"skipped,omitempty"`
}

type junitNote struct {
	Message string `xml:"message,attr"`
}

// add adds a check; cells are its row of the table.
func (s *junitSuite) add(o capacity.Objective, p *model.Point, outcome capacity.Outcome, cells []cell) {
	c := junitCase{Class: s.Name, Name: fmt.Sprintf("%s with %s", o, instances([]int{p.Instances}))}
	note := &junitNote{fmt.Sprintf("%s: %s, 95 %% interval %s", outcome, cells[2].value, cells[3].value)}
	s.Tests++
	switch outcome {
	case capacity.Missed:
		c.Failure = note
		s.Failures++
	case capacity.Undecided:
		c.Skipped = note
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// write writes the suite into a file; "" is none.
func (s *junitSuite) write(file string) error {
	if file == "" {
		return nil
	}
	data, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return output.Write(output.File{Path: file, Data: append([]byte(xml.Header), append(data, '\n')...)})
}

// prepareJUnit sees before anything is simulated that there is something to
// write into the file, and that it can be made.
func prepareJUnit(file string, list []capacity.Objective) error {
	if file == "" {
		return usage("--junit: is empty; wants a file")
	}
	if len(list) == 0 {
		return usage("--junit: there are no objectives to write of; give some by --slo or in the scenario")
	}
	if err := tryOut(filepath.Dir(file)); err != nil {
		return usage("--junit: %s: cannot be written to: %v", file, output.Cause(err))
	}
	return nil
}
