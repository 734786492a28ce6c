package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/evidence/system"
	"github.com/k9mil/velocitas/lint"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// lintFlags are what is known beside the files, and how findings are written.
type lintFlags struct {
	describedFlags
	clients, pool int
	timeout       time.Duration
	json, sarif   bool
	failOn        string
}

func newLint() *cobra.Command {
	var f lintFlags
	c := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Look for what goes wrong under load in an nginx.conf and a compose file",
		Long: "Look for what goes wrong under load, or when an instance dies, in an nginx.conf, a compose file, or both: each finding\n" +
			"with its place, why, and what would be right. Some rules want what no file says: --clients, --cores, --timeout, --pool;\n" +
			"with --rate, --cpu-ms and --cores what a finding costs is simulated, where that can be.",
		Example: "  velocitas lint nginx.conf docker-compose.yml\n  velocitas lint nginx.conf --clients 2000 --timeout 5s --fail-on warning",
		Args:    arguments(1, 16, "an nginx.conf, a compose file, or both"),
		RunE:    func(c *cobra.Command, args []string) error { return runLint(c, args, f) },
	}
	flags := c.Flags()
	f.add(c)
	flags.IntVar(&f.clients, "clients", 0, "clients at a time")
	flags.DurationVar(&f.timeout, "timeout", 0, "how long clients wait for an answer")
	flags.IntVar(&f.pool, "pool", 0, "connections that one instance keeps to the database at most")
	flags.BoolVar(&f.json, "json", false, "print the findings as JSON")
	flags.BoolVar(&f.sarif, "sarif", false, "print them as SARIF, which code scanners read")
	flags.StringVar(&f.failOn, "fail-on", "", "exit code 3 if anything of this level or a graver one is found: error, warning or note")
	return c
}

func runLint(c *cobra.Command, files []string, f lintFlags) error {
	if f.json && f.sarif {
		return usage("--json and --sarif exclude each other; leave one of the two out")
	}
	if f.failOn != "" && !slices.Contains(lint.Levels, f.failOn) {
		return usage("--fail-on: wants error, warning or note, not %q", f.failOn)
	}
	if f.clients < 0 || f.pool < 0 || f.timeout < 0 || f.known.Rate < 0 || f.known.CPUMs < 0 || f.known.Cores < 0 {
		return usage("--clients, --pool, --timeout, --rate, --cpu-ms and --cores want numbers above 0")
	}
	nginx, services, compose, err := readDescribed(c, files, f.upstream)
	if err != nil {
		return err
	}
	found := lint.Run(lint.Input{
		Nginx: nginx, Services: services, ComposeFiles: compose, Clients: f.clients, Cores: f.known.Cores,
		Timeout: f.timeout.Seconds(), Pool: f.pool,
	})
	if s, err := system.New(nginx, services, files, f.service, f.known); err == nil {
		if err := simulateFindings(c.Context(), s, found); err != nil {
			return err
		}
	}
	if err := writeFindings(c.OutOrStdout(), f, found); err != nil {
		return err
	}
	grave := slices.DeleteFunc(slices.Clone(found), func(x lint.Finding) bool {
		return f.failOn == "" || slices.Index(lint.Levels, x.Level) > slices.Index(lint.Levels, f.failOn)
	})
	if len(grave) > 0 {
		return &exitError{exitMissed, fmt.Errorf("%s of level %s or graver", amount(len(grave), "finding", "findings"), f.failOn)}
	}
	return nil
}

func writeFindings(w io.Writer, as lintFlags, found []lint.Finding) error {
	switch {
	case as.json:
		return lint.WriteJSON(w, found)
	case as.sarif:
		return lint.WriteSARIF(w, version, found)
	}
	var b strings.Builder
	for _, f := range found {
		at := f.File
		if f.Line > 0 {
			at = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		fmt.Fprintf(&b, "%s: %s: %s (%s)\n", at, f.Level, f.Message, f.Rule)
		fmt.Fprintf(&b, "  %s\n", wrapAt("why: "+f.Why, "       ", 2, widthOf(w)))
		fmt.Fprintf(&b, "  %s\n", wrapAt("better: "+f.Remedy, "          ", 2, widthOf(w)))
	}
	if len(found) == 0 {
		b.WriteString("nothing found\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// simulateFindings says what a finding costs, where the files and flags say all
// that a simulation needs: so far of a zone that lacks.
func simulateFindings(ctx context.Context, s *system.System, found []lint.Finding) error {
	i := slices.IndexFunc(found, func(f lint.Finding) bool { return f.Rule == "round-robin-per-worker" })
	text, unknowns := s.YAML()
	if i < 0 || unknowns > 0 {
		return nil
	}
	var p95 [2]float64
	for k, zone := range []bool{false, true} {
		one, err := scenarios.Parse(s.Name, []byte(text))
		if err != nil {
			return nil // nothing is simulated of what is no valid scenario; scenarios import and sim say why
		}
		one.Balancer.Zone = zone
		profile, err := model.LoadProfile(ctx, one.Profile)
		if err != nil {
			return err
		}
		curve, err := sim.Run(ctx, sim.Input{Scenario: one, Profile: profile, Version: version})
		if err != nil {
			return stopped(ctx, err)
		}
		p := curve.Points[len(curve.Points)-1]
		if p.Completed == 0 {
			return nil
		}
		p95[k] = p.LatencyMs.P95.Value
	}
	found[i].Message += fmt.Sprintf("; simulated: p95 %s ms without a zone, %s ms with one", short(p95[0]), short(p95[1]))
	return nil
}
