package cmd

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// defaultScenario is the one that is meant where none is named.
const defaultScenario = "first"

// takesScenario lets a command's scenario be named by its argument or by
// --scenario.
func takesScenario(c *cobra.Command) {
	c.Flags().String("scenario", "", "the scenario, as the argument: a built-in one's name, a YAML file, or - for stdin")
}

// scenarioName is the scenario that the command line names, or what is meant
// where it names none.
func scenarioName(c *cobra.Command, args []string, without string) (string, error) {
	flag := c.Flags().Lookup("scenario")
	switch {
	case flag.Changed && len(args) > 0:
		return "", usage("%s and --scenario %s both name a scenario; give one of them", args[0], flag.Value)
	case flag.Changed:
		return flag.Value.String(), nil
	case len(args) > 0:
		return args[0], nil
	}
	return without, nil
}

// openScenario reads a built-in scenario, a file, or stdin. text is what it says.
func openScenario(c *cobra.Command, name string) (s *scenarios.Scenario, text []byte, err error) {
	text, shown, ok, err := readStream(c.Context(), name, c.InOrStdin(), scenarios.FileMost)
	switch {
	case err != nil:
		return nil, nil, input(err)
	case ok:
		s, err = scenarios.ReadText(c.Context(), shown, ".", text)
		return s, text, input(err)
	}
	if text, err = scenarios.Text(c.Context(), name); err != nil {
		return nil, nil, input(err)
	}
	if _, ok := scenarios.Builtin(name); ok {
		s, err = scenarios.Parse(name+".yaml", text)
	} else {
		if s, err = scenarios.ReadText(c.Context(), name, filepath.Dir(name), text); err != nil {
			err = cmp.Or(otherConfiguration(name, text), err)
		}
	}
	return s, text, input(err)
}

// composeServices matches what every compose file has and no scenario.
var composeServices = regexp.MustCompile(`(?m)^services:`)

// otherConfiguration is the error of a file that is no scenario but describes a
// system all the same; nil of others.
func otherConfiguration(name string, text []byte) error {
	what := ""
	switch {
	case manifest.Match(text):
		what = "a Kubernetes manifest"
	case composeServices.Match(text):
		what = "a compose file"
	case strings.HasSuffix(name, ".conf"):
		what = "an nginx.conf"
	default:
		return nil
	}
	return fmt.Errorf("%s: is %s, not a scenario; velocitas scenarios import %s makes one of it", name, what, name)
}

// readScenario reads the scenario that the command line names and sets what the
// flags with these names say, or all.
func readScenario(c *cobra.Command, args []string, flags ...string) (*scenarios.Scenario, error) {
	name, err := scenarioName(c, args, defaultScenario)
	if err != nil {
		return nil, err
	}
	s, _, err := openScenario(c, name)
	if err != nil {
		return nil, err
	}
	return s, applyOverrides(c, s, flags...)
}

// scenarioInput is the scenario of the command line with its profile.
func scenarioInput(c *cobra.Command, args []string, flags ...string) (in sim.Input, err error) {
	s, err := readScenario(c, args, flags...)
	if err != nil {
		return in, err
	}
	p, err := model.LoadProfile(c.Context(), s.Profile)
	if err != nil {
		return in, input(fmt.Errorf("profile: %w", err))
	}
	in = sim.Input{Scenario: s, Profile: p, Version: version}
	in.Memory, err = memory(c)
	return in, err
}
