package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// liveFlags are the flags that do not stand for a key of the scenario.
type liveFlags struct {
	most                    int64 // bytes of memory for predictions
	stack                   string
	nginxFromHost, noNginx  bool
	port                    int
	compose, service, proxy string
	url, path               string
	calibrate, profile      string
	rounds                  int
	duration                time.Duration
	validate, down          bool
	outFlags
}

// liveKeys are the overrides that a measurement can honour.
var liveKeys = []string{"instances", "rate", "clients", "think", "keys", "cpus", "policy", "seed"}

func newLive() *cobra.Command {
	var f liveFlags
	c := &cobra.Command{
		Use:         "live [SCENARIO]",
		Annotations: map[string]string{cleansUp: "removing the instances, nginx, networks, images and temporary files of this run (velocitas live --down removes what is left)"},
		Short:       "Run nginx before real instances, measure them, and put that beside the prediction",
		Long: "Run nginx in front of real instances on this machine, load them, measure the scaling curve in\n" +
			"interleaved rounds, calibrate a profile on the smallest sizes, and show how far its prediction is\n" +
			"from what was measured. Everything it starts is removed, however the command ends.\n\n" +
			"Events, slow instances and a changing rate are real, too: an instance is killed and started again,\n" +
			"stands still, or has its CPU limit divided. With events or a changing rate each block lasts as long\n" +
			"as the scenario, and the profile is made of undisturbed blocks before. Packets are not lost (vanish), and\n" +
			"clients do not retry.\n\n" +
			"The variable NGINX_IMAGE names nginx's image for containers, the official one if it is not set.",
		Example: "  velocitas live\n  velocitas live one-host-knee --instances 1-8\n" +
			"  velocitas live --stack local --keys 1000 --cpus 0.15\n  velocitas live --validate\n" +
			"  velocitas live --url http://127.0.0.1:8080/ --clients 8\n" +
			"  velocitas live --compose docker-compose.yml --service web --proxy nginx",
		Args: arguments(0, 1, "at most one scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.settle(c); err != nil {
				return err
			}
			return runLive(c, args, f)
		},
	}
	addOverrides(c, liveKeys...)
	flags := c.Flags()
	takesScenario(c)
	addMemory(c)
	flags.StringVar(&f.stack, "stack", "", "compose (containers) or local (processes); by default compose where a Docker engine answers")
	flags.BoolVar(&f.nginxFromHost, "nginx-from-host", false, "make nginx's image of this host's nginx, where there is no registry")
	flags.BoolVar(&f.noNginx, "no-nginx", false, "with --stack local: use the balancer of this process although there is an nginx")
	flags.IntVar(&f.port, "port", 0, "port on loopback that nginx listens on; 0 takes a free one")
	flags.StringVar(&f.compose, "compose", "", "measure somebody else's compose project: its file")
	flags.StringVar(&f.service, "service", "", "with --compose: the service that is scaled")
	flags.StringVar(&f.proxy, "proxy", "", "with --compose: the service before it, which publishes a port")
	flags.StringVar(&f.path, "path", "", "with --compose: what is asked for, / if not given")
	flags.StringVar(&f.url, "url", "", "load a service that is already running: its own measurement only")
	flags.StringVar(&f.calibrate, "calibrate", "", `sizes that the profile is made from, such as "1,2"; by default the two smallest`)
	flags.StringVar(&f.profile, "profile", "", "the store's profile on this machine, from velocitas calibrate; without one it is timed first")
	flags.IntVar(&f.rounds, "rounds", measure.DefaultRounds, fmt.Sprintf("how often each size is measured; fewer than %d weaken the intervals", measure.DefaultRounds))
	flags.DurationVar(&f.duration, "duration", measure.DefaultBlock, "how long each size is loaded in each round; with events or a changing rate, the scenario's duration unless given")
	flags.BoolVar(&f.validate, "validate", false, "calibrate on the two smallest sizes, and only then measure the others, beside these two again")
	flags.BoolVar(&f.down, "down", false, "remove what a killed velocitas live on this host left behind (containers, networks, images, processes, cgroups, temporary files), and do nothing else; what others use of the same Docker engine stays")
	f.add(c, "result", "curves, plots, records and profile")
	return c
}

