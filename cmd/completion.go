package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/schema"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
	"github.com/k9mil/velocitas/sim/capacity"
)

// completions are what a shell can offer for the value of a flag, wherever that
// flag is.
var completions = map[string]func() []string{
	"scenario": scenarioWords,
	"profile":  model.ProfileNames,
	"policy":   balancing.Names,
	"format":   func() []string { return formats },
	"what-if":  keyWords,
	"slo":      objectiveWords,
	"stack":    func() []string { return []string{"compose", "local"} },
	"work":     func() []string { return []string{"all", "none", "first="} },
	"noise":    func() []string { return []string{"constant", "proportional"} },
}

// withFiles are the flags whose value may be a file as well.
var withFiles = map[string]bool{"scenario": true, "profile": true}

// completeAll lets a shell complete names of scenarios, values of flags, and
// keys, in every command.
func completeAll(c *cobra.Command) {
	for name, words := range completions {
		if c.Flags().Lookup(name) == nil {
			continue
		}
		then := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		if withFiles[name] {
			then = cobra.ShellCompDirectiveDefault
		}
		if err := c.RegisterFlagCompletionFunc(name, offer(words, then)); err != nil {
			panic(err) // the flag is there
		}
	}
	switch {
	case c.Name() == "schema":
		c.ValidArgsFunction = offer(schema.Names, cobra.ShellCompDirectiveNoFileComp)
	case c.Flags().Lookup("scenario") != nil:
		c.ValidArgsFunction = offer(scenarioWords, cobra.ShellCompDirectiveDefault)
	}
	for _, sub := range c.Commands() {
		completeAll(sub)
	}
}

// offer offers words that begin as what was typed.
func offer(words func() []string, then cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		var fit []string
		for _, w := range words() {
			if strings.HasPrefix(w, typed) {
				fit = append(fit, w)
			}
		}
		return fit, then
	}
}

// scenarioWords are the built-in scenarios with what they are.
func scenarioWords() []string {
	var all []string
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Builtin(name)
		s, err := scenarios.Parse(name+".yaml", data)
		if err != nil {
			panic(err) // built in
		}
		all = append(all, name+"\t"+s.About)
	}
	return all
}

func keyWords() []string {
	var all []string
	for _, k := range capacity.Keys() {
		all = append(all, k+"=")
	}
	return all
}

func objectiveWords() []string {
	all := []string{noSLO}
	for _, m := range capacity.Metrics {
		sign := "<"
		if m == capacity.Throughput {
			sign = ">"
		}
		all = append(all, string(m)+sign)
	}
	return all
}
