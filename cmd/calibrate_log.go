package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/evidence"
	"github.com/k9mil/velocitas/evidence/demand"
	"github.com/k9mil/velocitas/evidence/nginxconf"
	"github.com/k9mil/velocitas/evidence/system"
	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// logFlags say what there is beside a log.
type logFlags struct {
	cpu, compose       []string
	nginx, upstream    string
	service, logFormat string
	cpus, cores        float64
	instances          int
	from, to           time.Duration
}

func (f *logFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&f.cpu, "cpu", nil, "CPU accounts of the containers over the same time: cgroup counters, docker stats, or an answer of Prometheus; repeatable")
	flags.StringVar(&f.nginx, "nginx", "", "the nginx.conf: balancer and log_format")
	flags.StringArrayVar(&f.compose, "compose", nil, "the compose file: limits, workers, and what the instances call; repeatable")
	flags.StringVar(&f.upstream, "upstream", "", "the upstream group that counts, of an nginx.conf with several")
	flags.StringVar(&f.service, "service", "", "the compose service of the instances, or what their accounts are called")
	flags.StringVar(&f.logFormat, "log-format", "", "the log_format of the access log; by default that of --nginx, or found out")
	flags.Float64Var(&f.cpus, "cpus", 0, "CPU limit of an instance in cores, where no compose file has it")
	flags.Float64Var(&f.cores, "cores", 0, "cores of the host that instances and tiers share")
	flags.IntVar(&f.instances, "instances", 0, "how many instances there were; by default the distinct addresses in the log")
	flags.DurationVar(&f.from, "from", 0, "leave out what began before, since the first request, such as 30s")
	flags.DurationVar(&f.to, "to", 0, "leave out what began from then on; 0 is the end")
}

// check refuses what cannot be.
func (f *logFlags) check() error {
	switch {
	case f.cpus < 0 || f.cores < 0 || f.instances < 0:
		return usage("--cpus, --cores and --instances want numbers above 0")
	case f.from < 0 || f.to < 0 || f.to > 0 && f.to <= f.from:
		return usage("--from and --to: want times since the first request, --to after --from")
	}
	return nil
}

// fromLog is what a calibration with evidence works with.
type fromLog struct {
	f        logFlags
	log      *demand.Gathered
	found    *demand.Result
	nginx    *nginxconf.Config
	services []system.Service
	files    []string // that the scenario comes from
	names    []string // of the classes, as a scenario's
}

func runCalibrateLog(c *cobra.Command, logFile string, f logFlags, o calibrateFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if o.json {
		return usage("--json: prints the store's profile; what a log says becomes a scenario in --out")
	}
	if o.out == "" {
		return usage("--out: wants a folder for the scenario that the log says")
	}
	l := &fromLog{f: f, files: []string{logFile}}
	if err := l.read(c, logFile); err != nil {
		return input(err)
	}
	s, err := l.system()
	if err != nil {
		return input(err)
	}
	text, unknowns := s.YAML()
	undo, err := prepareOut(o.out)
	if err != nil {
		return err
	}
	file := filepath.Join(o.out, "scenario.yaml")
	if err := output.Stream(file, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		undo()
		return err
	}
	w := c.OutOrStdout()
	var b bytes.Buffer
	l.print(&b)
	if unknowns > 0 {
		fmt.Fprintf(&b, "\n%s unknown in the scenario: fill in before any command takes it\n", amount(unknowns, "value is", "values are"))
	} else if err := l.verify(c.Context(), &b, file, text); err != nil {
		return stopped(c.Context(), err)
	}
	fmt.Fprintf(&b, "\nwritten: %s\n", file)
	_, err = w.Write(b.Bytes())
	return err
}