// runLive does what the flags choose.
func runLive(c *cobra.Command, args []string, f liveFlags) error {
	if f.down {
		return runDown(c.Context(), c.OutOrStdout())
	}
	if err := f.agree(c); err != nil {
		return err
	}
	s, err := liveScenario(c, args)
	if err != nil {
		return err
	}
	if f.most, err = memory(c); err != nil {
		return err
	}
	config, err := liveConfig(c.Context(), s, f, c.Flags().Changed("duration"))
	if err != nil {
		return err
	}
	r := &liveRun{flags: f, config: config, stdout: c.OutOrStdout(), stderr: c.ErrOrStderr(), name: s.Name}
	return r.do(c.Context())
}

// agree refuses flags that contradict each other.
func (f liveFlags) agree(c *cobra.Command) error {
	changed := c.Flags().Changed
	foreign := f.compose != "" || f.service != "" || f.proxy != ""
	switch {
	case foreign && (f.compose == "" || f.service == "" || f.proxy == ""):
		return usage("--compose, --service and --proxy belong together; give all three")
	case foreign && f.url != "":
		return usage("--url and --compose both name what is measured; give one of them")
	case (foreign || f.url != "") && (f.stack != "" || f.nginxFromHost || f.noNginx || f.port != 0):
		return usage("--stack, --nginx-from-host, --no-nginx and --port are for velocitas's own instances; leave them out")
	case (foreign || f.url != "") && f.validate:
		return usage("--validate wants velocitas's own instances; leave --url and --compose out")
	case f.url != "" && (changed("instances") || f.calibrate != ""):
		return usage("--url is one service of unknown size; leave --instances and --calibrate out")
	case f.path != "" && !strings.HasPrefix(f.path, "/"):
		return usage("--path: %q; want one that begins with a slash", f.path)
	case f.path != "" && !foreign:
		return usage("--path is for --compose; a scenario's keys say what velocitas's own instances are asked for")
	case f.validate && f.calibrate != "":
		return usage("--validate always calibrates on the two smallest sizes; leave --calibrate out")
	case f.stack != "" && f.stack != stack.KindCompose && f.stack != stack.KindLocal:
		return usage("--stack: %q; want compose or local", f.stack)
	case f.noNginx && f.stack != stack.KindLocal:
		return usage("--no-nginx wants --stack local")
	case f.nginxFromHost && f.stack == stack.KindLocal:
		return usage("--nginx-from-host makes an image; with --stack local the host's nginx runs anyway")
	case f.port < 0 || f.port > 65535:
		return usage("--port: %d; want 1 to 65535, or 0 for a free one", f.port)
	case f.rounds < 2 || f.rounds > 1000:
		return usage("--rounds: %d; want 2 to 1000, better %d and more", f.rounds, measure.DefaultRounds)
	case f.duration < time.Second || f.duration > time.Hour:
		return usage("--duration: %v; want 1s to 1h", f.duration)
	}
	return nil
}

// liveScenario reads the scenario. The built-in first is measured at sizes 1, 2
// and 4 unless told otherwise.
func liveScenario(c *cobra.Command, args []string) (*scenarios.Scenario, error) {
	s, err := readScenario(c, args, liveKeys...)
	if err != nil {
		return nil, err
	}
	if name, _ := scenarioName(c, args, defaultScenario); name == "first" && !c.Flags().Changed("instances") {
		s.Instances = scenarios.Sizes{1, 2, 4}
	}
	return s, nil
}

func liveConfig(ctx context.Context, s *scenarios.Scenario, f liveFlags, durationGiven bool) (experiment.Config, error) {
	if f.url != "" {
		s.Instances = scenarios.Sizes{1} // however many there are
	}
	c := experiment.Config{
		Scenario: s, Rounds: f.rounds, Block: f.duration, Version: version,
		Predict: experiment.Simulator(version, f.most),
	}
	if measure.Timed(s) && !durationGiven {
		c.Block = 0 // the scenario's
	}
	var err error
	if c.Target, err = f.target(ctx); err != nil {
		return c, err
	}
	if f.calibrate != "" {
		var sizes scenarios.Sizes
		if err := sizes.UnmarshalText([]byte(f.calibrate)); err != nil {
			return c, usage("--calibrate: %v", err)
		}
		c.Calibrate = sizes
		for _, n := range sizes {
			if !slices.Contains(s.Instances, n) {
				return c, usage("--calibrate: size %d is not measured; want some of %s", n, instances(s.Instances))
			}
		}
	}
	if f.validate && len(s.Instances) < 3 {
		return c, usage("--validate: wants at least three sizes, two to calibrate on and others to predict; see --instances")
	}
	if f.validate && experiment.Disturbed(s) {
		return c, usage("--validate: with events, slow instances or a changing rate the profile is always made before they are measured; leave it out")
	}
	if err := c.Check(); err != nil {
		return c, input(fmt.Errorf("%s: %w", s.Name, err))
	}
	if err := c.Available(ctx); err != nil {
		return c, input(fmt.Errorf("--compose: %w", err))
	}
	return c, nil
}

