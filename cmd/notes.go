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

// writeNotes writes what follows the table: what to look for, and the files.
func writeNotes(w io.Writer, s *scenarios.Scenario, files []string) {
	if s.LookFor != "" {
		fmt.Fprintf(w, "\n%s\n", wrap("Look for: "+s.LookFor, "  "))
	}
	if len(files) > 0 {
		fmt.Fprintf(w, "\nwritten: %s\n", strings.Join(files, "\n         "))
	}
}

// unlike is how many times faster or slower this machine must be than the
// profile's to be worth a word.
const unlike = 1.5

// writeObservation says on stderr, which no result goes to, what the real stores
// took just now beside what the profile says, and what to do if they differ.
func writeObservation(w io.Writer, s *scenarios.Scenario, seen sim.Observation) error {
	if !s.Instance.Demand.Profile || !(seen.MachineMs > 0) || !(seen.ProfileMs > 0) {
		return nil
	}
	text := fmt.Sprintf("this machine just now took %s ms to insert %s keys, and the profile says %s ms: ", short(seen.MachineMs), grouped(seen.Keys), short(seen.ProfileMs))
	switch ratio := seen.ProfileMs / seen.MachineMs; {
	case ratio > unlike:
		text += fmt.Sprintf("it is %s times as fast as the machine that is predicted; velocitas calibrate makes a profile of this one, for --profile", short(ratio))
	case ratio < 1/unlike:
		text += fmt.Sprintf("it is %s times slower than the machine that is predicted, or busy; velocitas calibrate makes a profile of this one, for --profile", short(1/ratio))
	default:
		text += "much like the machine that is predicted"
	}
	_, err := fmt.Fprintln(w, wrapAt(text, "  ", 0, widthOf(w)))
	return err
}

// wrap is text on one line, which a page breaks where it must; lines after the
// first begin with indent there.
func wrap(text, _ string) string { return strings.Join(strings.Fields(text), " ") }

// wrapAt breaks text between words so that no line goes beyond width, unless a
// word alone does. The first line begins at a column, and the others with indent.
func wrapAt(text, indent string, column, width int) string {
	var b strings.Builder
	for i, word := range strings.Split(text, " ") { // of several spaces, some words are empty
		n := columnsOf(word)
		switch {
		case i == 0:
		case column+1+n > width && word != "":
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