// read reads all files and works out what requests cost.
func (l *fromLog) read(c *cobra.Command, logFile string) error {
	var err error
	if l.f.nginx != "" {
		if l.nginx, err = nginxconf.Read(l.f.nginx, l.f.upstream); err != nil {
			return err
		}
		l.files = append(l.files, l.f.nginx)
	}
	if len(l.f.compose) > 0 {
		if l.services, err = readComposeFiles(c, l.f.compose); err != nil {
			return err
		}
		l.files = append(l.files, l.f.compose...)
	}
	accounts, err := l.readAccounts(c.Context())
	if err != nil {
		return err
	}
	names, err := l.accountNames()
	if err != nil {
		return err
	}
	source, err := openEvidence(logFile, c.InOrStdin())
	if err != nil {
		return err
	}
	o := evidence.Options{LogFormat: l.format(), FromNs: int64(l.f.from), ToNs: int64(l.f.to)}
	l.log, err = demand.Gather(c.Context(), source, o, accounts, names)
	if err := errors.Join(err, source.Close()); err != nil {
		return err
	}
	if seen := l.log.SeenLimit; seen > 0 && l.f.cpus == 0 && len(l.services) == 0 {
		l.f.cpus = seen
		l.log.Notes = append(l.log.Notes, fmt.Sprintf("the CPU limit of an instance is %g cores, as throttling shows it; --cpus or --compose says otherwise", seen))
	}
	l.log.CPUs = l.limit(l.log.Service)
	if l.found, err = demand.Work(l.log.Input); err != nil {
		return fmt.Errorf("%s: %w", logFile, err)
	}
	l.nameClasses()
	return nil
}

func (l *fromLog) readAccounts(ctx context.Context) (list []*evidence.Accounts, err error) {
	for _, file := range l.f.cpu {
		s, err := evidence.Open(file)
		if err != nil {
			return nil, err
		}
		a, err := evidence.ReadCPU(ctx, s)
		if err := errors.Join(err, s.Close()); err != nil {
			return nil, err
		}
		list, l.files = append(list, a), append(l.files, file)
	}
	return list, nil
}

// format is the log's, as far as anything says it.
func (l *fromLog) format() string {
	if l.f.logFormat != "" || l.nginx == nil {
		return l.f.logFormat
	}
	return l.nginx.LogFormats[l.nginx.LogFormat] // "" finds it out
}

// accountNames are those of the compose file's services, if there is one.
func (l *fromLog) accountNames() (demand.Names, error) {
	if len(l.services) == 0 {
		return demand.Names{Service: l.f.service}, nil
	}
	s, err := system.New(l.nginx, l.services, l.f.compose, l.f.service, system.Known{})
	if err != nil {
		return demand.Names{}, err
	}
	return demand.Names{Service: s.Service(), Tiers: s.Tiers()}, nil
}

// limit is the CPU limit of an instance, 0 where it is not known.
func (l *fromLog) limit(service string) float64 {
	if l.f.cpus > 0 {
		return l.f.cpus
	}
	for _, v := range l.services {
		if v.Name == service {
			return v.CPUs
		}
	}
	return 0
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// nameClasses makes names for a scenario of methods and paths.
func (l *fromLog) nameClasses() {
	for _, c := range l.found.Classes {
		name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(c.Name), "-"), "-")
		if len(name) > 36 {
			name = strings.TrimRight(name[:36], "-")
		}
		if name == "" {
			name = "class"
		}
		for k := 2; slices.Contains(l.names, name); k++ {
			name = fmt.Sprintf("%.36s-%d", strings.TrimSuffix(name, fmt.Sprintf("-%d", k-1)), k)
		}
		l.names = append(l.names, name)
	}
}

// system is the system with what was measured.
func (l *fromLog) system() (*system.System, error) {
	k := system.Known{Cores: l.f.cores, OneHost: len(l.services) > 0, AnyCores: true, Workers: 1, CPUs: l.f.cpus, BalancerMs: l.proxyMs()}
	if l.saturated() {
		k.ClientsPerInstance = max(1, int(math.Round(l.inside()/float64(max(1, len(l.log.Addresses))))))
	} else {
		k.Rate = l.log.Rate
	}
	for i := range l.found.Classes {
		k.Requests = append(k.Requests, l.request(i))
	}
	services := l.services
	if services == nil {
		services = l.described()
	}
	s, err := system.New(l.nginx, services, l.files, l.f.service, k)
	if err != nil {
		return nil, err
	}
	// A service that is scaled by hand has one instance in the file, and more in the log.
	if n := max(l.f.instances, len(l.log.Addresses)); l.f.instances > 0 || n > s.Instances() {
		s.SetInstances(n)
	}
	return s, nil
}