// target is what the flags say is to be measured.
func (f liveFlags) target(ctx context.Context) (experiment.Target, error) {
	if f.url != "" {
		at, err := experiment.ParseAddress(f.url)
		if err != nil {
			return nil, usage("--url: %v", err)
		}
		return at, nil
	}
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var store *model.Profile
	if f.profile != "" {
		if store, err = model.LoadProfile(ctx, f.profile); err != nil {
			return nil, input(fmt.Errorf("--profile: %w", err))
		}
	}
	if f.compose != "" {
		return experiment.Project{Spec: stack.ForeignSpec{File: f.compose, Binary: binary, Service: f.service, Proxy: f.proxy}, Path: f.path}, nil
	}
	own := experiment.Own{Stack: f.stack, NginxFromHost: f.nginxFromHost, NoNginx: f.noNginx, Port: f.port, Binary: binary, Version: version, Store: store}
	if !f.nginxFromHost {
		own.NginxImage = os.Getenv("NGINX_IMAGE") // the compose file's variable
	}
	return own, nil
}

// runDown cleans up behind runs that could not do it themselves.
func runDown(ctx context.Context, w io.Writer) error {
	removed, err := stack.Clean(ctx)
	for _, line := range removed {
		fmt.Fprintln(w, line)
	}
	if err == nil && len(removed) == 0 {
		fmt.Fprintln(w, "nothing was left behind")
	}
	return err
}

// liveRun is one run of the command.
type liveRun struct {
	flags          liveFlags
	config         experiment.Config
	stdout, stderr io.Writer
	name           string
}

// do measures, writes the files and prints the result.
func (r *liveRun) do(ctx context.Context) error {
	undo := func() {}
	if r.flags.out != "" {
		var err error
		if undo, err = prepareOut(r.flags.out); err != nil {
			return err
		}
	}
	stage, show, finish := stages(r.stderr, r.flags.quiet)
	r.config.Stage, r.config.Progress = stage, show
	err := r.measure(ctx, finish)
	finish()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = interrupted(err)
	}
	undo()
	return err
}

// interrupted says that nothing was written; what else went wrong, such as a
// container that could not be removed, is not lost.
func interrupted(err error) error {
	said := errors.New("interrupted; nothing was reported")
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			if !errors.Is(e, context.Canceled) {
				said = fmt.Errorf("%w; %w", said, e)
			}
		}
	}
	return said
}

// measure runs what was asked for and reports it.
func (r *liveRun) measure(ctx context.Context, finish func()) error {
	switch {
	case r.flags.validate:
		r.config.Calibrated = r.writeProfile
		v, err := experiment.Validate(ctx, r.config)
		if err != nil {
			return err
		}
		finish()
		return r.report(liveReport{Result: &v.Result, Validation: v})
	default:
		result, err := experiment.Run(ctx, r.config)
		if err != nil {
			return err
		}
		finish()
		return r.report(liveReport{Result: result})
	}
}

// writeProfile writes the profile of a validation before anything that it is to
// predict is measured, and says so.
func (r *liveRun) writeProfile(p *model.Profile) error {
	if r.flags.out != "" {
		file := filepath.Join(r.flags.out, r.name+"-profile.json")
		if err := model.WriteProfile(file, p); err != nil {
			return err
		}
	}
	if !r.flags.quiet {
		fmt.Fprintf(r.stderr, "calibrated; the sizes to predict have not been measured yet; profile %s\n", p.Digest())
	}
	return nil
}
