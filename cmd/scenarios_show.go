package cmd

import (
	"github.com/spf13/cobra"
)

func newScenariosShow() *cobra.Command {
	c := &cobra.Command{
		Use:   "show SCENARIO",
		Short: "Print a scenario's YAML, such as a built-in one's, ready to be changed",
		Args:  arguments(0, 1, "a scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			name, err := scenarioName(c, args, "")
			if err == nil && name == "" {
				err = usage("%s wants a scenario", c.CommandPath())
			}
			if err != nil {
				return err
			}
			_, text, err := openScenario(c, name)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(text)
			return err
		},
	}
	takesScenario(c)
	return c
}