// saturated tells whether the log is of a load that takes all that there is: its rate
// is the service's, so it stands for as many clients as were inside.
func (l *fromLog) saturated() bool { return l.found.Saturated() }

// inside is how many requests were in the instances on average.
func (l *fromLog) inside() float64 {
	sum := 0.0
	for _, q := range l.log.Requests {
		sum += float64(q.TookNs) / 1e9
	}
	return sum / l.log.Seconds
}

// described are services made of the log and the accounts where no compose file
// describes them.
func (l *fromLog) described() []system.Service {
	n := max(1, len(l.log.Addresses))
	app := system.Service{Name: l.log.Service, CPUs: l.f.cpus, Replicas: n, DependsOn: l.log.Tiers}
	if app.Name == "" {
		app.Name = "service"
	}
	if l.nginx != nil { // by the name that nginx knows it by
		app.Name, app.Replicas = l.nginx.Servers[0].Host, max(1, n/len(l.nginx.Servers))
	}
	list := []system.Service{app}
	for _, t := range l.log.Tiers {
		list = append(list, system.Service{Name: t})
	}
	return list
}

// proxyMs is the CPU time of nginx for a request, 0 where no account has it.
func (l *fromLog) proxyMs() float64 {
	for _, kind := range slices.Sorted(maps.Keys(l.found.KindMs)) {
		if strings.Contains(strings.ToLower(kind), "nginx") {
			return l.found.KindMs[kind].Value
		}
	}
	return 0
}

// request is a class as the scenario has it, with the same relative variation of all
// its parts.
func (l *fromLog) request(i int) system.Request {
	c := l.found.Classes[i]
	r := system.Request{Name: l.names[i], Method: l.log.Methods[i], Share: c.Share, Tiers: map[string]system.Measured{}}
	waits := c.WaitMs.Value > 0
	spread := 0.0
	if c.CV > 0.05 {
		spread = min(c.CV, 5)
	}
	cpu := c.CPUMs
	if cpu.Value == 0 && cpu.Why == "" && len(l.found.KindMs) == 0 { // no accounts
		cpu.Value, cpu.Why = c.AloneMs, "at most: no CPU account was given, and this is what a request takes alone"
		waits = false
	}
	r.CPU = timed(cpu, spread)
	for name, v := range c.TierMs {
		if v.Value > 0.001 {
			r.Tiers[name] = timed(v, spread)
		}
	}
	if waits {
		r.Wait = timed(c.WaitMs, spread)
	}
	return r
}

// timed is a figure as a scenario has a time, with how sure it is.
func timed(v demand.Value, cv float64) system.Measured {
	if v.Value <= 0 {
		return system.Measured{}
	}
	ms := fmt.Sprintf("%.4gms", v.Value)
	if cv > 0 {
		ms = fmt.Sprintf("{mean: %s, cv: %.2g}", ms, cv)
	}
	comment := fmt.Sprintf("measured: %.3g to %.3g ms", v.Lo, v.Hi)
	if !v.Known {
		why, _, _ := strings.Cut(v.Why, ":")
		comment = "a guess: " + why
	}
	return system.Measured{Time: ms, Comment: comment}
}

// print prints the answer, the classes, and what to know of them.
func (l *fromLog) print(w io.Writer) {
	r := l.found
	fmt.Fprintf(w, "%s: %s\n\n", l.files[0], l.answer())
	g := table{{"class", ""}, {"share", "%"}, {"CPU", "ms"}}
	for _, t := range l.log.Tiers {
		g = append(g, column{t, "ms"})
	}
	g = append(g, column{"wait", "ms"}, column{"alone", "ms"})
	t := g.start()
	t.last = "requests"
	for i, c := range r.Classes {
		cells := []cell{plainCell(l.names[i]), percentCell(c.Share), plainCell(c.CPUMs.String())}
		for _, tier := range l.log.Tiers {
			cells = append(cells, plainCell(c.TierMs[tier].String()))
		}
		t.row(grouped(c.Requests), append(cells, plainCell(waitText(c.WaitMs)), plainCell(dash(c.AloneMs)))...)
	}
	t.write(w)
	for _, text := range l.doubts() {
		fmt.Fprintf(w, "- %s\n", text)
	}
}

