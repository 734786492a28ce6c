package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/evidence"
	"github.com/k9mil/velocitas/evidence/nginxconf"
	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
)

// importFlags say how files are read, and what is made of them.
type importFlags struct {
	outFlags
	instances []int
	logFormat string
	nginx     string
	name      string
	trace     string
	from, to  time.Duration
}

// importMost is how many files are read at once.
const importMost = 100

func newImport() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Read access logs and results of load generators: a summary, a curve file and a trace",
		Long: "Read what there is of a service: access logs of nginx (any log_format, JSON, LTSV; .gz; - is stdin) and results of\n" +
			"load generators, recognised by their content. A summary says what is in each file and what it cannot say; all files\n" +
			"together make a curve, a point for each number of instances, files with the same number being repeats. That number\n" +
			"comes from the distinct addresses in the log, or from --instances. docs/import.md lists the formats.",
		Example: "  velocitas import access.log.gz --trace arrivals.txt\n" +
			"  velocitas import n1.json n2.json n4.json --instances 1,2,4\n" +
			"  velocitas import access.log --nginx nginx.conf\n" +
			"  velocitas import access.log --log-format '$msec $request_time $upstream_addr $status \"$request\"'",
		Args: arguments(1, importMost, "files to read, or - for stdin"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.settle(c); err != nil {
				return err
			}
			return runImport(c.Context(), args, c.InOrStdin(), f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().IntSliceVar(&f.instances, "instances", nil, "how many instances there were: one number for all files, or one for each, such as 1,2,4; by default the distinct addresses in the log")
	c.Flags().StringVar(&f.logFormat, "log-format", "", "the log_format of access logs, as in nginx.conf; by default found out")
	c.Flags().StringVar(&f.nginx, "nginx", "", "an nginx.conf that has the log_format of access logs: of those in it, and combined, the one that the first lines have")
	c.Flags().StringVar(&f.name, "name", "", "the curve's name; by default the first file's")
	c.Flags().StringVar(&f.trace, "trace", "", "write when requests came into this file, a trace for a scenario's load.trace; of one file only")
	c.Flags().DurationVar(&f.from, "from", 0, "leave out what began before, since the first request, such as 30s")
	c.Flags().DurationVar(&f.to, "to", 0, "leave out what began from then on, since the first request; 0 is the end")
	f.add(c, "summary", "the curve and the plots")
	return c
}

// check refuses flags that contradict each other.
func (f *importFlags) check(files []string) error {
	switch {
	case f.nginx != "" && f.logFormat != "":
		return usage("--nginx and --log-format both say the log_format; leave one of the two out")
	case len(f.instances) > 1 && len(f.instances) != len(files):
		return usage("--instances: wants one number, or one for each of the %d files, not %d", len(files), len(f.instances))
	case f.trace != "" && len(files) > 1:
		return usage("--trace: a trace is made of one file, not of %d", len(files))
	case f.from < 0 || f.to < 0 || f.to > 0 && f.to <= f.from:
		return usage("--from and --to: want times since the first request, --to after --from")
	}
	for _, n := range f.instances {
		if n < 1 || n > 1_000_000 {
			return usage("--instances: wants numbers from 1 to 1000000, not %d", n)
		}
	}
	return nil
}

func runImport(ctx context.Context, files []string, stdin io.Reader, f importFlags, stdout, stderr io.Writer) error {
	if err := f.check(files); err != nil {
		return err
	}
	undo, err := prepareReport(f.out)
	if err != nil {
		return err
	}
	results, err := readEvidence(ctx, files, stdin, f)
	if err != nil {
		undo()
		return input(err)
	}
	curve, missing, err := f.curve(files, results)
	if err != nil {
		undo()
		return input(err)
	}
	written, unwritten := f.write(results, curve)
	if unwritten != nil || curve == nil {
		undo()
	}
	return errors.Join(f.print(stdout, stderr, results, curve, missing, written), unwritten)
}

// readEvidence sums up each file.
func readEvidence(ctx context.Context, files []string, stdin io.Reader, f importFlags) (list []*evidence.Result, err error) {
	o := evidence.Options{LogFormat: f.logFormat, FromNs: int64(f.from), ToNs: int64(f.to), Arrivals: f.trace != ""}
	if f.nginx != "" {
		if o.LogFormats, err = formatsOf(f.nginx); err != nil {
			return nil, err
		}
		o.LogFormatsOf = f.nginx
	}
	for _, name := range files {
		s, err := openEvidence(name, stdin)
		if err != nil {
			return nil, err
		}
		r, err := evidence.Read(ctx, s, o)
		if err := errors.Join(err, s.Close()); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// formatsOf are the log_format texts of an nginx.conf, with the one that nginx has
// without being told.
func formatsOf(file string) (texts []string, err error) {
	formats, err := nginxconf.LogFormats(file)
	if err != nil {
		return nil, err
	}
	for _, f := range formats {
		texts = append(texts, f.Text)
	}
	return append(texts, "combined"), nil
}

// openEvidence opens what a name on the command line stands for.
func openEvidence(name string, stdin io.Reader) (*evidence.Source, error) {
	switch {
	case isStdin(name):
		return evidence.From("stdin", stdin)
	case isInherited(name):
		file, err := os.Open(name)
		if err != nil {
			return nil, &strict.Error{File: name, Problem: "cannot be read: " + output.Cause(err).Error()}
		}
		return evidence.From(filepath.Base(filepath.Dir(name))+filepath.Base(name), file)
	}
	return evidence.Open(name)
}

// curve makes a curve where the number of instances is known of each file;
// missing says of which it is not.
func (f *importFlags) curve(files []string, results []*evidence.Result) (c *model.Curve, missing string, err error) {
	var parts []evidence.Part
	for i, r := range results {
		n := len(r.Counted())
		switch {
		case len(f.instances) == 1:
			n = f.instances[0]
		case len(f.instances) > 1:
			n = f.instances[i]
		}
		if n == 0 {
			return nil, r.Source, nil
		}
		parts = append(parts, evidence.Part{Result: r, Instances: n})
	}
	name := f.name
	if name == "" {
		name = evidenceName(files[0])
	}
	c, err = evidence.Curve(name, version, parts)
	return c, "", err
}

// isEvidence tells whether a file is one that import reads, and no curve.
func isEvidence(file string) bool {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	s, err := evidence.Open(file)
	if err != nil {
		return false
	}
	defer s.Close()
	_, known := s.Recognised()
	return known
}

// curveOf reads a curve file, or makes a curve of another that import reads,
// with so many instances where it does not say.
func curveOf(ctx context.Context, file string, instances int) (*model.Curve, error) {
	if !isEvidence(file) {
		return model.ReadCurve(ctx, file)
	}
	var from importFlags
	if instances != 0 {
		from.instances = []int{instances}
	}
	if err := from.check([]string{file}); err != nil {
		return nil, err
	}
	results, err := readEvidence(ctx, []string{file}, nil, from)
	if err != nil {
		return nil, err
	}
	c, missing, err := from.curve([]string{file}, results)
	if err != nil || missing == "" {
		return c, err
	}
	from.instances = []int{1}
	if c, _, err = from.curve([]string{file}, results); err == nil {
		c.Warnings = append(c.Warnings, missing+" does not say how many instances there were; it is taken as 1, unless --instances says")
	}
	return c, err
}

// evidenceName is a file's name without what says how it is packed and made.
func evidenceName(file string) string {
	if isStdin(file) {
		return "stdin"
	}
	base := filepath.Base(file)
	for range 2 {
		base = strings.TrimSuffix(base, filepath.Ext(base))
	}
	if base == "" {
		return "imported"
	}
	return base
}

// write writes the trace, and the curve with its plots.
func (f *importFlags) write(results []*evidence.Result, c *model.Curve) (written []string, err error) {
	if f.trace != "" {
		if len(results[0].Arrivals) == 0 {
			return nil, input(fmt.Errorf("--trace: %s does not say when requests came", results[0].Source))
		}
		if err := output.Stream(f.trace, results[0].WriteTrace); err != nil {
			return nil, err
		}
		written = append(written, f.trace)
	}
	if c == nil {
		return written, nil
	}
	reports, err := writeReports(f.out, c, f.svg)
	return append(written, reports...), err
}

// print prints the summary in one write.
func (f *importFlags) print(stdout, stderr io.Writer, results []*evidence.Result, c *model.Curve, missing string, written []string) error {
	p := f.page()
	if f.json {
		report := evidence.Report{Schema: evidence.ReportSchema, Curve: c}
		for _, r := range results {
			report.Files = append(report.Files, r.Report())
		}
		data, err := model.Encode(report)
		if err != nil {
			return err
		}
		p.result.Write(data)
		return p.print(stdout, stderr)
	}
	for i, r := range results {
		if i > 0 {
			fmt.Fprintln(p)
		}
		writeEvidence(p, r, f.quiet)
	}
	switch {
	case c == nil:
		fmt.Fprintf(p, "\nno curve is made: %s does not say how many instances there were; give --instances\n", missing)
	case len(c.Points) > 1:
		fmt.Fprintln(p)
		writeImported(p, c)
	}
	if results[0].ArrivalsCut {
		fmt.Fprintf(p, "\nwarning: the trace ends after %d arrivals, the most that one may hold; --from and --to choose others\n", evidence.ArrivalsMost)
	}
	if !f.quiet {
		writeFiles(p, written)
	}
	return p.print(stdout, stderr)
}

// writeEvidence writes what one file holds: the answer, how it was read, figures,
// findings, and what it cannot say.
func writeEvidence(p *page, r *evidence.Result, quiet bool) {
	fmt.Fprintf(p, "%s: %s\n", r.Source, r.Answer())
	if len(r.Classes) > 1 {
		fmt.Fprintln(p)
		writeEvidenceClasses(p, r)
	}
	if len(r.Instances) > 1 {
		fmt.Fprintln(p)
		writeEvidenceInstances(p, r)
	}
	if list := r.Findings(); len(list) > 0 {
		fmt.Fprintln(p)
		for _, text := range list {
			fmt.Fprintf(p, "- %s\n", text)
		}
	}
	if quiet {
		return
	}
	how := r.Format.Name
	if r.Detail != "" {
		how += ", " + r.Detail
	}
	fmt.Fprintf(p, "\nread as: %s\n", how)
	fmt.Fprintf(p, "times: in %s; an instant marks %s; corrected for coordinated omission: %s; failures: %s\n", r.Format.Unit, r.Format.Clock, r.Format.Corrected, r.Format.Failures)
	fmt.Fprintln(p, "what this file cannot say:")
	for _, text := range r.Format.Silent {
		fmt.Fprintf(p, "- %s\n", text)
	}
}

// classesShown is how many classes a table has.
const classesShown = 20

func writeEvidenceClasses(p *page, r *evidence.Result) {
	g := table{{"class", ""}, {"requests", ""}, {"share", "%"}, {"errors", "%"}, {"p50", "ms"}, {"p95", "ms"}}.start()
	g.last = "p99 (ms)"
	for i, c := range r.Classes {
		if i == classesShown {
			break
		}
		ms := func(q float64) cell { return latencyCell(model.Exactly(c.QuantileMs(q))) }
		g.row(dash(c.QuantileMs(0.99)), plainCell(c.Name), countCell(c.Requests), percentCell(float64(c.Requests)/float64(r.Requests)),
			rareCell(float64(c.Failed)/float64(c.Requests)), ms(0.5), ms(0.95))
	}
	g.write(p)
	if more := len(r.Classes) - classesShown; more > 0 {
		fmt.Fprintf(p, "and %d classes with fewer requests\n", more)
	}
}

func writeEvidenceInstances(p *page, r *evidence.Result) {
	g := table{{"instance", ""}, {"requests", ""}, {"share", "%"}, {"tries", ""}}.start()
	g.last = "failed tries"
	all := int64(0)
	for _, x := range r.Instances {
		all += x.Requests
	}
	for _, x := range r.Instances {
		g.row(strconv.FormatInt(x.Failed, 10), plainCell(x.Addr), countCell(x.Requests),
			numberCell(100*float64(x.Requests)/float64(max(1, all)), short(100*float64(x.Requests)/float64(max(1, all)))), countCell(x.Tries))
	}
	g.write(p)
}

// writeImported writes the curve of several files as a table.
func writeImported(p *page, c *model.Curve) {
	g := table{{"instances", ""}, {"answered", "1/s"}, {"p50", "ms"}, {"p95", "ms"}, {"p99", "ms"}, {"errors", "%"}}.start()
	g.last = "files"
	for i := range c.Points {
		pt := &c.Points[i]
		g.row(strconv.Itoa(pt.Replications), plainCell(strconv.Itoa(pt.Instances)), estimateCell(pt.ThroughputRps),
			latencyCell(pt.LatencyMs.P50), latencyCell(pt.LatencyMs.P95), latencyCell(pt.LatencyMs.P99), rareCell(pt.Errors.Rate.Value))
	}
	g.write(p)
	for _, text := range warnings(c) {
		fmt.Fprintf(p, "warning: %s\n", text)
	}
}

func countCell(n int64) cell { return numberCell(float64(n), strconv.FormatInt(n, 10)) }

func dash(v float64) string {
	if v == 0 {
		return "-"
	}
	return short(v)
}
