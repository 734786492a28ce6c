package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/k9mil/velocitas/badger/work"
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

// writeNotes writes what follows the table: what was used where a demand is
// stated, what to look for unless flags have altered what that is about, and the
// files.
func writeNotes(w io.Writer, in sim.Input, files []string, altered bool) {
	s := in.Scenario
	if text := statedCosts(in); text != "" {
		fmt.Fprintf(w, "\n%s\n", wrap(text, "  "))
	}
	if s.LookFor != "" && !altered {
		fmt.Fprintf(w, "\n%s\n", wrap("Look for: "+s.LookFor, "  "))
	}
	if len(files) > 0 {
		fmt.Fprintf(w, "\nwritten: %s\n", strings.Join(files, "\n         "))
	}
}

// statedCosts says what else than the stated demand costs time, and that nothing
// does which is left at none; "" where the demand is the profile's.
func statedCosts(in sim.Input) string {
	s, p := in.Scenario, in.Profile
	if s.Instance.Demand.Profile {
		return ""
	}
	cost := func(c scenarios.Cost, profileNs int64) string {
		ns, from := c.Ns, ""
		if c.Profile {
			ns, from = profileNs, " (profile "+in.Profile.Name+")"
		}
		if ns == 0 {
			return "none"
		}
		return short(float64(ns)/1e6) + " ms" + from
	}
	text := fmt.Sprintf("beside the stated demand: nginx's CPU time for a request %s, a new connection %s",
		cost(s.Balancer.Cost, p.Balancer.DemandNs), cost(s.Balancer.Connect, p.Balancer.ConnectNs))
	if s.Host.Generator == "shared" {
		text += fmt.Sprintf(", the load generator %s ms (profile %s)", short(float64(p.Generator.DemandNs)/1e6), p.Name)
	}
	return text
}

// unlike is how many times faster or slower this machine must be than the
// profile's to be worth a word.
const unlike = 1.5

// writeObservation says on stderr, which no result goes to, what the real stores
// took just now beside what the profile says, and what to do if they differ.
func writeObservation(w io.Writer, s *scenarios.Scenario, seen *work.Observation) error {
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
