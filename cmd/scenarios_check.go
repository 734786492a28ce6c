package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

func newScenariosCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say whether a scenario file is right, and if not, where and why",
		Args:  arguments(1, 1, "a scenario file"),
		RunE: func(c *cobra.Command, args []string) error {
			doubts, err := checkScenario(args[0])
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			for _, d := range doubts {
				fmt.Fprintf(w, "%s: warning: %s\n", args[0], d)
			}
			_, err = fmt.Fprintf(w, "%s: is a valid scenario\n", args[0])
			return err
		},
	}
}

// checkScenario reads all that a scenario names, its trace and its profile.
func checkScenario(file string) (doubts []string, err error) {
	s, err := scenarios.Read(file)
	if err != nil {
		return nil, input(err)
	}
	if _, err := model.LoadProfile(s.Profile); err != nil {
		return nil, input(fmt.Errorf("%s: profile: %w", file, err))
	}
	return s.Doubts(), nil
}
