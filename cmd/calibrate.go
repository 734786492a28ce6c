package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/model"
)

type calibrateFlags struct {
	threads     int
	out         string
	json, quiet bool
}

func newCalibrate() *cobra.Command {
	var f calibrateFlags
	var log logFlags
	c := &cobra.Command{
		Use:   "calibrate [ACCESS-LOG]",
		Short: "Work out what your requests cost, from a log and CPU accounts; without a log, time the real Badger here",
		Long: "With the access log of a service, and the CPU accounts of its containers over the same time, work out what a request\n" +
			"of each kind computes, in the instances and in what they call, and what else it waits for; and write the scenario\n" +
			"that says so. Each figure has its 95 % interval. What the evidence cannot tell is called unknown, with the run that\n" +
			"would tell it. docs/your-service.md has an example from beginning to end.\n\n" +
			"Without a log: time the real in-memory Badger in this process, over one to eight requests at a time, and write a\n" +
			"profile: what a request costs on this machine. It takes about half a minute, in which the machine\n" +
			"should do nothing else. HTTP, nginx and the generator cost nothing in it; velocitas live measures them.",
		Example: "  velocitas calibrate access.log --cpu cpu.csv --nginx nginx.conf --compose docker-compose.yml --out reports/shop\n" +
			"  velocitas plan reports/shop/scenario.yaml --rate 800 --p99 250ms --survive 1\n" +
			"  velocitas calibrate --threads 2 --json > mine.json; velocitas sim --profile mine.json",
		Args: arguments(0, 1, "an access log, or - for stdin, or none for the store in this process"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return runCalibrateLog(c, args[0], log, f)
			}
			for _, name := range []string{"cpu", "nginx", "compose", "upstream", "service", "log-format", "cpus", "cores", "instances", "from", "to"} {
				if c.Flags().Changed(name) {
					return usage("--%s: belongs to an access log, which is not given", name)
				}
			}
			if f.json && !c.Flags().Changed("out") {
				f.out = ""
			}
			return runCalibrate(c.Context(), f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().IntVar(&f.threads, "threads", 1, "GOMAXPROCS of the instances that the profile is for, 1 to 1024")
	c.Flags().StringVar(&f.out, "out", "reports", `folder for the profile; "" writes none`)
	c.Flags().BoolVar(&f.json, "json", false, "print the profile as JSON and nothing else, and write no file unless --out is given")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "no progress")
	log.add(c)
	return c
}

func runCalibrate(ctx context.Context, f calibrateFlags, stdout, stderr io.Writer) error {
	if f.threads < 1 || f.threads > 1024 {
		return usage("--threads: %d; want 1 to 1024", f.threads)
	}
	undo := func() {}
	if f.out != "" {
		var err error
		if undo, err = prepareOut(f.out); err != nil {
			return err
		}
	}
	stage, _, finish := stages(stderr, f.quiet)
	p, err := calibrate.Store(ctx, calibrate.Options{Threads: f.threads, Progress: stage})
	finish()
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted; nothing was written")
	}
	file := filepath.Join(f.out, profileFile(p))
	if err == nil && f.out != "" {
		err = model.WriteProfile(file, p)
	}
	if err != nil {
		undo()
		return err
	}
	return printProfile(stdout, p, file, f)
}

// profileFile is the file of a profile; there may be none yet.
func profileFile(p *model.Profile) string {
	if p == nil {
		return ""
	}
	return p.Name + ".json"
}

func printProfile(w io.Writer, p *model.Profile, file string, f calibrateFlags) error {
	if f.json {
		data, err := model.Encode(p)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	in := p.Instance
	for _, d := range in.Demand {
		fmt.Fprintf(w, "%s keys: %s ms of CPU time for a request alone\n", grouped(d.Keys), short(float64(d.DemandNs)/1e6))
	}
	for _, row := range in.Speed {
		fmt.Fprintf(w, "%d inside: %s times the work for each CPU second, %s cores\n", row.Inside, short(row.Efficiency), short(row.Cores))
	}
	b := in.Background
	fmt.Fprintf(w, "a flush every %s KiB: %s ms, and with each %dth a compaction: %s ms\n",
		grouped(int(b.FlushEveryBytes/1024)), short(float64(b.FlushDemandNs)/1e6), b.CompactEveryFlush, short(float64(b.CompactionDemandNs)/1e6))
	if f.out != "" {
		fmt.Fprintf(w, "\nwritten: %s (%s)\n", file, p.Digest())
	}
	return nil
}
