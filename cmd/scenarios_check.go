package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim"
)

func newScenariosCheck() *cobra.Command {
	c := &cobra.Command{
		Use:   "check SCENARIO",
		Short: "Say whether a scenario file is right, and if not, where and why",
		Args:  arguments(0, 1, "a scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			name, err := scenarioName(c, args, "")
			if err == nil && name == "" {
				err = usage("%s wants a scenario", c.CommandPath())
			}
			if err != nil {
				return err
			}
			doubts, err := checkScenario(c, name)
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			for _, d := range doubts {
				fmt.Fprintf(w, "%s: warning: %s\n", name, d)
			}
			_, err = fmt.Fprintf(w, "%s: is a valid scenario\n", name)
			return err
		},
	}
	takesScenario(c)
	addMemory(c)
	return c
}

// checkScenario reads all that a scenario names, its trace and its profile, and
// asks the simulator, which judges what they are together.
func checkScenario(c *cobra.Command, name string) (doubts []string, err error) {
	s, _, err := openScenario(c, name)
	if err != nil {
		return nil, err
	}
	p, err := model.LoadProfile(c.Context(), s.Profile)
	if err != nil {
		return nil, input(fmt.Errorf("%s: profile: %w", name, err))
	}
	most, err := memory(c)
	if err != nil {
		return nil, err
	}
	return s.Doubts(), input(sim.Check(sim.Input{Scenario: s, Profile: p, Memory: most}))
}
