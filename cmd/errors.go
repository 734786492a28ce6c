package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/strict"
)

// The exit codes beside 0.
const (
	exitFailure = 1
	exitInput   = 2 // wrong usage or input
	exitMissed  = 3 // an objective was missed
)

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usage is the error of a command line that is wrong.
func usage(format string, args ...any) error {
	return &exitError{exitInput, fmt.Errorf(format, args...)}
}

// input marks an error as one of what the user gave. An interrupted read is
// none.
func input(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return &exitError{exitInput, err}
}

func exitCode(err error) int {
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	if wrong := (*strict.Error)(nil); errors.As(err, &wrong) {
		return exitInput
	}
	return exitFailure
}

// errInterrupted is the error of a command that a signal ended.
var errInterrupted = errors.New("interrupted; nothing was written")

// arguments wants least to most arguments; what names them in the error.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least {
			return usage("%s wants %s", c.CommandPath(), what)
		}
		if len(args) > most {
			return usage("%s: one argument too many; %s wants %s", strict.Quote(args[most]), c.CommandPath(), what)
		}
		return nil
	}
}
