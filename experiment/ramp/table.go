package ramp

import (
	"fmt"
	"strings"
)

// Table is what forecasts of a set, made at some instants, were worth, as Markdown.
func (set *Set) Table(plan Plan, instants ...int) string {
	var b strings.Builder
	for i, t := range instants {
		if i > 0 {
			b.WriteString("\n")
		}
		set.table(&b, plan, t)
	}
	return b.String()
}

func (set *Set) table(b *strings.Builder, plan Plan, t int) {
	var scores []Score
	fmt.Fprintf(b, "| seen up to %.0f of %.0f requests a second |", plan.Rate(t), plan.Final)
	for _, g := range Groups {
		fmt.Fprintf(b, " %s |", g.Name)
		scores = append(scores, set.Score(plan, t, g))
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("--:|", len(scores)))
	row := func(name string, cell func(Score) string) {
		fmt.Fprintf(b, "| %s |", name)
		for _, s := range scores {
			fmt.Fprintf(b, " %s |", cell(s))
		}
		b.WriteString("\n")
	}
	of := func(what string, part, whole func(Score) int) {
		row(what, func(s Score) string { return fmt.Sprintf("%d of %d", part(s), whole(s)) })
	}
	of("collapse in the end", func(s Score) int { return s.Collapse }, func(s Score) int { return s.Systems })
	of("said to stand, and collapsed", func(s Score) int { return s.StandWrong }, func(s Score) int { return s.Stand })
	of("could not be told, and collapsed", func(s Score) int { return s.OpenFell }, func(s Score) int { return s.Open })
	of("later collapses above the rate said to be carried", func(s Score) int { return s.Inside }, func(s Score) int { return s.Late })
	for i := range rankings {
		row("area under the curve, "+rankings[i].name, func(s Score) string { return fmt.Sprintf("%.2f ± %.2f", s.AUC[i].Value, 1.96*s.AUC[i].SE) })
	}
}

// Contest is the load of the recorded tests, in 120 of whose 240 seconds it rises,
// and Instants are a third and two thirds of its final rate.
var (
	Contest  = Plan{Start: 3, Final: 340, RampSeconds: 120}
	Instants = []int{39, 80}
)