func waitText(v demand.Value) string {
	if v.Known && v.Value == 0 {
		return "none"
	}
	return v.String()
}

// answer is the sentence that comes first.
func (l *fromLog) answer() string {
	r := l.found
	n := len(l.log.Addresses)
	where := ""
	if n > 0 {
		where = " on " + amount(n, "instance", "instances")
	}
	took := "what a request costs is not known without CPU accounts"
	if r.CPUMs.Value > 0 {
		took = fmt.Sprintf("a request takes %s ms of an instance's CPU time", r.CPUMs)
		for _, t := range l.log.Tiers {
			if v, ok := r.KindMs[t]; ok {
				took += fmt.Sprintf(", %s of %s's", v, t)
			}
		}
	}
	if l.saturated() {
		where += fmt.Sprintf(", %.3g inside on average", l.inside())
	}
	return fmt.Sprintf("%s answered requests in %.3g s (%.4g/s)%s; %s", grouped(len(l.log.Requests)), l.log.Seconds, l.log.Rate, where, took)
}

// doubts are what to know of the figures, what is unknown, and what would tell it.
func (l *fromLog) doubts() []string {
	list := slices.Concat(l.found.Findings, l.log.Notes)
	if l.saturated() {
		list = append(list, "the load is written as clients that wait for their answers, as many as were inside: what was asked beyond that no log of a saturated service says")
	}
	said := map[string]bool{}
	for i, c := range l.found.Classes {
		for _, v := range []struct {
			what string
			v    demand.Value
		}{{"CPU time", c.CPUMs}, {"wait", c.WaitMs}} {
			if why := v.v.Why; why != "" && !said[why] {
				said[why] = true
				list = append(list, fmt.Sprintf("%s of %s is unknown: %s", v.what, l.names[i], why))
			}
		}
	}
	return list
}

// verify simulates what was written as it was measured, and puts the two side by side.
func (l *fromLog) verify(ctx context.Context, w io.Writer, file, text string) error {
	s, err := scenarios.Parse(file, []byte(text))
	if err != nil {
		return fmt.Errorf("the scenario that was made is not right: %w", err)
	}
	p, err := model.LoadProfile(ctx, s.Profile)
	if err != nil {
		return err
	}
	curve, err := sim.Run(ctx, sim.Input{Scenario: s, Profile: p})
	if err != nil {
		return err
	}
	pt := curve.Points[0]
	fmt.Fprintf(w, "\nHow well that explains the log: the scenario simulated, and what was measured:\n")
	g := table{{"", ""}, {"p50", "ms"}, {"p95", "ms"}, {"p99", "ms"}}.start()
	g.wordless = true
	took := make([]float64, len(l.log.Requests))
	for i, q := range l.log.Requests {
		took[i] = float64(q.TookNs) / 1e6
	}
	slices.Sort(took)
	at := func(q float64) float64 { return took[min(len(took)-1, int(q*float64(len(took))))] }
	cells := func(name string, of func(float64) float64) []cell {
		return []cell{plainCell(name), plainCell(short(of(0.5))), plainCell(short(of(0.95))), plainCell(short(of(0.99)))}
	}
	simulated := func(q float64) float64 {
		return map[float64]model.Estimate{0.5: pt.LatencyMs.P50, 0.95: pt.LatencyMs.P95, 0.99: pt.LatencyMs.P99}[q].Value
	}
	g.row("", cells("simulated", simulated)...)
	g.row("", cells("measured", at)...)
	off := []cell{plainCell("error (%)")}
	for _, q := range []float64{0.5, 0.95, 0.99} {
		off = append(off, plainCell(fmt.Sprintf("%+.0f", 100*(simulated(q)/at(q)-1))))
	}
	g.row("", off...)
	g.write(w)
	return nil
}
