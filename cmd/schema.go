package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model/schema"
)

func newSchema() *cobra.Command {
	names := schema.Names()
	return &cobra.Command{
		Use:   "schema " + strings.Join(names, "|"),
		Short: "Print the JSON Schema of a kind of file",
		Args:  arguments(1, 1, "one of "+listed(names)),
		RunE: func(c *cobra.Command, args []string) error {
			data, ok := schema.Of(args[0])
			if !ok {
				return usage("%s: there is no such schema%s", strict.Quote(args[0]), strict.Hint(args[0], names))
			}
			_, err := c.OutOrStdout().Write(data)
			return err
		},
	}
}
