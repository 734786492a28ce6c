package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/k9mil/velocitas/internal/strict"
)

// Main runs the command line and returns the exit code.
func Main(args []string) int {
	ctx, stop := interruptible()
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	stderr := newVisible(os.Stderr)
	root.SetOut(newVisible(os.Stdout))
	root.SetErr(stderr)
	silence := acknowledge(ctx, newVisible(os.Stderr), cleaned(root, args))
	err := await(ctx, grace(root, args), func() error { return root.ExecuteContext(ctx) })
	silence()
	return report(stderr, err)
}

// graceMost is how long a command may take to end after a signal, so that all
// have ended within a second.
const graceMost = 700 * time.Millisecond

// cleansUp marks a command that starts what must be stopped or removed again, and
// says in words what that is. It ends by itself, however long that takes.
const cleansUp = "cleans up"

// cleaned is what the command of a command line cleans up; "" is nothing.
func cleaned(root *cobra.Command, args []string) string {
	c, _, err := root.Find(args)
	if err != nil {
		return ""
	}
	return c.Annotations[cleansUp]
}

// acknowledge says as soon as ctx ends what is being cleaned up, if anything is:
// that may take as long as others do. The function it returns says that the
// command has ended.
func acknowledge(ctx context.Context, w io.Writer, what string) (ended func() bool) {
	if what == "" {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() {
		fmt.Fprintf(w, "\nvelocitas: interrupted; %s; a second signal ends it at once\n", what)
	})
}

// grace is how long the command of a command line may take to end after a
// signal; 0 is for ever.
func grace(root *cobra.Command, args []string) time.Duration {
	if cleaned(root, args) != "" {
		return 0
	}
	return graceMost
}

// await is what run returns, unless ctx ends and run does not within the grace
// after that. What runs then is left behind, to end with the process: whatever it
// does, it keeps nobody waiting.
func await(ctx context.Context, grace time.Duration, run func() error) error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if grace == 0 {
		return <-done
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		undoOut()
		return errInterrupted
	}
}

// interruptible is a context that ends with Ctrl-C, SIGTERM, or when the terminal
// is closed, so that whatever runs cleans up. A second Ctrl-C ends the process at
// once.
func interruptible() (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup asks for
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	came := make(chan os.Signal, 2)
	signal.Notify(came, signals...)
	go func() {
		<-came
		signal.Ignore(syscall.SIGHUP) // it comes twice, from the shell and from the kernel
		cancel()
		// Where a shell started this in the background, the system ignores a second
		// SIGINT: so it is not left to the system.
		if s, ok := (<-came).(syscall.Signal); ok {
			os.Exit(128 + int(s))
		}
	}()
	return ctx, func() { signal.Stop(came); cancel() }
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "velocitas",
		Short:         "How will a service behind nginx scale, and how far can that answer be trusted?",
		Args:          noCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		Version:       versionLine(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newSim(), newPlan(), newKnee(), newScenarios(), newLint(), newSchema(), newInstance(), newFit(), newCompare(), newLive(), newCalibrate(), newLicences(), newReadCompose(), newImport(), newExport(), newInit(), newMan())
	completeAll(root)
	return root
}

// noCommand is the error of a word that is no command.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, sub := range c.Commands() {
		known = append(known, sub.Name())
	}
	return usage("%s: unknown command%s", strict.Quote(args[0]), strict.Hint(args[0], known))
}

func flagError(c *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return usage("%v; see %s --help", err, c.CommandPath())
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	name := missing.GetSpecifiedName()
	return usage("%s: unknown flag%s", dashed(name), strings.Replace(strict.Hint(name, known), `"`, `"--`, 1))
}

func dashed(flag string) string {
	if len(flag) == 1 {
		return "-" + flag
	}
	return "--" + flag
}

// How much of an error is printed, in letters. What it repeats of the input has
// no bound of its own everywhere.
const (
	wordMost = 300
	lineMost = 2000
)

// report prints an error as one line and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	words := strings.Fields(err.Error())
	for i := range words {
		words[i] = strict.Cut(words[i], wordMost)
	}
	fmt.Fprintln(w, "velocitas: "+strict.Cut(strings.Join(words, " "), lineMost))
	return exitCode(err)
}
