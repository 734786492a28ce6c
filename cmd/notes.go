package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// heading is what is simulated, on one line.
func heading(s *scenarios.Scenario) string {
	if s.About == "" {
		return s.Name
	}
	return s.Name + ": " + s.About
}

// writeNotes writes what follows the table: what to look for, what the real
// stores took just now beside what the profile says, and the files.
func writeNotes(w io.Writer, s *scenarios.Scenario, seen sim.Observation, files []string) {
	if s.LookFor != "" {
		fmt.Fprintf(w, "\n%s\n", wrap("Look for: "+s.LookFor, "  "))
	}
	if s.Instance.Demand.Profile && seen.MachineMs > 0 {
		fmt.Fprintf(w, "\nprofile: %s ms for %s keys; this machine just now: %s ms\n",
			short(seen.ProfileMs), grouped(seen.Keys), short(seen.MachineMs))
	}
	if len(files) > 0 {
		fmt.Fprintf(w, "\nwritten: %s\n", strings.Join(files, "\n         "))
	}
}

// lineWidth is where text is wrapped.
const lineWidth = 100

// wrap breaks text between words; lines after the first begin with indent.
func wrap(text, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case column+1+n > lineWidth:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
